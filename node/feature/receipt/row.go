package receipt

import (
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// row is what an account read and wrote in a conversation, in the realm of that. Places of what was read are those of messages
// of the other.
type row struct {
	Read  protocol.Place `cbor:"0,keyasint"` // what it said it read
	At    uint64         `cbor:"1,keyasint"` // when it said so, Unix milliseconds
	Saw   protocol.Place `cbor:"2,keyasint"` // what was there when it wrote last
	Known uint64         `cbor:"3,keyasint"` // how many messages of the other it has seen
	Wrote protocol.Place `cbor:"4,keyasint"` // its newest message
	Sent  uint64         `cbor:"5,keyasint"` // how many messages it wrote

	Told   protocol.Place `cbor:"6,keyasint"` // of Read, what the others may know
	ToldAt uint64         `cbor:"7,keyasint"` // when it said that, Unix milliseconds
}

// seen is how far the account got, whether it says so or not.
func (r row) seen() protocol.Place {
	if r.Saw.Compare(r.Read) > 0 {
		return r.Saw
	}
	return r.Read
}

func key(realm *storage.Realm, who protocol.Account) storage.Key {
	return realm.Key(storage.Receipts, storage.H(who[:]))
}

// load returns the row of an account, the zero row where there is none.
func (s *slice) load(tx feature.Tx, log protocol.Log, who protocol.Account) (row, *storage.Realm, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return row{}, nil, err
	}
	r, err := storage.GetAs[row](tx, realm, key(realm, who))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, realm, nil
	}
	return r, realm, err
}

// wrote counts a message, a replayed one only while it is new to the row. Who answers has seen what is there. A message in a
// group is counted for nobody: that would be a row for each member.
func (s *slice) wrote(tx feature.Tx, e feature.Entry, b event.MessageSent) error {
	if !b.Thread.IsZero() {
		return nil // a thread is read by itself
	}
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	if c.Group() {
		return s.wroteInGroup(tx, e)
	}
	r, realm, err := s.load(tx, e.Log, e.Author)
	newest := e.Place().Compare(r.Wrote) > 0
	if err != nil || e.Replay && !newest {
		return err
	}
	r.Sent++
	if newest {
		r.Wrote = e.Place()
	}
	if s.Keys.Unlocked(e.Author) { // what an account of another node saw, it has to say itself
		other, _, err := s.load(tx, e.Log, c.Other(e.Author))
		if err != nil {
			return err
		}
		r.Saw, r.Known = other.Wrote, other.Sent
	}
	return storage.PutAs(tx, realm, key(realm, e.Author), r)
}

// unwrote takes back that a message of a direct conversation was counted.
func (s *slice) unwrote(tx feature.Tx, e feature.Entry, b event.MessageSent) error {
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil || c.Group() || !b.Thread.IsZero() {
		return err
	}
	r, realm, err := s.load(tx, e.Log, e.Author)
	if err != nil || r.Sent == 0 {
		return err
	}
	r.Sent--
	if err := storage.PutAs(tx, realm, key(realm, e.Author), r); err != nil {
		return err
	}
	reader := c.Other(e.Author)
	other, _, err := s.load(tx, e.Log, reader)
	if err != nil || other.Known == 0 || e.Place().Compare(other.seen()) > 0 {
		return err
	}
	other.Known--
	return storage.PutAs(tx, realm, key(realm, reader), other)
}

func (s *slice) cursor(tx feature.Tx, reader protocol.Account, c feature.Conversation) (feature.Cursor, error) {
	r, _, err := s.load(tx, c.Log, reader)
	if err != nil || r == (row{}) {
		return feature.Cursor{}, err
	}
	return feature.Cursor{
		Read: r.Read, Seen: r.seen(), At: time.UnixMilli(int64(r.At)).UTC(), Told: r.Told, ToldAt: time.UnixMilli(int64(r.ToldAt)).UTC(),
	}, nil
}

// maxUnread is where counting ends.
const maxUnread = 1000

func (s *slice) unread(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (int, error) {
	own, _, err := s.load(tx, c.Log, viewer)
	if err != nil {
		return 0, err
	}
	if c.Group() {
		return s.unreadInGroup(tx, viewer, c, own)
	}
	other, _, err := s.load(tx, c.Log, c.Other(viewer))
	if err != nil || other.Sent <= own.Known {
		return 0, err
	}
	n := int(min(other.Sent-own.Known, maxUnread))
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil || veil.After.Compare(own.seen()) <= 0 {
		return n, err
	}
	left, err := s.behind(tx, c, viewer, veil.After)
	return min(n, left), err
}

// behind counts the messages of the other behind what an account cleared and had not read, at most maxUnread.
func (s *slice) behind(tx feature.Tx, c feature.Conversation, viewer protocol.Account, after protocol.Place) (n int, err error) {
	page, err := s.Timeline.Page(tx, c.Log, feature.Range{After: after, Kinds: messages, Limit: maxUnread})
	for _, e := range page {
		if e.Author != viewer && e.Thread().IsZero() {
			n++
		}
	}
	return n, err
}
