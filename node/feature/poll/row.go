package poll

import (
	"errors"
	"strings"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Votes lie one row an event, by message and author; ends one row an event, by message. What follows from both is one row a message.

// vote is what somebody chose.
type vote struct {
	Choice event.Choice     `cbor:"0,keyasint,omitempty"`
	By     protocol.Account `cbor:"1,keyasint"`
	Place  protocol.Place   `cbor:"2,keyasint"`
}

// ending is that somebody ended a poll.
type ending struct {
	By       protocol.Account `cbor:"0,keyasint"`
	Moderate bool             `cbor:"1,keyasint,omitempty"` // it moderated then
	Place    protocol.Place   `cbor:"2,keyasint"`
}

// result is what the votes of a poll amount to.
type result struct {
	Counts []uint64       `cbor:"0,keyasint"` // of each option
	Voters uint64         `cbor:"1,keyasint"`
	Closed protocol.Place `cbor:"2,keyasint"` // of the first end that counts, zero for none
}

// asked is a poll and who asks.
type asked struct {
	event.Poll
	by protocol.Account
}

// maxVotes is how many of the newest votes of a person in one poll count. Who changes his mind more often loses what he said first.
const maxVotes = 256

// Kinds of rows in the table.
const (
	votes   = "v"
	endings = "c"
	results = "t"
)

func prefix(realm *storage.Realm, kind string, message protocol.EventID) storage.Key {
	return realm.Key(storage.Polls, storage.Fixed([]byte(kind)), storage.H(message[:]))
}

func voteKey(realm *storage.Realm, message protocol.EventID, by protocol.Account, p protocol.Place) storage.Key {
	return realm.Key(storage.Polls, storage.Fixed([]byte(votes)), storage.H(message[:]), storage.H(by[:]), storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16]))
}

func endingKey(realm *storage.Realm, message protocol.EventID, p protocol.Place) storage.Key {
	return realm.Key(storage.Polls, storage.Fixed([]byte(endings)), storage.H(message[:]), storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16]))
}

// Lengths of an author and of a place in a key, in bytes.
const (
	authorSize = 16
	placeSize  = 32
)

// of returns the newest votes of a person in a poll, the newest first.
func of(tx feature.Tx, realm *storage.Realm, message protocol.EventID, by protocol.Account) ([]vote, error) {
	return newest(tx, realm, realm.Key(storage.Polls, storage.Fixed([]byte(votes)), storage.H(message[:]), storage.H(by[:])))
}

// newest returns the newest votes under a key, the newest first: one more than count.
func newest(tx feature.Tx, realm *storage.Realm, prefix storage.Key) (out []vote, err error) {
	err = tx.Scan(realm, prefix, storage.ScanOptions{Reverse: true, Limit: maxVotes + 1}, func(_ storage.Key, raw []byte) (bool, error) {
		v, err := canon.UnmarshalOwn[vote](raw)
		out = append(out, v)
		return err == nil, err
	})
	return out, err
}

// nextVoter returns how the keys of the next author behind another begin, nil for none.
func nextVoter(tx feature.Tx, realm *storage.Realm, message protocol.EventID, after []byte) (author []byte, err error) {
	all := prefix(realm, votes, message)
	o := storage.ScanOptions{KeysOnly: true, Limit: 1}
	if len(after) > 0 {
		o.From = all + storage.Key(after) + storage.Key(strings.Repeat("\xff", placeSize))
	}
	err = tx.Scan(realm, all, o, func(k storage.Key, _ []byte) (bool, error) {
		author = k.After(all)[:authorSize]
		return false, nil
	})
	return author, err
}

// votesOf returns the newest votes of the author whose keys begin so.
func votesOf(tx feature.Tx, realm *storage.Realm, message protocol.EventID, author []byte) ([]vote, error) {
	return newest(tx, realm, prefix(realm, votes, message)+storage.Key(author))
}

// resultOf returns the result of a poll as it was counted last; the zero result where nobody voted.
func resultOf(tx feature.Tx, realm *storage.Realm, message protocol.EventID) (r result, err error) {
	r, err = storage.GetAs[result](tx, realm, prefix(realm, results, message))
	if errors.Is(err, storage.ErrNotFound) {
		return result{}, nil
	}
	return r, err
}

// find returns the poll of a message. here tells whether the message is here; then it may still be none that asks.
func (s *slice) find(tx feature.Tx, log protocol.Log, message protocol.EventID) (p asked, asks, here bool, err error) {
	e, err := s.Timeline.Get(tx, log, message)
	if errors.Is(err, feature.ErrNotFound) {
		return p, false, false, nil
	}
	if err != nil {
		return p, false, false, err
	}
	p, asks, err = pollOf(e)
	return p, asks, true, err
}

func pollOf(e feature.Entry) (p asked, asks bool, err error) {
	body, more, err := feature.MoreThanText(e)
	if err != nil || !more || body.Poll == nil {
		return p, false, err
	}
	return asked{*body.Poll, e.Author}, true, nil
}
