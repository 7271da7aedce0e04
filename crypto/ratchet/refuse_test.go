package ratchet

import (
	"bytes"
	"crypto/mlkem"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"conclave/crypto/internal/doubleratchet"
	"conclave/crypto/seal"
)

// wantRefused decrypts msg in vain and checks that the state did not change by a bit.
func wantRefused(t testing.TB, name string, s *State, now time.Time, msg []byte, want error) {
	t.Helper()
	before := s.Marshal()
	if got, err := s.Decrypt(now, msg); !errors.Is(err, want) || got != nil {
		t.Errorf("%s: got %q, %v, want %v", name, got, err, want)
	}
	if !bytes.Equal(s.Marshal(), before) {
		t.Errorf("%s: the refused message changed the state", name)
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	a, b := pair(t)
	first := encrypt(t, a, start, "first") // turns the ratchet and carries a KEM key
	check := func(to *State, msg []byte, want string) {
		t.Helper()
		for i := range msg {
			changed := bytes.Clone(msg)
			changed[i] ^= 1 << (i % 8)
			wantRefused(t, fmt.Sprint("byte ", i), to, start, changed, ErrUndecryptable)
		}
		for _, n := range []int{0, 1, sealedHeader, overhead, len(msg) - 1} {
			wantRefused(t, fmt.Sprint("cut to ", n), to, start, msg[:n], ErrUndecryptable)
		}
		wantRefused(t, "longer", to, start, append(bytes.Clone(msg), 0), ErrUndecryptable)
		wantOpen(t, to, start, msg, want)
		wantRefused(t, "replay", to, start, msg, ErrReplay)
	}
	skipped := encrypt(t, a, start, "skipped")
	second := encrypt(t, a, start, "second")
	check(b, first, "first")
	check(b, second, "second")
	check(b, skipped, "skipped")
	check(a, encrypt(t, b, start, "answer"), "answer")
}

func TestOwnAndForeignMessagesAreRefused(t *testing.T) {
	a, b := pair(t)
	msg := encrypt(t, a, start, "hello")
	wantRefused(t, "reflected", a, start, msg, ErrUndecryptable)
	if a.TrialOpen(msg) || !b.TrialOpen(msg) {
		t.Errorf("trial: got %v at its sender and %v at its receiver, want false and true", a.TrialOpen(msg), b.TrialOpen(msg))
	}
	other, _ := pair(t)
	other.sid[0] ^= 1
	foreign := encrypt(t, other, start, "hello")
	wantRefused(t, "of another session", b, start, foreign, ErrUndecryptable)
	if b.TrialOpen(foreign) {
		t.Error("trial of another session's message: got true, want false")
	}
	if _, err := b.Encrypt(rand.Reader, start, Content, nil); !errors.Is(err, ErrNoChain) {
		t.Errorf("responder before the first message: got %v, want %v", err, ErrNoChain)
	}
}

func TestJumpsAreBoundedAndOldKeysDropped(t *testing.T) {
	a, b := pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "0"), "0")
	var sent [][]byte
	for i := range 2*MaxSkip + 2 {
		sent = append(sent, encrypt(t, a, start, fmt.Sprint(i)))
	}
	wantRefused(t, "one too far", b, start, sent[MaxSkip+1], ErrTooFarAhead)
	wantOpen(t, b, start, sent[MaxSkip], fmt.Sprint(MaxSkip))
	wantOpen(t, b, start, sent[0], "0")
	wantOpen(t, b, start, sent[MaxSkip+5], fmt.Sprint(MaxSkip+5)) // drops 1, 2 and 3
	wantRefused(t, "the oldest missing", b, start, sent[1], ErrReplay)
	wantRefused(t, "the third oldest", b, start, sent[3], ErrReplay)
	wantOpen(t, b, start, sent[4], "4")
	late := start.Add(KeptFor)
	wantRefused(t, "a missing message after its time", b, late, sent[5], ErrReplay)
	before := len(b.Marshal())
	b.Expire(late)
	if got := before - len(b.Marshal()); got < 1900*44 {
		t.Errorf("expired keys: %d bytes went, want all of about %d", got, MaxSkip*44)
	}
	wantOpen(t, b, late, encrypt(t, a, late, "goes on"), "goes on")
}

func TestFiveChainsAreWaitedFor(t *testing.T) {
	a, b := pair(t)
	var missing [][]byte
	for i := range doubleratchet.MaxKeptChains + 1 {
		missing = append(missing, encrypt(t, a, start, fmt.Sprint("missing ", i)))
		wantOpen(t, b, start, encrypt(t, a, start, "x"), "x")
		wantOpen(t, a, start, encrypt(t, b, start, "y"), "y")
	}
	wantRefused(t, "of the oldest chain", b, start, missing[0], ErrUndecryptable)
	for i := 1; i < len(missing); i++ {
		wantOpen(t, b, start, missing[i], fmt.Sprint("missing ", i))
	}
}

