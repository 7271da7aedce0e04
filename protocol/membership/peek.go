package membership

import (
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
