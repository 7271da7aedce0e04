// Package outer is the wrapping in which a group's messages travel on a gossip topic (SPEC.md, gossip): its bytes name nobody,
// a relay that holds one key can tell that they belong to the topic, and members alone open them.
//
// It promises that what it takes is bounded before it is decoded, that bytes of another topic, group or day and bytes with any
// bit changed are refused, and that the relay's key opens nothing. It says nothing about the author: the Inner is signed. Nor
// does it see replays, which whoever keeps state must.
//
// Bytes in, bytes out; all functions are safe for concurrent use.
package outer

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
	"conclave/protocol"
)

// Sizes in bytes.
const (
	Max      = protocol.MaxOuter // an encoded Outer
	MaxInner = Max - overhead    // what it can hold
	overhead = 1 + 2 + (2 + tagSize) + (3 + nonceSize) + (1 + 5) + boxTag

	tagSize   = 16
	nonceSize = 24
	boxTag    = seal.Overhead - nonceSize
	version   = 1
)

var (
	// ErrRefused is returned for all bytes that are not a message of the topic: malformed, too large, of another topic or
	// secret, or changed. It says no more on purpose.
	ErrRefused = errors.New("not a message of this topic")
	// ErrSize means that an Inner is empty or larger than MaxInner.
	ErrSize = errors.New("size of a group message")
)

// message is an Outer.
type message struct {
	Version uint64          `cbor:"0,keyasint"`
	Tag     [tagSize]byte   `cbor:"1,keyasint"` // of the relay's key over the topic and all that follows
	Nonce   [nonceSize]byte `cbor:"2,keyasint"`
	Box     []byte          `cbor:"3,keyasint"` // with its tag
}

// Seal wraps an Inner for a topic. Two calls never give the same bytes, so the author seals once and sends the result on every
// path. It panics if rand fails, which crypto/rand.Reader never does.
func Seal(rand io.Reader, k Keys, topic string, inner []byte) ([]byte, error) {
	if len(topic) != TopicLen {
		return nil, fmt.Errorf("topic of %d characters, want %d", len(topic), TopicLen)
	}
	if len(inner) == 0 || len(inner) > MaxInner {
		return nil, fmt.Errorf("%w: %d bytes, want 1 to %d", ErrSize, len(inner), MaxInner)
	}
	box := seal.Seal(rand, &k.env, inner, []byte(topic))
	m := message{Version: version, Nonce: [nonceSize]byte(box[:nonceSize]), Box: box[nonceSize:]}
	m.Tag = k.Relay.tag(topic, &m)
	return canon.Marshal(m)
}

// CheckRelay tells whether data was made for the topic by a holder of its keys. It opens nothing and needs only the relay's key.
func CheckRelay(k RelayKey, topic string, data []byte) bool {
	_, err := check(k, topic, data)
	return err == nil
}

// Open returns the Inner, whose own signature is still to be checked. The error is always ErrRefused.
func Open(k Keys, topic string, data []byte) ([]byte, error) {
	m, err := check(k.Relay, topic, data)
	if err != nil {
		return nil, err
	}
	box := append(append(make([]byte, 0, nonceSize+len(m.Box)), m.Nonce[:]...), m.Box...)
	inner, err := seal.Open(&k.env, box, []byte(topic))
	if err != nil {
		return nil, ErrRefused
	}
	return inner, nil
}

func check(k RelayKey, topic string, data []byte) (message, error) {
	if len(data) > Max || len(topic) != TopicLen {
		return message{}, ErrRefused
	}
	m, err := canon.Unmarshal[message](data)
	if err != nil || m.Version != version || len(m.Box) <= boxTag {
		return message{}, ErrRefused
	}
	want := k.tag(topic, &m)
	if subtle.ConstantTimeCompare(want[:], m.Tag[:]) != 1 {
		return message{}, ErrRefused
	}
	return m, nil
}
