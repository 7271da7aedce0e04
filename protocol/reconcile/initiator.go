package reconcile

// Initiator asks a Responder, and learns the difference.
type Initiator struct {
	exchange
	started, over bool

	have   bitset // items reported in Have
	need   map[ID]struct{}
	theirs map[ID]struct{} // of one list
}

// Turn is what a message brought: ids only we have, ids only the peer has, both in the order of their items, and what to send
// next.
type Turn struct {
	Have, Need []ID
	// Next is nil when everything is known.
	Next []byte
}

// NewInitiator makes the asking side over a set.
func NewInitiator(s *Set, o Options) *Initiator {
	return &Initiator{
		exchange: newExchange(s, o),
		have:     make(bitset, (s.Len()+63)/64),
		need:     map[ID]struct{}{},
		theirs:   map[ID]struct{}{},
	}
}

// Start returns the first message.
func (i *Initiator) Start() []byte {
	i.started = true
	w := newWriter(i.frame)
	w.split(i.set, 0, i.end, i.limit, min(ShortList, w.idsLeft()))
	return w.buf
}

// Take takes the answer to the last message. No id is reported twice. The Turn also stands with ErrRounds: what it and those
// before reported is true, and another session finds the rest. After any error the session is over.
//
// That the peer has an id is only what it says; so is that the id's ord lies below MaxOrd, which shows when it is fetched.
func (i *Initiator) Take(message []byte) (Turn, error) {
	if !i.started || i.over {
		return Turn{}, ErrOver
	}
	i.rounds--
	var t Turn
	w, err := i.pass(message, func(w *writer, from, to int, s span) int {
		i.compare(&t, from, to, s.ids)
		w.skipTo(s.upto)
		return to
	})
	if err != nil {
		i.over = true
		return Turn{}, err
	}
	if w.empty() {
		i.over = true
		return t, nil
	}
	if i.rounds <= 0 {
		i.over = true
		return t, ErrRounds
	}
	t.Next = w.buf
	return t, nil
}

// compare reports how the peer's ids of a range differ from ours.
func (i *Initiator) compare(t *Turn, from, to int, ids []byte) {
	clear(i.theirs)
	for rest := ids; len(rest) > 0; rest = rest[32:] {
		i.theirs[ID(rest)] = struct{}{}
	}
	for at := from; at < to; at++ {
		id := i.set.items[at].ID
		if _, both := i.theirs[id]; both {
			delete(i.theirs, id)
		} else if i.have.mark(at) {
			t.Have = append(t.Have, id)
		}
	}
	for rest := ids; len(rest) > 0; rest = rest[32:] {
		id := ID(rest)
		_, theirs := i.theirs[id]
		if _, known := i.need[id]; theirs && !known {
			i.need[id] = struct{}{}
			t.Need = append(t.Need, id)
		}
	}
}
