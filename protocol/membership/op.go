package membership

import (
	"bytes"
	"fmt"
	"math"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
	"conclave/protocol"
)

// Op is an operation whose form and signature were checked. It never changes.
type Op struct {
	ID      ID
	Group   protocol.Log // for Create its own id
	Parents []ID
	Author  Author
	Lamport uint64 // one more than the highest of the parents
	Seq     uint64 // number among the device's operations in this group, from 1
	Prev    ID     // the device's operation before, zero for the first
	Wall    uint64 // Unix milliseconds by the author's clock: shown, never trusted
	Body    Body

	encoded []byte
}

// wireOp is the payload that is signed and hashed.
type wireOp struct {
	Version uint64           `cbor:"0,keyasint"`
	Group   *[32]byte        `cbor:"1,keyasint"`
	Kind    Kind             `cbor:"2,keyasint"`
	Parents []ID             `cbor:"3,keyasint"`
	Account protocol.Account `cbor:"4,keyasint"`
	Device  protocol.Device  `cbor:"5,keyasint"`
	IDSeq   uint64           `cbor:"6,keyasint"`
	IDHash  [32]byte         `cbor:"7,keyasint"`
	Lamport uint64           `cbor:"8,keyasint"`
	Seq     uint64           `cbor:"9,keyasint"`
	Prev    *ID              `cbor:"10,keyasint"`
	Wall    uint64           `cbor:"11,keyasint"`
	Body    canon.Raw        `cbor:"12,keyasint"`
}

type signedOp struct {
	Payload []byte   `cbor:"1,keyasint"`
	Sig     [64]byte `cbor:"2,keyasint"`
}

// Signer signs L(context) || parts...: the device's signing key.
type Signer interface {
	Sign(context string, parts ...[]byte) [64]byte
}

// Keys returns the signing key of the device that an author names, from the verified identity log of its account: the
// log holds the entry (IDSeq, IDHash) and that entry lists the device. It returns an error when it cannot tell.
type Keys func(Author) ([32]byte, error)

// Draft is an operation before it is signed (Found, Graph.Draft).
type Draft struct{ wire wireOp }

// Found drafts the Create of a new group by its first creator.
func Found(by Author, wall uint64, body *Create) Draft {
	if body.Meta == nil {
		body.Meta = []Field{}
	}
	return draft(by, wall, body, wireOp{Parents: []ID{}, Lamport: 1, Seq: 1})
}

func draft(by Author, wall uint64, body Body, w wireOp) Draft {
	w.Version, w.Kind, w.Wall, w.Body = 1, body.Kind(), wall, canon.MustMarshal(body)
	w.Account, w.Device, w.IDSeq, w.IDHash = by.Account, by.Device, by.IDSeq, by.IDHash
	return Draft{w}
}

// Sign signs with the device's key. It returns ErrOp for a body that is out of its bounds.
func (d Draft) Sign(dsk Signer) (*Op, error) {
	payload := canon.MustMarshal(d.wire)
	s := signedOp{Payload: payload, Sig: dsk.Sign("gop", payload)}
	op, _, err := decode(canon.MustMarshal(s))
	return op, err
}

// Open decodes a signed operation of at most MaxOp bytes and checks its form and its signature. What it says of its parents
// is checked when it is inserted. An error of keys is returned wrapped.
func Open(b []byte, keys Keys) (*Op, error) {
	op, s, err := decode(b)
	if err != nil {
		return nil, err
	}
	pub, err := keys(op.Author)
	if err != nil {
		return nil, fmt.Errorf("find the signing key of a group operation: %w", err)
	}
	if !seal.Verify(&pub, &s.Sig, "gop", s.Payload) {
		return nil, ErrSignature
	}
	return op, nil
}

// Encode returns the signed encoding, the bytes that came or were made.
func (o *Op) Encode() []byte { return o.encoded }

// Kind returns what the operation does.
func (o *Op) Kind() Kind { return o.Body.Kind() }

func decode(b []byte) (*Op, signedOp, error) {
	if len(b) > MaxOp {
		return nil, signedOp{}, fmt.Errorf("%w: %d bytes", ErrOp, len(b))
	}
	s, err := canon.Unmarshal[signedOp](b)
	if err != nil {
		return nil, signedOp{}, fmt.Errorf("%w: %w", ErrOp, err)
	}
	w, err := canon.Unmarshal[wireOp](s.Payload)
	if err != nil {
		return nil, signedOp{}, fmt.Errorf("%w: payload: %w", ErrOp, err)
	}
	body, err := decodeBody(w.Kind, w.Body)
	if err != nil {
		return nil, signedOp{}, err
	}
	op := &Op{
		ID: canon.Hash("gop-id", s.Payload), Parents: w.Parents,
		Author:  Author{w.Account, w.Device, w.IDSeq, w.IDHash},
		Lamport: w.Lamport, Seq: w.Seq, Wall: w.Wall, Body: body, encoded: bytes.Clone(b),
	}
	if w.Prev != nil {
		op.Prev = *w.Prev
	}
	if op.Group = protocol.Log(op.ID); w.Group != nil {
		op.Group = *w.Group
	}
	if s.Payload == nil || w.Version != 1 || (w.Prev == nil) != (w.Seq == 1) || (w.Group == nil) != (w.Kind == KindCreate) {
		return nil, signedOp{}, fmt.Errorf("%w: version, group or chain", ErrOp)
	}
	return op, s, op.check()
}

// check tests what needs nothing but the operation.
func (o *Op) check() error {
	if o.Lamport == 0 || o.Lamport > math.MaxUint32 || o.Seq == 0 {
		return fmt.Errorf("%w: lamport %d, number %d", ErrOp, o.Lamport, o.Seq)
	}
	if o.Parents == nil || len(o.Parents) > MaxParents || !ascending(o.Parents) {
		return fmt.Errorf("%w: parents", ErrOp)
	}
	if o.Author.Account.IsZero() || target(o.Body) == o.Author.Account {
		return fmt.Errorf("%w: about its own author", ErrOp)
	}
	b, create := o.Body.(*Create)
	switch {
	case create != (len(o.Parents) == 0):
		return fmt.Errorf("%w: only Create has no parents", ErrOp)
	case create && (b.Creators[0] != o.Author.Account || o.Lamport != 1 || o.Seq != 1):
		return fmt.Errorf("%w: Create is the first operation of the first creator", ErrOp)
	}
	return nil
}
