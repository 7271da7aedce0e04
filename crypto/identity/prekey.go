package identity

import (
	"errors"
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// Bounds of prekey records.
const (
	// BundleLifetime is the longest time from a bundle's issue to its expiry.
	BundleLifetime = 14 * 24 * time.Hour
	// MaxPrekeyRecord bounds an encoded bundle or one-time key, in bytes.
	MaxPrekeyRecord = 4 << 10
)

var (
	// ErrPrekey is returned for a bundle or one-time key that breaks a rule of form or names the wrong account.
	ErrPrekey = errors.New("invalid prekey record")
	// ErrRevoked is returned for a record of a device that the account does not list.
	ErrRevoked = errors.New("device is not listed by its account")
	// ErrExpired is returned for a bundle, or a log, that no longer allows new sessions.
	ErrExpired = errors.New("expired")
)

// DHPrekey is an X25519 prekey with its id.
type DHPrekey struct {
	_   struct{} `cbor:",toarray"`
	ID  uint64
	Key DHPublic
}

// KEMPrekey is a KEM public key with its id: ML-KEM-1024 (1,568 bytes) for a last-resort key, X-Wing (1,216 bytes) for the
// key that first messages are sealed to.
type KEMPrekey struct {
	_   struct{} `cbor:",toarray"`
	ID  uint64
	Key []byte
}

// Bundle is what a stranger needs to start a session with a device. Times are in Unix milliseconds.
type Bundle struct {
	Version    uint64    `cbor:"0,keyasint"`
	Acct       Account   `cbor:"1,keyasint"`
	Dev        DeviceID  `cbor:"2,keyasint"`
	IDSeq      uint64    `cbor:"3,keyasint"`
	IDHash     Hash      `cbor:"4,keyasint"`
	Issued     uint64    `cbor:"5,keyasint"`
	Expires    uint64    `cbor:"6,keyasint"`
	SPK        DHPrekey  `cbor:"7,keyasint"`
	LRK        KEMPrekey `cbor:"8,keyasint"`
	HPK        KEMPrekey `cbor:"9,keyasint"`
	IntroQueue [32]byte  `cbor:"10,keyasint"`
}

// OTK is a one-time prekey: an X25519 and an ML-KEM-1024 key (1,568 bytes) under one id.
type OTK struct {
	Version uint64   `cbor:"0,keyasint"`
	Acct    Account  `cbor:"1,keyasint"`
	Dev     DeviceID `cbor:"2,keyasint"`
	ID      uint64   `cbor:"3,keyasint"`
	OPK     DHPublic `cbor:"4,keyasint"`
	KEM     []byte   `cbor:"5,keyasint"`
}

// Attested is a bundle or one-time key as it travels: the payload's bytes and the device's signature over them.
type Attested struct {
	Payload []byte   `cbor:"1,keyasint"`
	Sig     [64]byte `cbor:"2,keyasint"`
}

// Encode returns the canonical encoding.
func (a Attested) Encode() []byte { return canon.MustMarshal(a) }

// DecodeAttested decodes at most MaxPrekeyRecord bytes. It checks form only.
func DecodeAttested(b []byte) (Attested, error) {
	if len(b) > MaxPrekeyRecord {
		return Attested{}, fmt.Errorf("decode prekey record: %d bytes, over %d", len(b), MaxPrekeyRecord)
	}
	a, err := canon.Unmarshal[Attested](b)
	if err != nil {
		return Attested{}, fmt.Errorf("decode prekey record: %w", err)
	}
	if a.Payload == nil {
		return Attested{}, fmt.Errorf("decode prekey record: no payload: %w", ErrPrekey)
	}
	return a, nil
}

// Sign fills in the version and the times (issued now, expiring after BundleLifetime) and signs.
func (b Bundle) Sign(k *DSK, now time.Time) Attested {
	b.Version, b.Issued, b.Expires = version, millis(now), millis(now.Add(BundleLifetime))
	return attest(k, "bundle", canon.MustMarshal(b))
}

// Sign fills in the version and signs.
func (o OTK) Sign(k *DSK) Attested {
	o.Version = version
	return attest(k, "otk", canon.MustMarshal(o))
}

func attest(k *DSK, context string, payload []byte) Attested {
	return Attested{Payload: payload, Sig: k.Sign(context, payload)}
}

// Bundle verifies the signed bundle of a device of this account for a new session now. A bundle that names an entry newer
// than the log's head is ErrGap: fetch the log. One that names an older entry of the log is good as long as the newest still
// lists its device: the device may be locked and unable to sign again.
func (l *Log) Bundle(a Attested, now time.Time) (Bundle, error) {
	b, err := canon.Unmarshal[Bundle](a.Payload)
	if err != nil {
		return Bundle{}, fmt.Errorf("decode bundle: %w", err)
	}
	if err := b.check(); err != nil {
		return Bundle{}, err
	}
	if err := l.attested(a, "bundle", b.Acct, b.Dev); err != nil {
		return Bundle{}, fmt.Errorf("verify bundle: %w", err)
	}
	switch {
	case b.IDSeq > l.Pin().Seq:
		return Bundle{}, fmt.Errorf("verify bundle: names entry %d of %d: %w", b.IDSeq, l.Pin().Seq, ErrGap)
	case !l.Has(Pin{b.IDSeq, b.IDHash}):
		return Bundle{}, fmt.Errorf("verify bundle: names an unknown entry: %w", ErrPrekey)
	case l.Expired(now) || millis(now) >= b.Expires:
		return Bundle{}, fmt.Errorf("verify bundle: %w", ErrExpired)
	}
	return b, nil
}

// OTK verifies the signed one-time key of a device of this account.
func (l *Log) OTK(a Attested) (OTK, error) {
	o, err := canon.Unmarshal[OTK](a.Payload)
	if err != nil {
		return OTK{}, fmt.Errorf("decode one-time key: %w", err)
	}
	if o.Version != version {
		return OTK{}, fmt.Errorf("verify one-time key: version %d: %w", o.Version, ErrPrekey)
	}
	if err := checkPrekeys(o.OPK, o.KEM); err != nil {
		return OTK{}, fmt.Errorf("verify one-time key: %w", err)
	}
	if err := l.attested(a, "otk", o.Acct, o.Dev); err != nil {
		return OTK{}, fmt.Errorf("verify one-time key: %w", err)
	}
	return o, nil
}

func (l *Log) attested(a Attested, context string, acct Account, id DeviceID) error {
	if acct != l.acct {
		return ErrOtherAccount
	}
	d, ok := l.Device(id)
	if !ok {
		return ErrRevoked
	}
	if !d.Verify(&a.Sig, context, a.Payload) {
		return ErrSignature
	}
	return nil
}

func (b Bundle) check() error {
	switch {
	case b.Version != version:
		return fmt.Errorf("verify bundle: version %d: %w", b.Version, ErrPrekey)
	case b.Expires < b.Issued || b.Expires-b.Issued > uint64(BundleLifetime.Milliseconds()):
		return fmt.Errorf("verify bundle: lives longer than 14 days: %w", ErrPrekey)
	}
	if err := checkPrekeys(b.SPK.Key, b.LRK.Key); err != nil {
		return fmt.Errorf("verify bundle: %w", err)
	}
	if err := seal.CheckKEM(b.HPK.Key); err != nil {
		return fmt.Errorf("verify bundle: sealing key: %w", err)
	}
	return nil
}

func checkPrekeys(dh DHPublic, kem []byte) error {
	if err := seal.CheckDH((*[32]byte)(&dh)); err != nil {
		return fmt.Errorf("X25519 prekey: %w", err)
	}
	if err := seal.CheckMLKEM1024(kem); err != nil {
		return fmt.Errorf("ML-KEM prekey: %w", err)
	}
	return nil
}
