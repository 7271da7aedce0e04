package receipt

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// In a group everybody has a cursor, moved by reading and by writing; of reading, authors are told in small groups. What is
// unread is counted when somebody asks, so that a message costs no row for each member.

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
	if err := s.tellGroup(tx, realm, c, reader, &r); err != nil {
		return err
	}
	return storage.PutAs(tx, realm, key(realm, reader), r)
}

// tally is what was counted of a group for an account. It never changes and is shared.
type tally struct {
	after  protocol.Place
	state  *membership.State // decides what the account may read
	extent feature.Extent
	by     map[protocol.Account]int // messages that the account may read, by their authors, without its own
}

// talliesKept bounds the tallies in memory: of whom a page is open, as a rule.
const talliesKept = 1024

type tallyKey struct {
	log    protocol.Log
	viewer protocol.Account
}

// unreadInGroup counts the messages behind the cursor that others wrote and the viewer is shown. A message that comes is added to
// what was counted before, if all of that is unchanged.
func (s *slice) unreadInGroup(tx feature.Tx, viewer protocol.Account, c feature.Conversation, own row) (int, error) {
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return 0, err
	}
	after := own.seen()
	if veil.After.Compare(after) > 0 {
		after = veil.After
	}
	t, err := s.tally(tx, viewer, c, after)
	n := 0
	for author, count := range t.by {
		if !veil.Hides(feature.Entry{Event: &protocol.Event{Header: protocol.Header{Author: author, Kind: messages[0], Ord: feature.End.Ord}}}) {
			n += count
		}
	}
	return min(n, maxUnread), err
}

// tally counts behind a place, from what was counted there before where that holds.
func (s *slice) tally(tx feature.Tx, viewer protocol.Account, c feature.Conversation, after protocol.Place) (tally, error) {
	if tx.Writable() { // what a writer sees may never be committed
		by, _, err := s.countFor(tx, viewer, feature.Range{Before: feature.End, After: after}, c.Log)
		return tally{by: by}, err
	}
	key := tallyKey{c.Log, viewer}
	was, known := s.tallies.Get(key)
	now := tally{after: after, state: c.State}
	extent, grown, err := s.Timeline.Extent(tx, c.Log, after, was.extent)
	if err != nil {
		return now, err
	}
	now.extent = extent
	counted := false
	if known && grown && was.after == after && was.state == c.State && was.extent.Rows > 0 {
		if now.by, counted, err = s.countFor(tx, viewer, feature.Range{After: was.extent.Last}, c.Log); err != nil {
			return now, err
		}
		for author, n := range was.by {
			now.by[author] += n
		}
	}
	if !counted {
		if now.by, _, err = s.countFor(tx, viewer, feature.Range{Before: feature.End, After: after}, c.Log); err != nil {
			return now, err
		}
	}
	s.tallies.Add(key, now)
	return now, nil
}

// countFor counts the messages of a range that others wrote. all tells that there are no more than it counts.
func (s *slice) countFor(tx feature.Tx, viewer protocol.Account, r feature.Range, log protocol.Log) (by map[protocol.Account]int, all bool, err error) {
	r.Kinds, r.Limit, r.For = messages, maxUnread, viewer
	page, err := s.Timeline.Page(tx, log, r)
	by = map[protocol.Account]int{}
	for _, e := range page {
		if e.Author != viewer && !e.Erased() && e.Thread().IsZero() {
			by[e.Author]++
		}
	}
	return by, len(page) < maxUnread, err
}
