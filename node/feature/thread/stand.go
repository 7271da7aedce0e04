package thread

import (
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// stand is how an account stands to a thread.
type stand struct {
	realm    *storage.Realm // of the conversation
	part     part
	kept     kept
	followed bool
	seen     protocol.Place
}

// standOf returns how an unlocked account stands to a thread.
func (s *slice) standOf(tx feature.Tx, viewer protocol.Account, log protocol.Log, root protocol.EventID) (out stand, err error) {
	if out.realm, err = s.Realms.Conversation(tx, log); err != nil {
		return out, err
	}
	if out.part, err = load[part](tx, out.realm, partKey(out.realm, viewer, root)); err != nil {
		return out, err
	}
	own, err := s.Realms.Account(viewer)
	if err != nil {
		return out, err
	}
	if out.kept, err = load[kept](tx, own, keptKey(own, log, root)); err != nil {
		return out, err
	}
	out.followed = out.kept.Choice == follows || out.kept.Choice == byItself && out.part.takes()
	out.seen = later(out.kept.Read, out.part.Wrote)
	return out, nil
}

// seenBy is how far an account read a thread.
func (s *slice) seenBy(tx feature.Tx, viewer protocol.Account, log protocol.Log, root protocol.EventID) (protocol.Place, error) {
	at, err := s.standOf(tx, viewer, log, root)
	return at.seen, err
}

// maxUnread is where counting what is unread of one thread ends.
const maxUnread = 100

// unread counts what others wrote in a thread since an account read it, without what is hidden from that. Of a thread that it does
// not follow nothing counts.
func (s *slice) unread(tx feature.Tx, viewer protocol.Account, c feature.Conversation, at stand, all sum) (n int, err error) {
	if !at.followed || all.last().Compare(at.seen) <= 0 {
		return 0, nil
	}
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return 0, err
	}
	err = living(tx, at.realm, all.Root, func(one item) (bool, error) {
		if one.Place.Compare(at.seen) <= 0 {
			return false, nil
		}
		if one.By != viewer && !veil.Hides(entryOf(c.Log, one)) {
			n++
		}
		return n < maxUnread, nil
	})
	return n, err
}

// entryOf is the event of a message, as far as a veil looks at it.
func entryOf(log protocol.Log, one item) feature.Entry {
	h := protocol.Header{Log: log, Kind: sentKind, Author: one.By, Ord: one.Place.Ord, HLC: one.Place.HLC}
	return feature.Entry{Event: &protocol.Event{Header: h, ID: one.Place.ID}}
}

// Answers is what a message shows of its thread.
type Answers struct {
	Count    int       `json:"count" doc:"messages of the thread"`
	LastAt   time.Time `json:"last_at" doc:"when the newest was written"`
	Faces    []Face    `json:"faces" nullable:"false" doc:"the last three authors, the latest first"`
	Followed bool      `json:"followed"`
	Unread   int       `json:"unread" doc:"of a thread that the caller follows: what others wrote since it read it, at most 100"`
}

// Face is an author of a thread.
type Face struct {
	Account protocol.Account `json:"account"`
	Name    string           `json:"name" doc:"what the person calls itself; nothing vouches for it"`
}

// annotate adds to a message what is said in its thread: one look where there is none. It stays where the message was deleted.
func (s *slice) annotate(tx feature.Tx, viewer protocol.Account, e feature.Entry) (*Answers, error) {
	if e.Kind != sentKind || !e.Thread().IsZero() {
		return nil, nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	if some, err := tx.Has(sumKey(realm, e.ID)); err != nil || !some {
		return nil, err
	}
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	return s.answers(tx, viewer, c, e.ID)
}

// answers describes a thread to an account; nil where nothing was said in it.
func (s *slice) answers(tx feature.Tx, viewer protocol.Account, c feature.Conversation, root protocol.EventID) (*Answers, error) {
	at, err := s.standOf(tx, viewer, c.Log, root)
	if err != nil {
		return nil, err
	}
	all, err := load[sum](tx, at.realm, sumKey(at.realm, root))
	if err != nil || all.Count == 0 {
		return nil, err
	}
	out := &Answers{Count: int(all.Count), LastAt: protocol.Time(all.last().HLC, s.Now()), Faces: []Face{}, Followed: at.followed}
	for _, one := range all.Faces {
		out.Faces = append(out.Faces, Face{one.By, s.NameIn(tx, viewer, c.Log, one.By)})
	}
	out.Unread, err = s.unread(tx, viewer, c, at, all)
	return out, err
}
