package receipt

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// In a group everybody reads for itself: a cursor that nobody else is told of, moved by reading and by writing. What is unread
// is counted when somebody asks, so that a message costs no row for each member.

// wroteInGroup takes what stands before an own message as seen.
func (s *slice) wroteInGroup(tx feature.Tx, e feature.Entry) error {
	if !s.Keys.Unlocked(e.Author) {
		return nil
	}
	r, realm, err := s.load(tx, e.Log, e.Author)
	if err != nil || e.Place().Compare(r.Saw) <= 0 {
		return err
	}
	r.Saw = e.Place()
	return storage.PutAs(tx, realm, key(realm, e.Author), r)
}

func (s *slice) readInGroup(tx feature.Tx, c feature.Conversation, reader protocol.Account, e feature.Entry) error {
	if readable, err := s.Readable(tx, reader, c, e); err != nil {
		return err
	} else if !readable {
		return feature.ErrNotFound
	}
	r, realm, err := s.load(tx, c.Log, reader)
	if err != nil || e.Place().Compare(r.Read) <= 0 {
		return err
	}
	after := r.Read
	r.Read, r.At = e.Place(), uint64(max(s.Now().UnixMilli(), 0))
	tx.OnCommit(func() { s.TellRead(feature.ReadMove{Conversation: c, Reader: reader, After: after}) })
	return storage.PutAs(tx, realm, key(realm, reader), r)
}

// unreadInGroup counts the messages behind the cursor that others wrote and the viewer is shown.
func (s *slice) unreadInGroup(tx feature.Tx, viewer protocol.Account, c feature.Conversation, own row) (int, error) {
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return 0, err
	}
	after := own.seen()
	if veil.After.Compare(after) > 0 {
		after = veil.After
	}
	page, err := s.Timeline.Page(tx, c.Log, feature.Range{Before: feature.End, After: after, Kinds: messages, Limit: maxUnread, For: viewer})
	n := 0
	for _, e := range page {
		if e.Author != viewer && !veil.Hides(e) {
			n++
		}
	}
	return n, err
}
