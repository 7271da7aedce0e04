// Package event holds the bodies of events, one file a slice. A body names its kind, says what makes it valid, and is encoded
// as a CBOR map with small integer keys, so that later versions can add fields.
//
// It promises that a body that Decode returns is within its bounds. It knows nothing of logs, keys or people.
package event

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
)

// Body is what an event says. Kinds are past tense, "message.sent".
type Body interface {
	Kind() string
	Validate() error
}

// Texter is a body that people read as text; search, mentions, filters and previews meet it through this.
type Texter interface {
	Text() string
}

// ErrInvalid is wrapped by everything that Validate and Decode return.
var ErrInvalid = errors.New("not a valid body")

// Encode returns the bytes of a valid body.
func Encode(b Body) ([]byte, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	raw, err := canon.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", b.Kind(), err)
	}
	return raw, nil
}

// Decode reads the body of an event of the kind that B stands for. Unknown fields are passed over.
func Decode[B Body](raw []byte) (B, error) {
	var zero B
	b, err := canon.UnmarshalBody[B](raw)
	if err != nil {
		return zero, fmt.Errorf("%w: %s: %w", ErrInvalid, zero.Kind(), err)
	}
	if err := b.Validate(); err != nil {
		return zero, err
	}
	return b, nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
