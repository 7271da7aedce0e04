package ratchet

import (
	"crypto/mlkem"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"time"

	"conclave/crypto/seal"
)

// When a new epoch is due.
const (
	mixMessages = 50
	mixInterval = 24 * time.Hour
)

// The fields of a control that carry the KEM's bytes.
const (
	offerField  = 2
	answerField = 3
)

// control is the KEM's part of a body: an offered encapsulation key or its answer, the ciphertext. Epoch 0: none.
type control struct {
	epoch  uint32
	offer  []byte
	answer []byte
}

func (c control) bytes() []byte {
	if c.offer != nil {
		return c.offer
	}
	return c.answer
}

func (c control) field() byte {
	if c.offer != nil {
		return offerField
	}
	return answerField
}

func (c control) sized() bool {
	return len(c.offer) == mlkem.EncapsulationKeySize768 || len(c.answer) == mlkem.CiphertextSize768
}

// phase is how far the epoch after the last mixed one has come.
type phase byte

const (
	idle      phase = iota
	offering        // generator: seed made, the ciphertext has not come
	ready           // generator: secret waits for our next turn
	answering       // the other side: secret waits for the peer's turn
)

// mixing is the state of the KEM mix (SPEC.md, KEM mix). One epoch is under way at a time; the initiator generates the
// odd ones, the responder the even ones.
type mixing struct {
	epoch  uint32 // last mixed
	count  uint32 // messages sent and received since then
	since  int64  // time of it, or of the session's creation
	healed int64  // time of it, 0 none
	phase  phase
	sent   uint32 // messages sent since the phase's bytes were made
	seed   [mlkem.SeedSize]byte
	secret [32]byte
	answer []byte // never modified in place
}

// attach returns what the next message carries of the KEM, beginning a new epoch if one is due.
func (m *mixing) attach(rand io.Reader, now time.Time, initiator bool) (control, error) {
	if m.phase == idle && m.generator(initiator) && m.isDue(now) {
		if _, err := io.ReadFull(rand, m.seed[:]); err != nil {
			return control{}, fmt.Errorf("read KEM seed: %w", err)
		}
		m.phase, m.sent = offering, 0
	}
	if m.phase != offering && m.phase != answering {
		return control{}, nil
	}
	turn := m.sent
	m.sent++
	if bits.OnesCount32(turn) > 1 { // 0, 1, 2, 4, 8, …
		return control{}, nil
	}
	if m.phase == answering {
		return control{epoch: m.epoch + 1, answer: m.answer}, nil
	}
	key, err := mlkem.NewDecapsulationKey768(m.seed[:])
	if err != nil {
		return control{}, fmt.Errorf("make KEM key: %w", err)
	}
	return control{epoch: m.epoch + 1, offer: key.EncapsulationKey().Bytes()}, nil
}

// take acts on what a received message carried. What belongs to another epoch than the next, or was answered before, is stale.
func (m *mixing) take(c control, initiator bool, sid *[32]byte) error {
	if c.epoch == 0 || c.epoch != m.epoch+1 {
		return nil
	}
	switch {
	case c.offer != nil && m.phase == idle && !m.generator(initiator):
		key, err := mlkem.NewEncapsulationKey768(c.offer)
		if err != nil {
			return fmt.Errorf("%w: KEM key", ErrMalformed)
		}
		ss, answer := key.Encapsulate()
		m.phase, m.sent, m.answer = answering, 0, answer
		m.secret = mixSecret(ss, sid, c.epoch, c.offer, answer)
	case c.answer != nil && m.phase == offering:
		key, err := mlkem.NewDecapsulationKey768(m.seed[:])
		if err != nil {
			return fmt.Errorf("make KEM key: %w", err)
		}
		ss, err := key.Decapsulate(c.answer)
		if err != nil {
			return fmt.Errorf("%w: KEM ciphertext", ErrMalformed)
		}
		m.secret = mixSecret(ss, sid, c.epoch, key.EncapsulationKey().Bytes(), c.answer)
		m.phase, m.sent, m.seed = ready, 0, [mlkem.SeedSize]byte{}
	}
	return nil
}

// due returns what our turn mixes in.
func (m *mixing) due() (extra []byte, mix uint32) {
	if m.phase != ready {
		return nil, 0
	}
	return m.secret[:], m.epoch + 1
}

// expected returns what a turn of the peer with this mix needs; a mix we do not wait for is refused.
func (m *mixing) expected(mix uint32) (extra []byte, ok bool) {
	if mix == 0 {
		return nil, true
	}
	if m.phase != answering || mix != m.epoch+1 {
		return nil, false
	}
	return m.secret[:], true
}

// mixed notes that the epoch under way is in the root now.
func (m *mixing) mixed(now time.Time) {
	at := now.UnixMilli()
	*m = mixing{epoch: m.epoch + 1, since: at, healed: at}
}

func (m *mixing) generator(initiator bool) bool { return (m.epoch+1)%2 == 1 == initiator }

func (m *mixing) isDue(now time.Time) bool {
	return m.epoch == 0 || m.count >= mixMessages || m.count > 0 && now.UnixMilli()-m.since >= mixInterval.Milliseconds()
}

func mixSecret(ss []byte, sid *[32]byte, epoch uint32, offer, answer []byte) [32]byte {
	h := sha256.New()
	h.Write(offer)
	h.Write(answer)
	extra := binary.BigEndian.AppendUint32(append([]byte(nil), sid[:]...), epoch)
	return *seal.DeriveKey(ss, nil, "dr/pq", h.Sum(extra))
}
