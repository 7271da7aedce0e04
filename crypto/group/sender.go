package group

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/internal/doubleratchet"
	"conclave/crypto/internal/kdf"
	"conclave/crypto/seal"
)

// Origin is the device a chain is made for, and the view of the group it is made under.
type Origin struct {
	GID    [32]byte
	Acct   [32]byte
	Dev    [16]byte
	IDSeq  uint64
	IDHash [32]byte
	MHead  [32]byte
	CSeq   uint64 // one more than the device's last chain in this group, from 1
}

// Sender is the own sending chain of a device in a group. It prints as [secret].
type Sender struct {
	seal.Hidden
	cert   Cert
	signed SignedCert
	csk    *seal.SigningKey
	key    [32]byte
	n      uint32
}

// NewSender makes a chain with fresh keys, certified by the device's signing key.
func NewSender(rand io.Reader, now time.Time, o Origin, dsk Signer) (*Sender, error) {
	if o.CSeq == 0 {
		return nil, fmt.Errorf("make chain: %w: no sequence number", ErrMalformed)
	}
	csk, err := seal.NewSigningKey(rand)
	if err != nil {
		return nil, fmt.Errorf("make chain: %w", err)
	}
	var random [48]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return nil, fmt.Errorf("make chain: %w", err)
	}
	cert := Cert{
		Version: recordVersion, GID: o.GID, Chain: ChainID(random[:16]), Acct: o.Acct, Dev: o.Dev, IDSeq: o.IDSeq, IDHash: o.IDHash,
		MHead: o.MHead, CPK: csk.Public(), Created: uint64(now.UnixMilli()), CSeq: o.CSeq,
	}
	return &Sender{cert: cert, signed: cert.Sign(dsk), csk: csk, key: [32]byte(random[16:])}, nil
}

// Cert returns what the chain's certificate says.
func (s *Sender) Cert() Cert { return s.cert }

// N returns the number of the next message.
func (s *Sender) N() uint32 { return s.n }

// KeyDist returns what a member's device needs to open the messages from the next one on.
func (s *Sender) KeyDist() KeyDist { return KeyDist{Cert: s.signed, Start: s.n, Key: s.key} }

// Due reports whether the chain has served its number of messages or its time. A chain is replaced, too, when somebody
// leaves, is removed, or loses a device; that is the caller's to see.
func (s *Sender) Due(now time.Time) bool {
	return s.n >= RotateAfter || now.Sub(time.UnixMilli(int64(s.cert.Created))) >= RotateInterval
}

// Seal makes the message of an event under the heads its author sees. id is the event's id.
func (s *Sender) Seal(rand io.Reader, heads [][32]byte, id [32]byte, event []byte) (Inner, error) {
	if s.n == math.MaxUint32 {
		return Inner{}, doubleratchet.ErrExhausted
	}
	sorted := slices.Clone(heads)
	if sorted == nil {
		sorted = [][32]byte{}
	}
	sortHeads(sorted)
	if !validHeads(sorted) {
		return Inner{}, fmt.Errorf("seal group message: %w: heads", ErrMalformed)
	}
	padded, err := seal.Pad(event, seal.ContentBuckets)
	if err != nil {
		return Inner{}, fmt.Errorf("seal group message: %w", err)
	}
	seed, next := kdf.Step(&s.key)
	key := kdf.MessageKey(&seed, keyLabel, keyContext(s.cert.GID, s.cert.Chain, s.n))
	at := place(s.cert.GID, s.cert.Chain, s.n, MHead(s.cert.GID, sorted), id)
	m := Inner{Chain: s.cert.Chain, N: s.n, Heads: sorted, ID: id}
	m.CT = seal.Seal(rand, &key, padded, at)
	digest := sha256.Sum256(m.CT)
	m.Sig = s.csk.Sign("gmsg", at, digest[:])
	s.key, s.n = next, s.n+1
	return m, nil
}

// storedSender is the stored form of a Sender.
type storedSender struct {
	Version uint64     `cbor:"0,keyasint"`
	Cert    SignedCert `cbor:"1,keyasint"`
	CSK     [32]byte   `cbor:"2,keyasint"`
	Key     [32]byte   `cbor:"3,keyasint"`
	N       uint32     `cbor:"4,keyasint"`
}

// Marshal returns the stored form of s: secret and deterministic.
func (s *Sender) Marshal() []byte {
	return canon.MustMarshal(storedSender{recordVersion, s.signed, s.csk.Seed(), s.key, s.n})
}

// UnmarshalSender is the strict inverse of Marshal.
func UnmarshalSender(b []byte) (*Sender, error) {
	v, err := canon.Unmarshal[storedSender](b)
	if err != nil || v.Version != recordVersion {
		return nil, fmt.Errorf("%w: stored sending chain", ErrMalformed)
	}
	cert, err := v.Cert.Cert()
	if err != nil {
		return nil, err
	}
	s := &Sender{cert: cert, signed: v.Cert, csk: seal.SigningKeyFrom(&v.CSK), key: v.Key, n: v.N}
	if s.csk.Public() != cert.CPK {
		return nil, fmt.Errorf("%w: stored sending chain: key", ErrMalformed)
	}
	return s, nil
}