func TestSizes(t *testing.T) {
	a, b := pair(t)
	if got := len(encrypt(t, a, start, "")) - overhead; got != 2048 {
		t.Errorf("bucket of an empty message with a KEM key: got %d, want 2048", got)
	}
	for _, c := range []struct{ n, want int }{
		{200, 256}, {256, 512}, {1000, 1024}, {1024, 2048}, {60_000, 64 << 10}, {70_000, 80 << 10}, {90_000, 128 << 10}, {MaxContent, 128 << 10},
	} {
		a.pq.sent = 3 // nothing of the KEM rides along
		if got := len(encrypt(t, a, start, string(make([]byte, c.n)))) - overhead; got != c.want {
			t.Errorf("bucket of %d bytes: got %d, want %d", c.n, got, c.want)
		}
	}
	for kind, limit := range map[Kind]int{Content: MaxContent, Control: MaxControl} {
		before := a.Marshal()
		if _, err := a.Encrypt(rand.Reader, start, kind, make([]byte, limit+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("kind %d over its limit: got %v, want %v", kind, err, ErrTooLarge)
		}
		if !bytes.Equal(a.Marshal(), before) {
			t.Errorf("kind %d over its limit changed the state", kind)
		}
		for _, sent := range []uint32{0, 3} { // with and without a KEM key
			a.pq.sent = sent
			msg, err := a.Encrypt(rand.Reader, start, kind, make([]byte, limit))
			if err != nil {
				t.Fatalf("kind %d at its limit: %v", kind, err)
			}
			if got := len(msg) - overhead; kind == Control && got != 256 && got != 2048 {
				t.Errorf("control bucket: got %d, want 256 or 2048", got)
			}
			wantOpen(t, b, start, msg, string(make([]byte, limit)))
		}
	}
}

func TestUnsafeRatchetKeysAreRefused(t *testing.T) {
	for name, bad := range map[string][32]byte{"zero": {}, "order 4": {1}, "not canonical": {31: 0x80}} {
		a, b := pair(t)
		header, seed := a.core.Send.Header, [32]byte{1}
		msg, err := sealMessage(rand.Reader, &a.sid, &header, &seed, doubleratchet.Header{DH: bad}, []byte("x"), control{})
		if err != nil {
			t.Fatal(err)
		}
		wantRefused(t, name, b, start, msg, ErrUndecryptable)
		if _, err := NewInitiator(rand.Reader, start, Seed{}, bad); !errors.Is(err, seal.ErrPublicKey) {
			t.Errorf("signed prekey %s: got %v, want %v", name, err, seal.ErrPublicKey)
		}
	}
}

// forge seals what only a peer that breaks the protocol would, without moving its state.
func forge(t *testing.T, s *State, change func(*doubleratchet.Header), ctl control) []byte {
	t.Helper()
	core, h, seed, err := s.core.Advance()
	if err != nil {
		t.Fatal(err)
	}
	change(&h)
	msg, err := sealMessage(rand.Reader, &s.sid, &core.Send.Header, &seed, h, []byte("forged"), ctl)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestMixOutOfPlaceIsRefused(t *testing.T) {
	setMix := func(mix uint32) func(*doubleratchet.Header) {
		return func(h *doubleratchet.Header) { h.Mix = mix }
	}
	a, b := pair(t)
	wantRefused(t, "new chain with an unknown mix", b, start, forge(t, a, setMix(1), control{}), ErrUndecryptable)
	missing := encrypt(t, a, start, "missing")
	forgedMissing := forge(t, a, setMix(1), control{})
	encrypt(t, a, start, "to be forged")
	wantOpen(t, b, start, encrypt(t, a, start, "x"), "x")
	wantRefused(t, "kept key with another mix", b, start, forgedMissing, ErrUndecryptable)
	wantRefused(t, "current chain with another mix", b, start, forge(t, a, setMix(1), control{}), ErrUndecryptable)
	wantOpen(t, b, start, missing, "missing")
}

func TestBadKEMBytesAreRefused(t *testing.T) {
	a, b := pair(t)
	none := func(*doubleratchet.Header) {}
	offer := bytes.Repeat([]byte{0xff}, mlkem.EncapsulationKeySize768) // coefficients out of range
	wantRefused(t, "offer out of range", b, start, forge(t, a, none, control{epoch: 1, offer: offer}), ErrMalformed)
	wantOpen(t, b, start, encrypt(t, a, start, "x"), "x")
	// A ciphertext of nonsense decapsulates to nonsense: the mix then fails at the turn, and only there.
	answer := make([]byte, mlkem.CiphertextSize768)
	wantOpen(t, a, start, forge(t, turned(t, b), none, control{epoch: 1, answer: answer}), "forged")
	wantRefused(t, "turn with a wrong mix", b, start, encrypt(t, a, start, "y"), ErrUndecryptable)
}

// turned is a copy of s that has done the sending half of its turn.
func turned(t *testing.T, s *State) *State {
	t.Helper()
	c := *s
	var err error
	if c.core, err = c.core.Turn(rand.Reader, root, nil, 0); err != nil {
		t.Fatal(err)
	}
	return &c
}
