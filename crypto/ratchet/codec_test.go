package ratchet

import (
	"bytes"
	"crypto/mlkem"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"conclave/crypto/canon"
	"conclave/crypto/internal/doubleratchet"
)

// The body as the canonical encoder sees it.
type body struct {
	Payload []byte       `cbor:"1,keyasint"`
	PQ      *bodyKEMPart `cbor:"2,keyasint,omitempty"`
}

type bodyKEMPart struct {
	Epoch  uint32 `cbor:"1,keyasint"`
	Offer  []byte `cbor:"2,keyasint,omitempty"`
	Answer []byte `cbor:"3,keyasint,omitempty"`
}

func TestTheBodyIsCanonicalCBOR(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([]int{0, 1, 22, 23, 24, 25, 255, 256, 257, 5000, 65535, 65536, MaxContent}).Draw(rt, "size")
		want := body{Payload: bytes.Repeat([]byte{7}, size)}
		var ctl control
		if kind := rapid.IntRange(0, 2).Draw(rt, "KEM"); kind > 0 {
			ctl.epoch = rapid.Uint32Min(1).Draw(rt, "epoch")
			want.PQ = &bodyKEMPart{Epoch: ctl.epoch}
			if kind == 1 {
				ctl.offer = bytes.Repeat([]byte{8}, mlkem.EncapsulationKeySize768)
				want.PQ.Offer = ctl.offer
			} else {
				ctl.answer = bytes.Repeat([]byte{9}, mlkem.CiphertextSize768)
				want.PQ.Answer = ctl.answer
			}
		}
		n := bodySize(want.Payload, ctl)
		padded := make([]byte, bucket(lengthPrefix+n))
		putBody(padded, want.Payload, ctl)
		if got := padded[lengthPrefix : lengthPrefix+n]; !bytes.Equal(got, canon.MustMarshal(want)) {
			rt.Fatalf("body: got %x, want %x", got, canon.MustMarshal(want))
		}
		payload, back, err := readBody(padded)
		if err != nil || !bytes.Equal(payload, want.Payload) || back.epoch != ctl.epoch || !bytes.Equal(back.offer, ctl.offer) || !bytes.Equal(back.answer, ctl.answer) {
			rt.Fatalf("read back: %v, or another body", err)
		}
	})
}

func TestStoredStatesAreStrict(t *testing.T) {
	a, b := pair(t)
	states := map[string]*State{"initiator": a, "responder": b}
	missing := encrypt(t, a, start, "missing")
	wantOpen(t, b, start, encrypt(t, a, start, "x"), "x")
	for name, s := range states {
		good := s.Marshal()
		for n := range good {
			if _, err := Unmarshal(good[:n]); !errors.Is(err, errState) {
				t.Fatalf("%s cut to %d bytes: got %v, want %v", name, n, err, errState)
			}
		}
		if _, err := Unmarshal(append(bytes.Clone(good), 0)); !errors.Is(err, errState) {
			t.Errorf("%s and a byte: got %v, want %v", name, err, errState)
		}
		good[0]++
		if _, err := Unmarshal(good); !errors.Is(err, errState) {
			t.Errorf("%s of another version: got %v, want %v", name, err, errState)
		}
	}
	again, err := Unmarshal(b.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, again, start, missing, "missing")
}

func FuzzReadBody(f *testing.F) {
	offer := make([]byte, mlkem.EncapsulationKeySize768)
	for _, ctl := range []control{{}, {epoch: 1, offer: offer}, {epoch: 1 << 20, answer: offer[:mlkem.CiphertextSize768]}} {
		b := make([]byte, bucket(lengthPrefix+bodySize([]byte("payload"), ctl)))
		putBody(b, []byte("payload"), ctl)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(b); n == 0 || bucket(n) != n {
			return // the AEAD never yields another length
		}
		payload, ctl, err := readBody(b)
		if err != nil {
			return
		}
		again := make([]byte, len(b))
		putBody(again, payload, ctl)
		if !bytes.Equal(again, b) {
			t.Errorf("read %x, written again %x", b, again)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	a, b := pair(f)
	f.Add(b.Marshal())
	encrypt(f, a, start, "missing")
	f.Add(a.Marshal())
	wantOpen(f, b, start, encrypt(f, a, start, "x"), "x")
	f.Add(b.Marshal())
	wantOpen(f, a, start, encrypt(f, b, start, "y"), "y")
	f.Add(a.Marshal())
	f.Add(b.Marshal())
	f.Fuzz(func(t *testing.T, stored []byte) {
		s, err := Unmarshal(stored)
		if err != nil {
			return
		}
		if got := s.Marshal(); !bytes.Equal(got, stored) {
			t.Errorf("stored %x, stored again %x", stored, got)
		}
	})
}

// FuzzDecrypt hands a session anything at all.
func FuzzDecrypt(f *testing.F) {
	a, b := pair(f)
	skipped := encrypt(f, a, start, "skipped")
	wantOpen(f, b, start, encrypt(f, a, start, "x"), "x")
	good := encrypt(f, a, start, "good")
	stored := b.Marshal()
	f.Add(skipped)
	f.Add(good)
	f.Add(good[:overhead])
	f.Fuzz(func(t *testing.T, msg []byte) {
		s, err := Unmarshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decrypt(start, msg); err == nil {
			return
		}
		if !bytes.Equal(s.Marshal(), stored) {
			t.Error("a refused message changed the state")
		}
		if got, err := s.Decrypt(start, good); err != nil || string(got) != "good" {
			t.Errorf("the next honest message: got %q, %v, want good", got, err)
		}
	})
}

func FuzzHeader(f *testing.F) {
	b := make([]byte, headerSize)
	putHeader(b, doubleratchet.Header{DH: [32]byte{1}, PN: 2, N: 3, Mix: 4})
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := readHeader(b)
		if !ok {
			return
		}
		again := make([]byte, headerSize)
		putHeader(again, h)
		if !bytes.Equal(again, b) {
			t.Errorf("header %x, written again %x", b, again)
		}
	})
}
