package chains

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// certified is the row of a chain's certificate, which outlives its key.
type certified struct {
	Cert []byte `cbor:"0,keyasint"`
	Seen seen   `cbor:"1,keyasint"` // of what came with proofs instead of ciphertexts
}

// twin is evidence: what a device signed under a number of a chain under which something else is known, or the certificate of
// a chain under a number of the device that has another.
type twin struct {
	Said chain.Statement `cbor:"0,keyasint"`
	Cert []byte          `cbor:"1,keyasint"`
}

// seen is be32(n) || a hash of all that was signed, for each number of a chain that is known, the newest last.
type seen []byte

const (
	seenSize = 4 + 16
	maxSeen  = 1024 * seenSize // a chain serves for 200 messages
)

func tag(s chain.Statement) (t [16]byte) {
	sum := sha256.Sum256(bytes.Join([][]byte{s.Proof.Digest[:], s.MHead[:], s.ID[:]}, nil))
	return [16]byte(sum[:])
}

func (s seen) find(n uint32) ([16]byte, bool) {
	for at := s; len(at) >= seenSize; at = at[seenSize:] {
		if binary.BigEndian.Uint32(at) == n {
			return [16]byte(at[4:seenSize]), true
		}
	}
	return [16]byte{}, false
}

func (s seen) with(x chain.Statement) seen {
	t := tag(x)
	out := append(binary.BigEndian.AppendUint32(append(seen(nil), s...), x.Proof.N), t[:]...)
	if len(out) > maxSeen {
		out = out[len(out)-maxSeen:]
	}
	return out
}

func proofOf(m chain.Inner) chain.Proof {
	return chain.Proof{Chain: m.Chain, N: m.N, Digest: sha256.Sum256(m.CT), Sig: m.Sig}
}

func statement(log protocol.Log, m chain.Inner) chain.Statement {
	return chain.Statement{Proof: proofOf(m), MHead: chain.MHead(log, m.Heads), ID: m.ID}
}

func certKey(realm *storage.Realm, id chain.ChainID) storage.Key {
	return realm.Key(storage.Proofs, storage.H([]byte("cert"), id[:]))
}

func (g *Chains) certified(tx feature.Tx, log protocol.Log, id chain.ChainID) (*storage.Realm, certified, error) {
	realm, err := g.Keys.Conversation(tx, log)
	if err != nil {
		return nil, certified{}, err
	}
	c, err := storage.GetAs[certified](tx, realm, certKey(realm, id))
	if errors.Is(err, storage.ErrNotFound) {
		return realm, c, feature.ErrNotFound
	}
	return realm, c, err
}

// Cert returns the signed certificate of a chain, own or not; feature.ErrNotFound for one that is not known.
func (g *Chains) Cert(tx feature.Tx, log protocol.Log, id chain.ChainID) ([]byte, error) {
	_, c, err := g.certified(tx, log, id)
	return c.Cert, err
}

// keepCert keeps a verified certificate. A second chain of a device under one number is ErrForged, and evidence.
func (g *Chains) keepCert(tx feature.Tx, log protocol.Log, c chain.Cert, signed []byte) error {
	realm, had, err := g.certified(tx, log, c.Chain)
	switch {
	case err == nil && samePayload(had.Cert, signed):
		return nil
	case err == nil:
		return g.evidence(tx, realm, c, twin{Cert: signed})
	case !errors.Is(err, feature.ErrNotFound):
		return err
	}
	place := cseqKey(realm, c)
	switch _, err := tx.Get(realm, place); {
	case err == nil:
		return g.evidence(tx, realm, c, twin{Cert: signed})
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	if err := tx.Put(realm, place, c.Chain[:]); err != nil {
		return err
	}
	return storage.PutAs(tx, realm, certKey(realm, c.Chain), certified{Cert: signed})
}

func samePayload(a, b []byte) bool {
	x, err1 := chain.DecodeCert(a)
	y, err2 := chain.DecodeCert(b)
	return err1 == nil && err2 == nil && bytes.Equal(x.Payload, y.Payload)
}

// evidence keeps what shows that a device signed two things in one place, one piece for each chain, and returns ErrForged.
func (g *Chains) evidence(tx feature.Tx, realm *storage.Realm, c chain.Cert, t twin) error {
	if err := storage.PutAs(tx, realm, realm.Key(storage.Proofs, storage.H([]byte("twin"), c.Chain[:])), t); err != nil {
		return err
	}
	return fmt.Errorf("%w: two things in one place", ErrForged)
}

// once checks a verified statement against what is known of its chain: ErrForged, with evidence, for another one under its
// number, ErrReplay for the same in the chain's own row.
func (g *Chains) once(tx feature.Tx, log protocol.Log, c chain.Cert, opened seen, said chain.Statement) error {
	realm, known, err := g.certified(tx, log, c.Chain)
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		return err
	}
	if t, ok := known.Seen.find(said.Proof.N); ok && t != tag(said) {
		return g.evidence(tx, realm, c, twin{Said: said, Cert: known.Cert})
	}
	if t, ok := opened.find(said.Proof.N); ok {
		if t != tag(said) {
			return g.evidence(tx, realm, c, twin{Said: said, Cert: known.Cert})
		}
		return ErrReplay
	}
	return nil
}

