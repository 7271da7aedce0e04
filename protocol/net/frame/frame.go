// Package frame encodes and decodes what two nodes say on a stream: be32(length) followed by one CBOR array, whose first
// element names its kind (SPEC.md, envelopes and streams).
//
// It promises that decoding and encoding are inverse to one another, byte for byte, that nothing longer than MaxLen is read
// and that memory is taken only as bytes arrive. It refuses unknown kinds, wrong lengths and any encoding but the canonical
// one. It knows neither networks nor keys; all functions are safe for concurrent use.
package frame

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/protocol"
)

// Sizes in bytes (SPEC.md, limits).
const (
	MaxLen  = protocol.MaxFrame // a frame without its length prefix
	MaxBlob = MaxLen - overhead // the blob of a Put
	MaxBody = MaxLen - overhead // the body of a Request, one part of a Response
	MaxKind = 64                // the kind of a Request
	MaxAcks = 256               // codes in one Ack

	overhead = 128
)

// Version is what a Hello and a Request of this protocol carry.
const Version = 1

// ErrBad marks every refusal of bytes that a peer sent, as opposed to a failed connection.
var ErrBad = errors.New("bad frame")

type (
	// Queue is the random name of a place where blobs for one device are put.
	Queue [32]byte
	// Token lets its holder put blobs into a queue; the zero Token is none.
	Token [16]byte
	// Nonce is fresh for every stream.
	Nonce [16]byte
)

// Code is the receiver's answer to one Put.
type Code uint8

// The codes of an Ack.
const (
	Delivered Code = iota // opened and committed by the device it is for
	Stored                // committed, not yet opened
	Duplicate             // taken before
	Later                 // not taken now: the sender keeps it and offers it again
	Refused               // never taken
)

var codeNames = [...]string{"delivered", "stored", "duplicate", "later", "refused"}

// String returns the name of the code.
func (c Code) String() string {
	if int(c) >= len(codeNames) {
		return fmt.Sprintf("code %d", uint8(c))
	}
	return codeNames[c]
}

// Status is how a request went.
type Status uint8

// The statuses of a Response.
const (
	OK Status = iota
	NotFound
	NotAllowed
	TooMany
	Internal
)

// Hello is the first frame each side sends.
type Hello struct {
	Nonce  Nonce
	WallMS uint64 // the sender's clock, milliseconds since 1970
}

// Put offers a blob of at most MaxBlob bytes. Seq counts from 1 on each stream.
type Put struct {
	Seq   uint64
	Queue Queue
	Token Token
	Blob  []byte
}

// Ack answers at most MaxAcks Puts. An empty Ack keeps a stream alive and is answered by one.
type Ack []Answer

// Answer is the code for the Put with number Seq.
type Answer struct {
	Seq  uint64
	Code Code
}

// Request asks for something by kind: 1 to MaxKind characters, and at most MaxBody bytes.
type Request struct {
	Kind string
	Body []byte
}

// Response is one part, of at most MaxBody bytes, of the answer to a Request; More says that another follows.
type Response struct {
	Status Status
	More   bool
	Part   []byte
}

// Frame is one of Hello, Put, Ack, Request and Response.
type Frame interface {
	encode() (any, error)
}

// Encode returns the frame without its length prefix, or an error for one that Decode would refuse.
func Encode(f Frame) ([]byte, error) {
	wire, err := f.encode()
	if err != nil {
		return nil, err
	}
	return canon.Marshal(wire)
}

// Decode reads a frame without its length prefix. Its result shares no memory with b. All its errors are ErrBad.
func Decode(b []byte) (Frame, error) {
	if len(b) < 2 || len(b) > MaxLen {
		return nil, fmt.Errorf("%w: %d bytes", ErrBad, len(b))
	}
	// The canonical form of every frame is a short array that begins with a small integer: two bytes tell the kind.
	var f Frame
	var err error
	switch b[1] {
	case kindHello:
		f, err = decode[hello](b)
	case kindPut:
		f, err = decode[put](b)
	case kindAck:
		f, err = decode[ack](b)
	case kindRequest:
		f, err = decode[request](b)
	case kindResponse:
		f, err = decode[response](b)
	default:
		err = fmt.Errorf("kind %#x", b[1])
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBad, err)
	}
	return f, nil
}

func decode[W interface{ frame() (Frame, error) }](b []byte) (Frame, error) {
	w, err := canon.Unmarshal[W](b)
	if err != nil {
		return nil, err
	}
	return w.frame()
}
