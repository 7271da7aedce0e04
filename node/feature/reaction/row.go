package reaction

import (
	"bytes"
	"errors"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// What a person says of the emoji of a message lies in one row an event. From the newest of them follows which emoji the person
// has there, and each event changes a tally of the message by the difference.

// sign is an emoji, with its picture where it is a custom one.
type sign struct {
	Emoji   string           `cbor:"0,keyasint"`
	Picture protocol.Picture `cbor:"1,keyasint,omitzero"`
}

// mark is that a person put an emoji to a message, or took it away.
type mark struct {
	Sign  sign             `cbor:"0,keyasint"`
	On    bool             `cbor:"1,keyasint,omitempty"`
	By    protocol.Account `cbor:"2,keyasint"`
	Place protocol.Place   `cbor:"3,keyasint"`
}

// maxMarks is how many of the newest events of a person about one message count. Who changes his mind more often loses what he
// said first.
const maxMarks = 256

// standing are the marks that count of those of one person, given the newest first: at most MaxEach, the newest first.
func standing(marks []mark) (out []mark) {
	known := map[sign]bool{}
	for _, m := range marks[:min(len(marks), maxMarks)] {
		if !known[m.Sign] && m.On && len(out) < MaxEach {
			out = append(out, m)
		}
		known[m.Sign] = true
	}
	return out
}

func key(realm *storage.Realm, message protocol.EventID, m mark) storage.Key {
	return realm.Key(storage.Reactions, storage.H(message[:]), storage.H(m.By[:]), storage.U64(m.Place.Ord), storage.U64(m.Place.HLC), storage.Fixed(m.Place.ID[:16]))
}

// marks returns the newest marks of a person on a message, the newest first.
func marks(tx feature.Tx, realm *storage.Realm, message protocol.EventID, by protocol.Account) ([]mark, error) {
	return newest(tx, realm, realm.Key(storage.Reactions, storage.H(message[:]), storage.H(by[:])))
}

// newest returns the newest marks under a key, the newest first: one more than count.
func newest(tx feature.Tx, realm *storage.Realm, prefix storage.Key) (out []mark, err error) {
	err = tx.Scan(realm, prefix, storage.ScanOptions{Reverse: true, Limit: maxMarks + 1}, func(_ storage.Key, v []byte) (bool, error) {
		m, err := canon.UnmarshalOwn[mark](v)
		out = append(out, m)
		return err == nil, err
	})
	return out, err
}

// count is how many people put one emoji to a message.
type count struct {
	Sign  sign               `cbor:"0,keyasint"`
	N     uint64             `cbor:"1,keyasint"`
	Since protocol.Place     `cbor:"2,keyasint"` // of the oldest reaction that was counted: the order in which they are shown
	First []protocol.Account `cbor:"3,keyasint"` // some of them, at most maxFirst
}

// maxFirst is how many people a count names: three and the viewer. maxCounted is how many different emoji of a message are
// counted; more than MaxKinds come from several nodes at the same time only.
const (
	maxFirst   = 4
	maxCounted = 2 * MaxKinds
)

func countKey(realm *storage.Realm, message protocol.EventID) storage.Key {
	return realm.Key(storage.ReactionCounts, storage.H(message[:]))
}

// tally returns the counts of a message, the first emoji first.
func tally(tx feature.Tx, realm *storage.Realm, message protocol.EventID) ([]count, error) {
	out, err := storage.GetAs[[]count](tx, realm, countKey(realm, message))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return out, err
}

// move counts the difference of what one person has on a message.
func move(tx feature.Tx, realm *storage.Realm, message protocol.EventID, before, after []mark) error {
	counts, err := tally(tx, realm, message)
	if err != nil {
		return err
	}
	for _, m := range lacking(before, after) {
		counts = discount(counts, m)
	}
	for _, m := range lacking(after, before) {
		counts = add(counts, m)
	}
	if len(counts) == 0 {
		tx.Delete(countKey(realm, message))
		return nil
	}
	slices.SortStableFunc(counts, func(a, b count) int { return a.Since.Compare(b.Since) })
	return storage.PutAs(tx, realm, countKey(realm, message), counts)
}

// lacking are those of a whose emoji is not among b.
func lacking(a, b []mark) (out []mark) {
	for _, m := range a {
		if !slices.ContainsFunc(b, func(o mark) bool { return o.Sign == m.Sign }) {
			out = append(out, m)
		}
	}
	return out
}

func add(counts []count, m mark) []count {
	i := slices.IndexFunc(counts, func(c count) bool { return c.Sign == m.Sign })
	if i < 0 && len(counts) >= maxCounted {
		return counts
	}
	if i < 0 {
		i, counts = len(counts), append(counts, count{Sign: m.Sign, Since: m.Place})
	}
	c := &counts[i]
	c.N++
	if m.Place.Compare(c.Since) < 0 {
		c.Since = m.Place
	}
	if len(c.First) < maxFirst {
		c.First = append(c.First, m.By)
	}
	return counts
}

func discount(counts []count, m mark) []count {
	i := slices.IndexFunc(counts, func(c count) bool { return c.Sign == m.Sign })
	if i < 0 {
		return counts
	}
	c := &counts[i]
	if c.N--; c.N == 0 {
		return slices.Delete(counts, i, i+1)
	}
	c.First = slices.DeleteFunc(c.First, func(a protocol.Account) bool { return a == m.By })
	return counts
}

func markOf(e feature.Entry, b event.ReactionSet) mark {
	return mark{Sign: sign{b.Emoji, b.Picture}, On: b.On, By: e.Author, Place: e.Place()}
}

// said takes an event into the marks of its author. The message may not be here yet.
func (s *slice) said(tx feature.Tx, e feature.Entry, b event.ReactionSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	m := markOf(e, b)
	if had, err := tx.Has(key(realm, b.Message, m)); had || err != nil {
		return err // projected before
	}
	before, err := marks(tx, realm, b.Message, e.Author)
	if err != nil {
		return err
	}
	if err := storage.PutAs(tx, realm, key(realm, b.Message, m), m); err != nil {
		return err
	}
	at, _ := slices.BinarySearchFunc(before, m, func(a, b mark) int { return bytes.Compare(b.Place.Bytes(), a.Place.Bytes()) })
	return move(tx, realm, b.Message, standing(before), standing(slices.Insert(slices.Clone(before), at, m)))
}

// unsaid takes an event back that is not shown any more.
func (s *slice) unsaid(tx feature.Tx, e feature.Entry, b event.ReactionSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	k := key(realm, b.Message, markOf(e, b))
	if had, err := tx.Has(k); !had || err != nil {
		return err
	}
	before, err := marks(tx, realm, b.Message, e.Author)
	if err != nil {
		return err
	}
	tx.Delete(k)
	after, err := marks(tx, realm, b.Message, e.Author)
	if err != nil {
		return err
	}
	return move(tx, realm, b.Message, standing(before), standing(after))
}
