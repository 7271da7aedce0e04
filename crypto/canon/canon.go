// Package canon is the one encoding of everything that is signed, hashed or sent: core-deterministic CBOR with a strict
// decoder, and the domain-separation labels that every signature, hash and key derivation starts with (SPEC.md, conventions).
//
// It is the only importer of the CBOR library. All functions are pure and safe for concurrent use.
package canon

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Bounds of the decoder (SPEC.md, limits).
const (
	MaxNesting = 8
	MaxArray   = 4096
	MaxMap     = 256
)

// ErrNotCanonical means that the bytes decode but are not the one canonical encoding of what they decode to.
var ErrNotCanonical = errors.New("not canonical CBOR")

// Raw is an encoded item that is kept as it came.
type Raw = cbor.RawMessage

var (
	encoder = must(encOptions().EncMode())
	strict  = must(decOptions(cbor.ExtraDecErrorUnknownField).DecMode())
	lenient = must(decOptions(cbor.ExtraDecErrorNone).DecMode())
)

func encOptions() cbor.EncOptions {
	o := cbor.CoreDetEncOptions()
	o.NilContainers = cbor.NilContainerAsNull
	return o
}

func decOptions(extra cbor.ExtraDecErrorCond) cbor.DecOptions {
	return cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: extra,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		MaxNestedLevels:   MaxNesting,
		MaxArrayElements:  MaxArray,
		MaxMapPairs:       MaxMap,
	}
}

// Marshal returns the core-deterministic encoding of v.
func Marshal(v any) ([]byte, error) { return encoder.Marshal(v) }

// MustMarshal is Marshal for values whose types always encode; it panics on a type that cannot, which is a bug.
func MustMarshal(v any) []byte {
	b, err := encoder.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("canon: %T does not encode: %v", v, err))
	}
	return b
}

// Unmarshal decodes one item strictly into a value of type T: unknown fields, duplicate keys, indefinite lengths, tags,
// invalid UTF-8, trailing bytes and any encoding but the canonical one are refused. On error it returns the zero T.
func Unmarshal[T any](b []byte) (T, error) {
	var v, zero T
	if err := strict.Unmarshal(b, &v); err != nil {
		return zero, err
	}
	again, err := encoder.Marshal(v)
	if err != nil {
		return zero, err
	}
	if !bytes.Equal(again, b) {
		return zero, ErrNotCanonical
	}
	return v, nil
}

// UnmarshalOwn decodes what this program encoded and nobody else could have changed, as in a sealed row: it is as strict as
// Unmarshal, but does not encode the value again to see that it was canonical. On error it returns the zero T.
func UnmarshalOwn[T any](b []byte) (T, error) {
	var v, zero T
	if err := strict.Unmarshal(b, &v); err != nil {
		return zero, err
	}
	return v, nil
}

// UnmarshalBody decodes the body of an event: unknown fields are passed over, so that a newer peer's additions do not make
// it unreadable, and the bytes need not be canonical; all other bounds hold. On error it returns the zero T.
func UnmarshalBody[T any](b []byte) (T, error) {
	var v, zero T
	if err := lenient.Unmarshal(b, &v); err != nil {
		return zero, err
	}
	return v, nil
}

// Label returns L(context) = "conclave/1/" || context || 0x00, the prefix of every signature input, hash and KDF info.
func Label(context string) []byte {
	return append([]byte("conclave/1/"+context), 0)
}

// Hash returns SHA-256(L(context) || parts...).
func Hash(context string, parts ...[]byte) [32]byte {
	h := sha256.New()
	h.Write(Label(context))
	for _, p := range parts {
		h.Write(p)
	}
	var out [32]byte
	h.Sum(out[:0])
	return out
}

// Join returns L(context) || parts..., the input of a signature.
func Join(context string, parts ...[]byte) []byte {
	out := Label(context)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
