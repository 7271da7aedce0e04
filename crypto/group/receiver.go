package group

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/internal/doubleratchet"
	"conclave/crypto/internal/kdf"
	"conclave/crypto/seal"
)

// Receiver is another device's chain. It prints as [secret].
type Receiver struct {
	seal.Hidden
	cert   Cert
	signed SignedCert
	start  uint32              // number of the first message we can open
	chain  doubleratchet.State // its receiving chain alone
}

// NewReceiver takes a chain over from its device. dsk is the verified signing key of the device (acct, dev), over whose
// session d came; the certificate must be of that device and of the group gid.
func NewReceiver(d KeyDist, dsk [32]byte, gid, acct [32]byte, dev [16]byte) (*Receiver, error) {
	cert, err := d.Cert.Verify(dsk)
	if err != nil {
		return nil, err
	}
	if cert.GID != gid || cert.Acct != acct || cert.Dev != dev {
		return nil, ErrWrongChain
	}
	r := &Receiver{cert: cert, signed: d.Cert, start: d.Start}
	r.chain.Recv = doubleratchet.Chain{Index: 1, N: d.Start, Key: d.Key}
	return r, nil
}

// Cert returns what the chain's certificate says.
func (r *Receiver) Cert() Cert { return r.cert }

// N returns the number after the newest message opened.
func (r *Receiver) N() uint32 { return r.chain.Recv.N }

// Agree checks a later hand-over of the same chain against the first: a device that hands different keys to different
// members is found out here. It changes nothing.
func (r *Receiver) Agree(d KeyDist) error {
	if string(d.Cert.Payload) != string(r.signed.Payload) {
		return ErrWrongChain
	}
	low, high := chainKey{d.Start, d.Key}, chainKey{r.chain.Recv.N, r.chain.Recv.Key}
	if low.n > high.n {
		low, high = high, low
	}
	if high.n-low.n > MaxSkip {
		return ErrTooFarAhead
	}
	for ; low.n < high.n; low.n++ {
		_, low.key = kdf.Step(&low.key)
	}
	if subtle.ConstantTimeCompare(low.key[:], high.key[:]) != 1 {
		return fmt.Errorf("%w: two keys for one chain", ErrWrongChain)
	}
	return nil
}

type chainKey struct {
	n   uint32
	key [32]byte
}

// Open returns the event of m and the proof to keep beside it. idOf computes the id of an event from its bytes: m must name
// that id, so that one signed message cannot open to two texts. With ErrReplay, too, the proof is verified: if it differs
// from the one kept for that number, both together show that the author said two things at once (Equivocates).
func (r *Receiver) Open(now time.Time, m Inner, idOf func(event []byte) ([32]byte, error)) ([]byte, Proof, error) {
	if m.Chain != r.cert.Chain {
		return nil, Proof{}, ErrWrongChain
	}
	mhead := MHead(r.cert.GID, m.Heads)
	proof := Proof{Chain: m.Chain, N: m.N, Digest: sha256.Sum256(m.CT), Sig: m.Sig}
	if !validHeads(m.Heads) || !proof.Verify(r.cert, mhead, m.ID) {
		return nil, Proof{}, fmt.Errorf("%w: message", ErrSignature)
	}
	next, seed, err := r.seed(m.N, now)
	if err != nil {
		return nil, proof, err
	}
	key := kdf.MessageKey(&seed, keyLabel, keyContext(r.cert.GID, m.Chain, m.N))
	padded, err := seal.Open(&key, m.CT, place(r.cert.GID, m.Chain, m.N, mhead, m.ID))
	if err != nil {
		return nil, proof, ErrUndecryptable
	}
	event, err := seal.Unpad(padded, seal.ContentBuckets)
	if err != nil {
		return nil, proof, fmt.Errorf("%w: %v", ErrUndecryptable, err)
	}
	if id, err := idOf(event); err != nil || id != m.ID {
		return nil, proof, fmt.Errorf("%w: not the event it names", ErrUndecryptable)
	}
	r.chain = next
	return event, proof, nil
}

func (r *Receiver) seed(n uint32, now time.Time) (doubleratchet.State, [32]byte, error) {
	ms := now.UnixMilli()
	switch {
	case n < r.start:
		return r.chain, [32]byte{}, ErrBeforeStart
	case n >= r.chain.Recv.N:
		return r.chain.Current(n, ms, now.Add(KeptFor).UnixMilli())
	case len(r.chain.Kept) == 0:
		return r.chain, [32]byte{}, ErrReplay
	}
	return r.chain.FromKept(0, n, ms)
}

// Expire drops the keys of missing messages that were waited for long enough.
func (r *Receiver) Expire(now time.Time) { r.chain = r.chain.Expire(now.UnixMilli()) }

// storedReceiver is the stored form of a Receiver; Kept is be32(n) || be64(expires) || seed for every missing message.
type storedReceiver struct {
	Version uint64     `cbor:"0,keyasint"`
	Cert    SignedCert `cbor:"1,keyasint"`
	Start   uint32     `cbor:"2,keyasint"`
	N       uint32     `cbor:"3,keyasint"`
	Key     [32]byte   `cbor:"4,keyasint"`
	Kept    []byte     `cbor:"5,keyasint"`
}

const keptSize = 4 + 8 + 32

// Marshal returns the stored form of r: secret and deterministic.
func (r *Receiver) Marshal() []byte {
	v := storedReceiver{recordVersion, r.signed, r.start, r.chain.Recv.N, r.chain.Recv.Key, []byte{}}
	for _, k := range r.chain.Kept {
		for _, m := range k.Keys {
			v.Kept = binary.BigEndian.AppendUint32(v.Kept, m.N)
			v.Kept = binary.BigEndian.AppendUint64(v.Kept, uint64(m.Expires))
			v.Kept = append(v.Kept, m.Seed[:]...)
		}
	}
	return canon.MustMarshal(v)
}

// UnmarshalReceiver is the strict inverse of Marshal. It takes the certificate's signature as checked.
func UnmarshalReceiver(b []byte) (*Receiver, error) {
	v, err := canon.Unmarshal[storedReceiver](b)
	if err != nil || v.Version != recordVersion || v.Kept == nil || len(v.Kept)%keptSize != 0 || len(v.Kept) > doubleratchet.MaxKept*keptSize || v.N < v.Start {
		return nil, errStored
	}
	cert, err := v.Cert.Cert()
	if err != nil {
		return nil, err
	}
	r := &Receiver{cert: cert, signed: v.Cert, start: v.Start}
	r.chain.Recv = doubleratchet.Chain{Index: 1, N: v.N, Key: v.Key}
	var keys []doubleratchet.Missing
	last := int64(-1)
	for k := v.Kept; len(k) > 0; k = k[keptSize:] {
		m := doubleratchet.Missing{N: binary.BigEndian.Uint32(k), Expires: int64(binary.BigEndian.Uint64(k[4:])), Seed: [32]byte(k[12:keptSize])}
		if int64(m.N) <= last || m.N >= v.N || m.N < v.Start {
			return nil, errStored
		}
		last = int64(m.N)
		keys = append(keys, m)
	}
	if keys != nil {
		r.chain.Kept = []doubleratchet.Kept{{Index: 1, Keys: keys}}
	}
	return r, nil
}

var errStored = fmt.Errorf("%w: stored receiving chain", ErrMalformed)
