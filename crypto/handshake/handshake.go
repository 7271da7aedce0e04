// Package handshake sets up a session between two devices of which one may be offline: PQXDH over X25519 and ML-KEM-1024
// with the whole transcript bound into the key, and the sealed prekey message that carries it (SPEC.md, PQXDH and prekey message).
//
// Initiator and Responder agree iff both see the same identities, the same prekeys and the same message; the result starts
// a ratchet. The package verifies no signature and keeps no state: that the parties are who they say, that prekeys were
// signed, that a one-time key is used once and a last-resort message not replayed is the caller's duty, before it commits.
//
// All functions are pure and safe for concurrent use. ML-KEM encapsulation and HPKE draw from the system's randomness,
// since the standard library gives them no other; everything else comes from the given reader.
package handshake

import (
	"bytes"
	"crypto/mlkem"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

const suite = "pqxdh/CURVE25519_SHA-256_ML-KEM-1024"

// Party is what a device's verified identity says of it. The caller has verified it: nothing here checks a signature.
type Party struct {
	Acct   [32]byte
	Dev    [16]byte
	IDHash [32]byte // hash of the identity entry the device was found in
	DSK    [32]byte // signing key
	DIK    [32]byte // Diffie-Hellman identity key
}

// Prekeys are the keys of the responder that one session uses: its signed prekey and either a one-time pair or its
// last-resort KEM key. The caller has verified their signatures.
type Prekeys struct {
	SPKID uint64
	SPK   [32]byte
	// OneTime says that KEMID names a one-time pair, of which OPK is the X25519 half; without it KEMID names the last-resort key.
	OneTime bool
	OPK     [32]byte
	KEMID   uint64
	KEM     [mlkem.EncapsulationKeySize1024]byte
}

// Secrets are the private halves of Prekeys. They print as [secret].
type Secrets struct {
	seal.Hidden
	SPKID   uint64
	SPK     *seal.DHKey
	OneTime bool
	OPK     *seal.DHKey
	KEMID   uint64
	KEM     *mlkem.DecapsulationKey1024
}

// Offer is the initiator's contribution: its ephemeral key and the KEM ciphertext.
type Offer struct {
	EK [32]byte
	CT [mlkem.CiphertextSize1024]byte
}

// Agreement is what both sides derive. All but SID is secret. It prints as [secret].
type Agreement struct {
	seal.Hidden
	SK   [32]byte // first root key
	HKa  [32]byte // header key of the initiator's first chain
	NHKb [32]byte // header key of the responder's first chain
	SID  [32]byte // name of the session and additional data of all its messages
}

// Initiator makes an offer to b. dik is the private half of a.DIK.
func Initiator(rand io.Reader, a Party, dik *seal.DHKey, b Party, keys Prekeys) (Agreement, Offer, error) {
	if dik.Public() != a.DIK {
		return Agreement{}, Offer{}, fmt.Errorf("initiate session: own identity key: %w", errNoKey)
	}
	ek, err := seal.NewDHKey(rand)
	if err != nil {
		return Agreement{}, Offer{}, fmt.Errorf("initiate session: %w", err)
	}
	exchanges := []exchange{{dik, keys.SPK}, {ek, b.DIK}, {ek, keys.SPK}}
	if keys.OneTime {
		exchanges = append(exchanges, exchange{ek, keys.OPK})
	}
	kem, err := mlkem.NewEncapsulationKey1024(keys.KEM[:])
	if err != nil {
		return Agreement{}, Offer{}, fmt.Errorf("initiate session: KEM key: %w", seal.ErrPublicKey)
	}
	ss, ct := kem.Encapsulate()
	offer := Offer{EK: ek.Public(), CT: [mlkem.CiphertextSize1024]byte(ct)}
	agreement, err := agree(exchanges, ss, transcript(a, b, keys, offer))
	if err != nil {
		return Agreement{}, Offer{}, fmt.Errorf("initiate session: %w", err)
	}
	return agreement, offer, nil
}

// Responder answers an offer of a. dik is the private half of b.DIK. A wrong offer is not refused here but derives a key
// that opens nothing: keep no state before the first message has opened.
func Responder(b Party, dik *seal.DHKey, a Party, secrets Secrets, offer Offer) (Agreement, error) {
	if dik.Public() != b.DIK || secrets.KEM == nil || secrets.SPK == nil || secrets.OneTime && secrets.OPK == nil {
		return Agreement{}, fmt.Errorf("answer session: own key: %w", errNoKey)
	}
	exchanges := []exchange{{secrets.SPK, a.DIK}, {dik, offer.EK}, {secrets.SPK, offer.EK}}
	if secrets.OneTime {
		exchanges = append(exchanges, exchange{secrets.OPK, offer.EK})
	}
	ss, err := secrets.KEM.Decapsulate(offer.CT[:])
	if err != nil {
		return Agreement{}, fmt.Errorf("answer session: KEM ciphertext: %w", seal.ErrPublicKey)
	}
	agreement, err := agree(exchanges, ss, transcript(a, b, secrets.Public(), offer))
	if err != nil {
		return Agreement{}, fmt.Errorf("answer session: %w", err)
	}
	return agreement, nil
}

// Public returns the public halves.
func (s Secrets) Public() Prekeys {
	keys := Prekeys{SPKID: s.SPKID, SPK: s.SPK.Public(), OneTime: s.OneTime, KEMID: s.KEMID, KEM: [mlkem.EncapsulationKeySize1024]byte(s.KEM.EncapsulationKey().Bytes())}
	if s.OneTime {
		keys.OPK = s.OPK.Public()
	}
	return keys
}

type exchange struct {
	private *seal.DHKey
	public  [32]byte
}

func agree(exchanges []exchange, ss []byte, th [32]byte) (Agreement, error) {
	ikm := bytes.Repeat([]byte{0xff}, 32)
	for i, e := range exchanges {
		dh, err := e.private.Shared(&e.public)
		if err != nil {
			return Agreement{}, fmt.Errorf("exchange %d: %w", i+1, err)
		}
		ikm = append(ikm, dh[:]...)
	}
	ikm = append(ikm, ss...)
	okm := seal.Derive(ikm, nil, suite, th[:], 128)
	return Agreement{
		SK:   [32]byte(okm[:32]),
		HKa:  [32]byte(okm[32:64]),
		NHKb: [32]byte(okm[64:96]),
		SID:  canon.Hash("sid", th[:]),
	}, nil
}

// transcript is TH, the hash of everything both sides must see alike.
func transcript(a, b Party, keys Prekeys, offer Offer) [32]byte {
	t := transcriptItems{
		Version: 1,
		AcctA:   a.Acct, DevA: a.Dev, IDHashA: a.IDHash, DSKA: a.DSK, DIKA: a.DIK,
		AcctB: b.Acct, DevB: b.Dev, IDHashB: b.IDHash, DSKB: b.DSK, DIKB: b.DIK,
		EK: offer.EK, SPKID: keys.SPKID, SPK: keys.SPK, KEMID: keys.KEMID, KEM: keys.KEM[:], CT: offer.CT[:],
	}
	if keys.OneTime {
		t.OTKID, t.OPK = &keys.KEMID, keys.OPK[:]
	}
	return sha256.Sum256(canon.MustMarshal(t))
}

type transcriptItems struct {
	_       struct{} `cbor:",toarray"`
	Version uint64
	AcctA   [32]byte
	DevA    [16]byte
	IDHashA [32]byte
	DSKA    [32]byte
	DIKA    [32]byte
	AcctB   [32]byte
	DevB    [16]byte
	IDHashB [32]byte
	DSKB    [32]byte
	DIKB    [32]byte
	EK      [32]byte
	SPKID   uint64
	SPK     [32]byte
	OTKID   *uint64
	OPK     []byte
	KEMID   uint64
	KEM     []byte
	CT      []byte
}

var errNoKey = errors.New("missing or wrong private key")
