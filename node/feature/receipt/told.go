package receipt

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// In a group of up to protocol.CursorMembers, who reads tells the authors of what it read, and nobody else. Each node keeps how
// far the others read whose authors live there: one row for each reader, and a few marks of when it got where.

// mark is that a reader was that far at a moment.
type mark struct {
	_  struct{} `cbor:",toarray"`
	To protocol.Place
	At uint64 // Unix milliseconds
}

// maxMarks bounds the marks of a reader: for older messages the oldest is the latest time by which they were read.
const maxMarks = 8

// maxAuthors is how many of the messages that are read at once are looked at for their authors.
const maxAuthors = 200

func marksKey(realm *storage.Realm, who protocol.Account) storage.Key {
	return realm.Key(storage.Receipts, storage.H(who[:], []byte("marks")))
}

// turnKey is the row that counts how often anybody in a log got further, so that what was summed up is known to hold.
func turnKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Counters, storage.H([]byte("told")))
}

// small tells whether members of a group are told what others read.
func small(c feature.Conversation) bool {
	return c.State != nil && c.State.Len() <= protocol.CursorMembers
}

// mark notes that a reader got further, as others may know.
func (s *slice) mark(tx feature.Tx, realm *storage.Realm, c feature.Conversation, who protocol.Account, r *row, to protocol.Place, at uint64) error {
	after := r.Told
	r.Told, r.ToldAt = to, at
	marks, err := s.marks(tx, realm, who)
	if err != nil {
		return err
	}
	if marks = append(marks, mark{To: to, At: at}); len(marks) > maxMarks {
		marks = marks[1:]
	}
	turn, err := s.turn(tx, realm)
	if err != nil {
		return err
	}
	tx.OnCommit(func() { s.retell(c.Log, after) })
	return errors.Join(storage.PutAs(tx, realm, marksKey(realm, who), marks), storage.PutAs(tx, realm, turnKey(realm), turn+1))
}

func (s *slice) marks(tx feature.Tx, realm *storage.Realm, who protocol.Account) ([]mark, error) {
	marks, err := storage.GetAs[[]mark](tx, realm, marksKey(realm, who))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return marks, err
}

func (s *slice) turn(tx feature.Tx, realm *storage.Realm) (uint64, error) {
	n, err := storage.GetAs[uint64](tx, realm, turnKey(realm))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// tellGroup tells the authors of what a local member read since it told anything last.
func (s *slice) tellGroup(tx feature.Tx, realm *storage.Realm, c feature.Conversation, reader protocol.Account, r *row) error {
	if !small(c) || r.Read.Compare(r.Told) <= 0 {
		return nil
	}
	if tells, err := s.tells(tx, reader, c); err != nil || !tells {
		return err
	}
	read, err := s.Timeline.Page(tx, c.Log, feature.Range{After: r.Told, Before: feature.End, Kinds: messages, Limit: maxAuthors})
	if err != nil {
		return err
	}
	var authors []protocol.Account
	for _, e := range read {
		if e.Author != reader && e.Thread().IsZero() && e.Place().Compare(r.Read) <= 0 && c.Has(e.Author) && !slices.Contains(authors, e.Author) {
			authors = append(authors, e.Author)
		}
	}
	if len(authors) == 0 {
		return nil
	}
	if err := s.mark(tx, realm, c, reader, r, r.Read, r.At); err != nil {
		return err
	}
	return s.Delivery.Owe(tx, c.Log, reader, authors)
}

// receivedInGroup takes how far a member of another node read.
func (s *slice) receivedInGroup(tx feature.Tx, c feature.Conversation, who protocol.Account, place protocol.Place, at uint64) error {
	if !small(c) || c.State.Role(who) == 0 || s.Directory.Local(tx, who) {
		return nil
	}
	to, err := s.here(tx, c.Log, place)
	if err != nil || to.IsZero() {
		return err
	}
	r, realm, err := s.load(tx, c.Log, who)
	if err != nil || to.Compare(r.Told) <= 0 {
		return err
	}
	if err := s.mark(tx, realm, c, who, &r, to, min(at, uint64(max(s.Now().UnixMilli(), 0)))); err != nil {
		return err
	}
	r.Read, r.At = r.Told, r.ToldAt
	return storage.PutAs(tx, realm, key(realm, who), r)
}

// retold is how many of the messages that somebody read open pages are told of at once.
const retold = 20

// retell has pages told that messages behind a place were read.
func (s *slice) retell(log protocol.Log, after protocol.Place) {
	s.mu.Lock()
	if from, waits := s.from[log]; !waits || after.Compare(from) < 0 {
		s.from[log] = after
	}
	s.mu.Unlock()
	s.Calmly("told/"+log.String(), func(context.Context) {
		s.mu.Lock()
		from := s.from[log]
		delete(s.from, log)
		s.mu.Unlock()
		var ids []protocol.EventID
		err := s.Store.View(func(tx feature.Tx) error {
			page, err := s.Timeline.Page(tx, log, feature.Range{After: from, Before: feature.End, Kinds: messages, Limit: retold})
			for _, e := range page {
				if s.Live.Watched(e.Author) && s.Keys.Unlocked(e.Author) {
					ids = append(ids, e.ID)
				}
			}
			return err
		})
		if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
			s.Logger.Warn("tell what was read", "err", err)
		}
		for _, id := range ids {
			s.TellMessage(log, id)
		}
	})
}

// readAt is when a reader had read a message, at the latest.
func readAt(marks []mark, p protocol.Place) time.Time {
	for _, m := range marks {
		if p.Compare(m.To) <= 0 {
			return time.UnixMilli(int64(m.At)).UTC()
		}
	}
	return time.Time{}
}