// Verify checks an event that came without its ciphertext: that its author's device signed it, by the certificate given, or by
// the one that is here where none is. It keeps the certificate. ErrForged where it does not hold, signer.ErrStranger where the
// identity log is behind, ErrNoChain without any certificate, timeline.ErrBehind while heads are missing.
func (g *Chains) Verify(tx feature.Tx, log protocol.Log, e *protocol.Event, stamp feature.Stamp, cert []byte) error {
	if err := g.Views.Here(tx, log); err != nil {
		return err
	}
	c, cert, err := g.vouched(tx, log, stamp.Proof.Chain, cert)
	if err != nil {
		return err
	}
	said := chain.Statement{Proof: stamp.Proof, MHead: chain.MHead(log, rawHeads(e.Heads)), ID: e.ID}
	if e.Log != log || len(e.Heads) == 0 || c.GID != log || c.Acct != e.Author || c.Dev != e.Device || c.CSeq != stamp.CSeq || !said.Proof.Verify(c, said.MHead, said.ID) {
		return fmt.Errorf("%w: the proof of an event", ErrForged)
	}
	if err := g.Views.Knows(tx, log, e.Heads); err != nil {
		return err
	}
	if err := g.keepCert(tx, log, c, cert); err != nil {
		return err
	}
	_, was, err := g.receiver(tx, log, c.Chain)
	if err != nil && !errors.Is(err, ErrNoChain) {
		return err
	}
	if err := g.once(tx, log, c, was.Seen, said); err != nil {
		if errors.Is(err, ErrReplay) {
			return nil // it was opened here
		}
		return err
	}
	realm, known, err := g.certified(tx, log, c.Chain)
	if err != nil {
		return err
	}
	if _, ok := known.Seen.find(said.Proof.N); ok {
		return nil
	}
	known.Seen = known.Seen.with(said)
	return storage.PutAs(tx, realm, certKey(realm, c.Chain), known)
}

// vouched returns a certificate that its device signed: the one given, else the one that is here.
func (g *Chains) vouched(tx feature.Tx, log protocol.Log, id chain.ChainID, given []byte) (c chain.Cert, signed []byte, err error) {
	_, known, err := g.certified(tx, log, id)
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		return c, nil, err
	}
	if err == nil && (len(given) == 0 || bytes.Equal(given, known.Cert)) {
		s, err := chain.DecodeCert(known.Cert)
		if err != nil {
			return c, nil, err
		}
		c, err = s.Cert()
		return c, known.Cert, err // verified when it was kept
	}
	if len(given) == 0 {
		return c, nil, ErrNoChain
	}
	s, err := chain.DecodeCert(given)
	if err != nil {
		return c, nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	if c, err = s.Cert(); err != nil || c.Chain != id {
		return c, nil, errors.Join(ErrForged, err)
	}
	dsk, err := signer.Key(tx, g.Identities, membership.Author{Account: c.Acct, Device: c.Dev, IDSeq: c.IDSeq, IDHash: c.IDHash})
	if err != nil {
		return c, nil, err
	}
	if c, err = s.Verify(dsk); err != nil {
		return c, nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	return c, canon.MustMarshal(s), nil
}

// Forged tells whether there is evidence that the device of a chain signed two things in one place.
func (g *Chains) Forged(tx feature.Tx, log protocol.Log, id chain.ChainID) (bool, error) {
	realm, err := g.Keys.Conversation(tx, log)
	if err != nil {
		return false, err
	}
	return tx.Has(realm.Key(storage.Proofs, storage.H([]byte("twin"), id[:])))
}
