package handshake

import (
	"crypto/mlkem"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// Limits of a prekey message in bytes and numbers (SPEC.md, limits).
const (
	MaxEntries     = 64       // identity entries
	MaxEntriesSize = 8 << 10  // of them all
	MaxMessageSize = 32 << 10 // of the sealed message with its type byte

	blobTypeSize   = 1
	unpadded       = blobTypeSize + seal.SealToOverhead
	messageVersion = 1
)

// buckets are the lengths before sealing that make blobs of 8, 16 and 32 KiB.
var buckets = seal.Buckets{8<<10 - unpadded, 16<<10 - unpadded, MaxMessageSize - unpadded}

var (
	// ErrTooLarge means that a prekey message does not fit the largest bucket: send a shorter first message.
	ErrTooLarge = errors.New("prekey message is too large")
	// ErrSealed means that a sealed prekey message does not open: not for this device, or changed on its way.
	ErrSealed = errors.New("prekey message does not open")
	// ErrMessage means that a prekey message is not in its one valid form.
	ErrMessage = errors.New("malformed prekey message")
)

// Message is the first message of a session (SPEC.md, prekey message). Exactly one of OTKID and LRKID is set.
type Message struct {
	Version uint64                         `cbor:"0,keyasint"`
	AcctA   [32]byte                       `cbor:"1,keyasint"`
	DevA    [16]byte                       `cbor:"2,keyasint"`
	IDSeqA  uint64                         `cbor:"3,keyasint"`
	IDHashA [32]byte                       `cbor:"4,keyasint"`
	Entries []canon.Raw                    `cbor:"5,keyasint"` // signed identity entries as they came, or none
	DevB    [16]byte                       `cbor:"6,keyasint"`
	IDSeqB  uint64                         `cbor:"7,keyasint"`
	IDHashB [32]byte                       `cbor:"8,keyasint"`
	EK      [32]byte                       `cbor:"9,keyasint"`
	SPKID   uint64                         `cbor:"10,keyasint"`
	OTKID   *uint64                        `cbor:"11,keyasint"`
	LRKID   *uint64                        `cbor:"12,keyasint"`
	CT      [mlkem.CiphertextSize1024]byte `cbor:"13,keyasint"`
	Created uint64                         `cbor:"14,keyasint"` // Unix milliseconds
	First   []byte                         `cbor:"15,keyasint"` // first message of the ratchet
	Routes  []byte                         `cbor:"16,keyasint"`
}

// Offer returns the initiator's contribution.
func (m *Message) Offer() Offer { return Offer{EK: m.EK, CT: m.CT} }

// Encode returns the one encoding of m, whose Version it sets.
func (m Message) Encode() ([]byte, error) {
	m.Version = messageVersion
	b, err := canon.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMessage, err)
	}
	if _, err := Decode(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Decode is the strict inverse of Encode.
func Decode(b []byte) (Message, error) {
	if len(b) > MaxMessageSize-unpadded {
		return Message{}, ErrTooLarge
	}
	m, err := canon.Unmarshal[Message](b)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %v", ErrMessage, err)
	}
	size := 0
	for _, e := range m.Entries {
		size += len(e)
	}
	switch {
	case m.Version != messageVersion:
		return Message{}, fmt.Errorf("%w: version %d", ErrMessage, m.Version)
	case (m.OTKID == nil) == (m.LRKID == nil):
		return Message{}, fmt.Errorf("%w: one-time and last-resort key", ErrMessage)
	case m.Entries != nil && len(m.Entries) == 0:
		return Message{}, fmt.Errorf("%w: empty list of entries", ErrMessage)
	case len(m.Entries) > MaxEntries || size > MaxEntriesSize:
		return Message{}, fmt.Errorf("%w: identity entries of %d bytes", ErrMessage, size)
	case len(m.First) == 0:
		return Message{}, fmt.Errorf("%w: no first message", ErrMessage)
	}
	return m, nil
}

// Seal encodes m, pads it and seals it to the HPK of device dev of account acct. With the type byte of its blob the
// result is exactly 8, 16 or 32 KiB long.
func Seal(hpk []byte, acct [32]byte, dev [16]byte, m Message) ([]byte, error) {
	b, err := m.Encode()
	if err != nil {
		return nil, err
	}
	padded, err := seal.Pad(b, buckets)
	if err != nil {
		return nil, ErrTooLarge
	}
	sealed, err := seal.SealTo(hpk, canon.Join("seal", acct[:], dev[:]), nil, padded)
	if err != nil {
		return nil, fmt.Errorf("seal prekey message: %w", err)
	}
	return sealed, nil
}

// Open is the inverse of Seal at the device (acct, dev).
func Open(hpk *seal.KEMKey, acct [32]byte, dev [16]byte, sealed []byte) (Message, error) {
	if len(sealed) > MaxMessageSize-blobTypeSize {
		return Message{}, ErrTooLarge
	}
	padded, err := seal.OpenFrom(hpk, canon.Join("seal", acct[:], dev[:]), nil, sealed)
	if err != nil {
		return Message{}, ErrSealed
	}
	b, err := seal.Unpad(padded, buckets)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %v", ErrMessage, err)
	}
	return Decode(b)
}
