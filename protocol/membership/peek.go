package membership

import (
	"cmp"
	"fmt"

	"conclave/crypto/canon"
)

// IDOf returns the id of a signed operation without checking anything but its outer form: to tell whether it is known
// already.
func IDOf(b []byte) (ID, error) {
	if len(b) > MaxOp {
		return ID{}, fmt.Errorf("%w: %d bytes", ErrOp, len(b))
	}
	s, err := canon.Unmarshal[signedOp](b)
	if err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrOp, err)
	}
	return canon.Hash("gop-id", s.Payload), nil
}

// Place is where an operation stands in the order in which operations are told: parents before children. The zero value is before all.
type Place struct {
	_       struct{} `cbor:",toarray"`
	Lamport uint64
	ID      ID
}

// Compare orders places.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Lamport, q.Lamport), compareIDs(p.ID, q.ID))
}

// Place returns where an operation stands.
func (o *Op) Place() Place { return Place{Lamport: o.Lamport, ID: o.ID} }

// PlaceOf returns where a signed operation says that it stands. Like IDOf it checks nothing but form.
func PlaceOf(b []byte) (Place, error) {
	id, err := IDOf(b)
	if err != nil {
		return Place{}, err
	}
	s, err := canon.Unmarshal[signedOp](b)
	if err != nil {
		return Place{}, fmt.Errorf("%w: %w", ErrOp, err)
	}
	w, err := canon.Unmarshal[wireOp](s.Payload)
	if err != nil {
		return Place{}, fmt.Errorf("%w: %w", ErrOp, err)
	}
	return Place{Lamport: w.Lamport, ID: id}, nil
}
