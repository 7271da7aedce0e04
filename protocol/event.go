package protocol

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"conclave/crypto/canon"
)

// Header is what is hash-linked of an event (SPEC.md, events and ids). Heads stand in group events only.
type Header struct {
	Version  uint64    `cbor:"0,keyasint"`
	Log      Log       `cbor:"1,keyasint"`
	Kind     string    `cbor:"2,keyasint"`
	Author   Account   `cbor:"3,keyasint"`
	Device   Device    `cbor:"4,keyasint"`
	Ord      uint64    `cbor:"5,keyasint"`
	HLC      uint64    `cbor:"6,keyasint"`
	Parents  []EventID `cbor:"7,keyasint"`
	BodyHash [32]byte  `cbor:"8,keyasint"`
	Heads    []EventID `cbor:"9,keyasint,omitempty"`
}

// Event is a header with the body it commits to. An erased event has neither salt nor body; its id and links stay.
type Event struct {
	Header
	ID   EventID
	Salt []byte // 16 random bytes, so that the hash of a short body tells nothing
	Body []byte // canonical or not: kept as it came

	header []byte // the bytes that ID is the hash of
}

type wireEvent struct {
	_      struct{} `cbor:",toarray"`
	Header []byte
	Salt   []byte
	Body   []byte
}

// Errors of DecodeEvent.
var (
	ErrEvent     = errors.New("not a valid event")
	ErrEventBody = fmt.Errorf("%w: the body is not the one its header commits to", ErrEvent)
)

// NewEvent makes an event of a header and a body: it draws the salt from random and fills in version, body hash and id.
func NewEvent(random io.Reader, h Header, body []byte) (*Event, error) {
	if random == nil {
		random = rand.Reader
	}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("draw the salt of an event: %w", err)
	}
	h.Version = 1
	h.BodyHash = bodyHash(salt, body)
	if h.Parents == nil {
		h.Parents = []EventID{}
	}
	SortIDs(h.Parents)
	raw, err := canon.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the header of an event: %w", err)
	}
	e := &Event{Header: h, Salt: salt, Body: body, header: raw, ID: EventID(canon.Hash("event", raw))}
	return e, e.check()
}

// Encode returns the bytes of the event, [header, salt, body].
func (e *Event) Encode() []byte {
	return canon.MustMarshal(wireEvent{Header: e.header, Salt: e.Salt, Body: e.Body})
}

// DecodeEvent reads an event and checks everything that can be checked without its parents: form, bounds, order of the
// links, and that the body is the one that the header commits to. The id is computed, never read.
func DecodeEvent(b []byte) (*Event, error) {
	if len(b) > MaxEvent {
		return nil, fmt.Errorf("%w: %d bytes", ErrEvent, len(b))
	}
	w, err := canon.Unmarshal[wireEvent](b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	h, err := canon.Unmarshal[Header](w.Header)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrEvent, err)
	}
	e := &Event{Header: h, Salt: w.Salt, Body: w.Body, header: w.Header, ID: EventID(canon.Hash("event", w.Header))}
	return e, e.check()
}

// ReadOwnEvent reads what this node kept of an event that DecodeEvent or NewEvent passed, from where nobody else could have
// changed it. It computes the id, but checks neither form nor body again.
func ReadOwnEvent(b []byte) (*Event, error) {
	w, err := canon.UnmarshalOwn[wireEvent](b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	h, err := canon.UnmarshalOwn[Header](w.Header)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrEvent, err)
	}
	return &Event{Header: h, Salt: w.Salt, Body: w.Body, header: w.Header, ID: EventID(canon.Hash("event", w.Header))}, nil
}

// Erased tells whether the body was taken away; id and links stay.
func (e *Event) Erased() bool { return e.Salt == nil && e.Body == nil }

// Erase returns the event without its body.
func (e *Event) Erase() *Event {
	c := *e
	c.Salt, c.Body = nil, nil
	return &c
}

func (e *Event) check() error {
	switch {
	case e.Version != 1:
		return fmt.Errorf("%w: version %d", ErrEvent, e.Version)
	case len(e.Kind) == 0 || len(e.Kind) > MaxKind:
		return fmt.Errorf("%w: kind of %d bytes", ErrEvent, len(e.Kind))
	case e.Parents == nil || len(e.Parents) > MaxParents || !ascending(e.Parents):
		return fmt.Errorf("%w: parents", ErrEvent)
	case len(e.Heads) > MaxHeads || !ascending(e.Heads):
		return fmt.Errorf("%w: heads", ErrEvent)
	case e.Ord == 0 || (len(e.Parents) == 0) != (e.Ord == 1):
		return fmt.Errorf("%w: order %d with %d parents", ErrEvent, e.Ord, len(e.Parents))
	case len(e.Body) > MaxEventBody:
		return fmt.Errorf("%w: body of %d bytes", ErrEvent, len(e.Body))
	case (e.Salt == nil) != (e.Body == nil):
		return fmt.Errorf("%w: salt and body go together", ErrEvent)
	case e.Erased():
		return nil
	case len(e.Salt) != 16:
		return fmt.Errorf("%w: salt of %d bytes", ErrEvent, len(e.Salt))
	case bodyHash(e.Salt, e.Body) != e.BodyHash:
		return ErrEventBody
	}
	return nil
}

func bodyHash(salt, body []byte) [32]byte { return canon.Hash("body", salt, body) }

// SortIDs puts ids into the one order in which they may stand in a header.
func SortIDs(ids []EventID) {
	slices.SortFunc(ids, func(a, b EventID) int { return bytes.Compare(a[:], b[:]) })
}

func ascending(ids []EventID) bool {
	for i := 1; i < len(ids); i++ {
		if bytes.Compare(ids[i-1][:], ids[i][:]) >= 0 {
			return false
		}
	}
	return true
}

// Place is where an event stands in its log; order everywhere is (Ord, HLC, ID).
type Place struct {
	_   struct{} `cbor:",toarray"`
	Ord uint64
	HLC uint64
	ID  EventID
}

// Place returns where the event stands.
func (e *Event) Place() Place { return Place{Ord: e.Ord, HLC: e.HLC, ID: e.ID} }

// Compare orders places.
func (p Place) Compare(q Place) int { return bytes.Compare(p.Bytes(), q.Bytes()) }

// IsZero tells whether the place is before every event.
func (p Place) IsZero() bool { return p.Ord == 0 }

// Bytes returns be64(ord) || be64(hlc) || id, which sort as places do.
func (p Place) Bytes() []byte {
	b := make([]byte, 48)
	binary.BigEndian.PutUint64(b, p.Ord)
	binary.BigEndian.PutUint64(b[8:], p.HLC)
	copy(b[16:], p.ID[:])
	return b
}

// PlaceFromBytes reads what Bytes wrote.
func PlaceFromBytes(b []byte) (Place, error) {
	if len(b) != 48 {
		return Place{}, ErrID
	}
	return Place{Ord: binary.BigEndian.Uint64(b), HLC: binary.BigEndian.Uint64(b[8:]), ID: EventID(b[16:])}, nil
}

// HistoryHash folds an event into a running hash of a log, so that two nodes can compare histories.
func HistoryHash(sofar [32]byte, e *Event) [32]byte {
	h := sha256.New()
	h.Write(sofar[:])
	h.Write(e.ID[:])
	return [32]byte(h.Sum(nil))
}
