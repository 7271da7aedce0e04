package schedule

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// message is one to be sent later, in the realm of its author.
type message struct {
	ID      string           `cbor:"0,keyasint"`
	Log     protocol.Log     `cbor:"1,keyasint"`
	Text    string           `cbor:"2,keyasint"`
	ReplyTo protocol.EventID `cbor:"3,keyasint,omitzero"`
	At      int64            `cbor:"4,keyasint"`           // Unix milliseconds
	Again   int64            `cbor:"5,keyasint,omitempty"` // not before, where slow mode holds it up
	Code    string           `cbor:"6,keyasint,omitempty"` // why it was refused
	Reason  string           `cbor:"7,keyasint,omitempty"` // the same in words
	Beside  []byte           `cbor:"8,keyasint,omitempty"` // what goes with the text, as calls have it
}

// saying is the message as it is sent.
func (m message) saying() (said feature.Saying, err error) {
	if len(m.Beside) > 0 {
		err = json.Unmarshal(m.Beside, &said)
	}
	said.Conversation, said.Text, said.ReplyTo = m.Log, m.Text, m.ReplyTo
	return said, err
}

// take makes a message of what is to be sent.
func (m *message) take(said feature.Saying) (err error) {
	m.Log, m.Text, m.ReplyTo, m.Beside = said.Conversation, said.Text, said.ReplyTo, nil
	said.Text, said.ReplyTo = "", protocol.EventID{}
	if m.Beside, err = json.Marshal(said); string(m.Beside) == `{"text":""}` {
		m.Beside = nil
	}
	return err
}

func (m message) state(now time.Time) State {
	switch {
	case m.Code != "":
		return Refused
	case m.At > now.UnixMilli():
		return Waiting
	case now.UnixMilli()-m.At > Late.Milliseconds():
		return Missed
	}
	return Due
}

// next is when the message is to be looked at.
func (m message) next() int64 { return max(m.At, m.Again) }

// reminder lies in the realm of whose it is.
type reminder struct {
	ID      string           `cbor:"0,keyasint"`
	Log     protocol.Log     `cbor:"1,keyasint"`
	Message protocol.EventID `cbor:"2,keyasint"`
	Note    string           `cbor:"3,keyasint,omitempty"`
	At      int64            `cbor:"4,keyasint"` // Unix milliseconds
	Due     bool             `cbor:"5,keyasint,omitempty"`
}

// Kinds of rows in the table.
const (
	messages  = "s"
	reminders = "r"
)

func key(realm *storage.Realm, kind, id string) storage.Key {
	return realm.Key(storage.Saved, storage.Fixed([]byte(kind)), storage.H([]byte(id)))
}

func newID() string {
	var id [16]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// all returns the rows of a kind, in no order.
func all[T any](tx feature.Tx, realm *storage.Realm, kind string) (out []T, err error) {
	err = tx.Scan(realm, realm.Key(storage.Saved, storage.Fixed([]byte(kind))), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		one, err := canon.UnmarshalOwn[T](v)
		out = append(out, one)
		return err == nil, err
	})
	return out, err
}

// room tells whether fewer rows of a kind are there than may be.
func room(tx feature.Tx, realm *storage.Realm, kind string, most int) (bool, error) {
	count := 0
	err := tx.Scan(realm, realm.Key(storage.Saved, storage.Fixed([]byte(kind))), storage.ScanOptions{KeysOnly: true, Limit: most}, func(storage.Key, []byte) (bool, error) {
		count++
		return true, nil
	})
	return count < most, err
}
