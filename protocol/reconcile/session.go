package reconcile

import "errors"

// Options of a session; the zero value serves.
type Options struct {
	// MaxOrd is the largest ord the Initiator asks about and accepts ids for; 0 means no bound. The caller names the end of the
	// bucket after the newest it knows (EndOfNext), lest a peer fill the log from its far end.
	MaxOrd uint64
	// Frame is how many bytes a message has at most, from 4,096 to MaxMessage; 0 means MaxMessage.
	Frame int
	// Rounds is how many messages are answered; 0 means 64.
	Rounds int
}

const (
	// ShortList is the number of items from which on a session starts with fingerprints instead of all its ids.
	ShortList = 512

	shortSplit    = 32 // the same for a part
	minFrame      = 4096
	defaultRounds = 64
)

var (
	// ErrRounds means that the peers did not agree within the rounds allowed.
	ErrRounds = errors.New("too many rounds of reconciliation")

	// ErrOver means that a session that ended, or never started, was given a message.
	ErrOver = errors.New("the session is over")
)

// exchange is what both sides have in common: going through a message, range by range, and writing the answer.
type exchange struct {
	set    *Set
	end    int   // items of the set below limit
	limit  bound // nothing at or above it is looked at
	frame  int
	rounds int // left
}

func newExchange(s *Set, o Options) exchange {
	e := exchange{set: s, end: s.Len(), limit: infinite, frame: MaxMessage, rounds: defaultRounds}
	if o.Frame > 0 {
		e.frame = min(max(o.Frame, minFrame), MaxMessage)
	}
	if o.Rounds > 0 {
		e.rounds = o.Rounds
	}
	if o.MaxOrd > 0 && o.MaxOrd < LastOrd {
		e.limit = bound{ord: o.MaxOrd + 1}
		e.end = s.find(0, e.end, e.limit)
	}
	return e
}

// pass goes through a message. onList gets a range whose ids the peer has told, writes the answer if there is one, and returns
// how far it came. What no longer fits becomes one fingerprint, to be split by the peer.
func (e *exchange) pass(message []byte, onList func(w *writer, from, to int, s span) int) (*writer, error) {
	r, err := newReader(message)
	if err != nil {
		return nil, err
	}
	w := newWriter(e.frame)
	var before, last bound
	from, cut := 0, false
	for r.more() {
		s, err := r.next()
		if err != nil {
			return nil, err
		}
		if before = last; before.compare(e.limit) >= 0 {
			continue
		}
		if s.upto.compare(e.limit) > 0 {
			s.upto = e.limit
		}
		last = s.upto
		if cut {
			continue
		}
		mark, came := *w, e.set.find(from, e.end, s.upto)
		to := came
		switch {
		case s.mode == modeSkip || s.mode == modeFingerprint && s.fingerprint == e.set.fingerprint(from, to):
			w.skipTo(s.upto)
		case s.mode == modeFingerprint:
			w.split(e.set, from, to, s.upto, shortSplit)
		default:
			came = onList(w, from, to, s)
		}
		if w.full() {
			*w, came = mark, from
		}
		from, cut = came, came < to
	}
	if cut {
		w.fingerprint(e.set, from, e.set.find(from, e.end, last), last)
	}
	return w, nil
}

// Responder answers an Initiator. It learns nothing of the difference; make a new one, or keep it, for each message.
type Responder struct{ exchange }

// NewResponder makes the answering side over a set.
func NewResponder(s *Set, o Options) *Responder {
	o.MaxOrd = 0
	return &Responder{newExchange(s, o)}
}

// Reply answers a message. Errors are ErrMessage and ErrRounds.
func (r *Responder) Reply(message []byte) ([]byte, error) {
	if r.rounds == 0 {
		return nil, ErrRounds
	}
	r.rounds--
	w, err := r.pass(message, r.tell)
	if err != nil {
		return nil, err
	}
	return w.buf, nil
}

// tell answers a list with the ids here, as many as fit, or with nothing if they are the same.
func (r *Responder) tell(w *writer, from, to int, s span) int {
	if r.same(from, to, s.ids) {
		w.skipTo(s.upto)
		return to
	}
	if left := w.idsLeft(); to-from > left {
		if left <= 0 {
			return from
		}
		to = from + left
		s.upto = at(&r.set.items[to])
	}
	w.list(r.set, from, to, s.upto)
	return to
}

func (e *exchange) same(from, to int, ids []byte) bool {
	if len(ids) != 32*(to-from) {
		return false
	}
	for i := from; i < to; i++ {
		if e.set.items[i].ID != ID(ids[32*(i-from):]) {
			return false
		}
	}
	return true
}

// bitset marks the items of a set.
type bitset []uint64

// mark returns false if the item was marked before.
func (b bitset) mark(i int) bool {
	bit := uint64(1) << (i % 64)
	fresh := b[i/64]&bit == 0
	b[i/64] |= bit
	return fresh
}
