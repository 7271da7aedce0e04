package group

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"conclave/crypto/seal"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func idOf(event []byte) ([32]byte, error) { return sha256.Sum256(event), nil }

type chain struct {
	s      *Sender
	dsk    *seal.SigningKey
	origin Origin
}

func newChain(t testing.TB) chain {
	t.Helper()
	dsk, err := seal.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := Origin{GID: [32]byte{1}, Acct: [32]byte{2}, Dev: [16]byte{3}, IDSeq: 4, IDHash: [32]byte{5}, MHead: [32]byte{6}, CSeq: 1}
	s, err := NewSender(rand.Reader, start, o, dsk)
	if err != nil {
		t.Fatal(err)
	}
	return chain{s, dsk, o}
}

func (c chain) receiver(t testing.TB) *Receiver {
	t.Helper()
	d, err := DecodeKeyDist(c.s.KeyDist().Encode())
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReceiver(d, c.dsk.Public(), c.origin.GID, c.origin.Acct, c.origin.Dev)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c chain) seal(t testing.TB, text string, heads ...[32]byte) Inner {
	t.Helper()
	m, err := c.s.Seal(rand.Reader, heads, sha256.Sum256([]byte(text)), []byte(text))
	if err != nil {
		t.Fatalf("seal %q: %v", text, err)
	}
	m, err = DecodeInner(m.Encode())
	if err != nil {
		t.Fatalf("decode own message: %v", err)
	}
	return m
}

func wantOpen(t testing.TB, r *Receiver, m Inner, want string) Proof {
	t.Helper()
	got, proof, err := r.Open(start, m, idOf)
	if err != nil || string(got) != want {
		t.Fatalf("open: got %q, %v, want %q", got, err, want)
	}
	return proof
}

// wantRefused opens m in vain and checks that nothing changed.
func wantRefused(t testing.TB, name string, r *Receiver, m Inner, want error) {
	t.Helper()
	before := r.Marshal()
	if got, _, err := r.Open(start, m, idOf); !errors.Is(err, want) || got != nil {
		t.Errorf("%s: got %q, %v, want %v", name, got, err, want)
	}
	if !bytes.Equal(r.Marshal(), before) {
		t.Errorf("%s: the refused message changed the chain", name)
	}
}

func TestMessagesOpenOnceInAnyOrder(t *testing.T) {
	c := newChain(t)
	r := c.receiver(t)
	var sent []Inner
	for i := range 30 {
		sent = append(sent, c.seal(t, fmt.Sprint("message ", i), [32]byte{9}, [32]byte{8}))
	}
	for _, i := range []int{3, 0, 29, 1, 2, 28, 10} {
		wantOpen(t, r, sent[i], fmt.Sprint("message ", i))
		again, err := UnmarshalReceiver(r.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		r = again
		wantRefused(t, "replay", r, sent[i], ErrReplay)
	}
	if got := r.N(); got != 30 {
		t.Errorf("next number: got %d, want 30", got)
	}
	r.Expire(start.Add(KeptFor))
	wantRefused(t, "a missing message after its time", r, sent[20], ErrReplay)
}

func TestALaterMemberOpensFromItsStartOn(t *testing.T) {
	c := newChain(t)
	early := c.seal(t, "before")
	r := c.receiver(t)
	wantRefused(t, "message from before", r, early, ErrBeforeStart)
	wantOpen(t, r, c.seal(t, "after"), "after")
}

func TestJumpsAreBounded(t *testing.T) {
	c := newChain(t)
	r := c.receiver(t)
	var all []Inner
	for range MaxSkip + 2 {
		all = append(all, c.seal(t, "x"))
	}
	wantRefused(t, "too far ahead", r, all[MaxSkip+1], ErrTooFarAhead)
	wantOpen(t, r, all[MaxSkip], "x")
	wantOpen(t, r, all[0], "x")
	wantOpen(t, r, all[MaxSkip+1], "x")
	if again, err := UnmarshalReceiver(r.Marshal()); err != nil || !bytes.Equal(again.Marshal(), r.Marshal()) {
		t.Errorf("stored chain with %d missing: %v, want the same", MaxSkip-1, err)
	}
}

// resign signs a changed message with the chain's key, as a hostile member could.
func (c chain) resign(m Inner) Inner {
	digest := sha256.Sum256(m.CT)
	m.Sig = c.s.csk.Sign("gmsg", place(c.origin.GID, m.Chain, m.N, MHead(c.origin.GID, m.Heads), m.ID), digest[:])
	return m
}

func TestChangedMessagesAreRefused(t *testing.T) {
	c := newChain(t)
	r := c.receiver(t)
	m := c.seal(t, "hello", [32]byte{1}, [32]byte{2})
	for name, change := range map[string]func(*Inner){
		"number":     func(m *Inner) { m.N++ },
		"far number": func(m *Inner) { m.N = math.MaxUint32 },
		"head":       func(m *Inner) { m.Heads[0][0] ^= 2 },
		"fewer head": func(m *Inner) { m.Heads = m.Heads[:1] },
		"id":         func(m *Inner) { m.ID[0] ^= 1 },
		"signature":  func(m *Inner) { m.Sig[0] ^= 1 },
		"cut":        func(m *Inner) { m.CT = m.CT[:len(m.CT)-1] },
	} {
		changed := m
		changed.Heads = slices.Clone(m.Heads)
		change(&changed)
		wantRefused(t, name, r, changed, ErrSignature)
	}
	for i := range m.CT {
		changed := m
		changed.CT = bytes.Clone(m.CT)
		changed.CT[i] ^= 1
		if i%16 == 0 {
			wantRefused(t, fmt.Sprint("byte ", i), r, changed, ErrSignature)
		}
		wantRefused(t, fmt.Sprint("byte ", i, " signed again"), r, c.resign(changed), ErrUndecryptable)
	}
	other := m
	other.Chain[0] ^= 1
	wantRefused(t, "another chain", r, other, ErrWrongChain)
	other = m
	other.ID[0] ^= 1
	wantRefused(t, "another id, signed again", r, c.resign(other), ErrUndecryptable)
	wantOpen(t, r, m, "hello")
}

func TestAMessageOpensOnlyToTheEventItNames(t *testing.T) {
	c := newChain(t)
	r := c.receiver(t)
	m, err := c.s.Seal(rand.Reader, nil, [32]byte{1}, []byte("something else"))
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "event of another id", r, m, ErrUndecryptable)
}

func TestEquivocationIsProven(t *testing.T) {
	c := newChain(t)
	r := c.receiver(t)
	twin, err := UnmarshalSender(c.s.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	one := c.seal(t, "yes")
	other := chain{twin, c.dsk, c.origin}.seal(t, "no")
	kept := Statement{wantOpen(t, r, one, "yes"), MHead(c.origin.GID, one.Heads), one.ID}
	_, proof, err := r.Open(start, other, idOf)
	if !errors.Is(err, ErrReplay) {
		t.Fatalf("second message of one number: got %v, want %v", err, ErrReplay)
	}
	evidence := Statement{proof, MHead(c.origin.GID, other.Heads), other.ID}
	cert := r.Cert()
	if !Equivocates(cert, kept, evidence) {
		t.Error("two messages of one number: got no equivocation, want one")
	}
	if Equivocates(cert, kept, kept) {
		t.Error("the same message twice: got an equivocation, want none")
	}
	next := c.seal(t, "next")
	further := Statement{wantOpen(t, r, next, "next"), MHead(c.origin.GID, nil), next.ID}
	if Equivocates(cert, kept, further) {
		t.Error("two numbers: got an equivocation, want none")
	}
	evidence.ID[0] ^= 1
	if Equivocates(cert, kept, evidence) {
		t.Error("forged evidence: got an equivocation, want none")
	}
}

func TestProofsStandAlone(t *testing.T) {
	c := newChain(t)
	r := c.receiver(t)
	m := c.seal(t, "hello", [32]byte{7})
	proof, err := DecodeProof(wantOpen(t, r, m, "hello").Encode())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := DecodeCert(c.s.KeyDist().Cert.Encode())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := signed.Verify(c.dsk.Public())
	if err != nil {
		t.Fatal(err)
	}
	mhead := MHead(c.origin.GID, [][32]byte{{7}})
	if !proof.Verify(cert, mhead, m.ID) {
		t.Error("proof: got refused, want verified")
	}
	if proof.Verify(cert, mhead, [32]byte{1}) || proof.Verify(cert, [32]byte{1}, m.ID) {
		t.Error("proof of another id or membership: got verified, want refused")
	}
	elsewhere := cert
	elsewhere.GID[0] ^= 1
	if proof.Verify(elsewhere, mhead, m.ID) {
		t.Error("proof in another group: got verified, want refused")
	}
}

func TestChainsComeOnlyFromTheirDevice(t *testing.T) {
	c := newChain(t)
	d, dsk, o := c.s.KeyDist(), c.dsk.Public(), c.origin
	stranger, err := seal.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewReceiver(d, stranger.Public(), o.GID, o.Acct, o.Dev); !errors.Is(err, ErrSignature) {
		t.Errorf("signed by another: got %v, want %v", err, ErrSignature)
	}
	if _, err := NewReceiver(d, dsk, [32]byte{9}, o.Acct, o.Dev); !errors.Is(err, ErrWrongChain) {
		t.Errorf("another group: got %v, want %v", err, ErrWrongChain)
	}
	if _, err := NewReceiver(d, dsk, o.GID, [32]byte{9}, o.Dev); !errors.Is(err, ErrWrongChain) {
		t.Errorf("another account: got %v, want %v", err, ErrWrongChain)
	}
	if _, err := NewReceiver(d, dsk, o.GID, o.Acct, [16]byte{9}); !errors.Is(err, ErrWrongChain) {
		t.Errorf("another device: got %v, want %v", err, ErrWrongChain)
	}
	weak := c.s.Cert()
	weak.CPK = [32]byte{1}
	if _, err := weak.Sign(c.dsk).Verify(dsk); !errors.Is(err, seal.ErrPublicKey) {
		t.Errorf("chain key of small order: got %v, want %v", err, seal.ErrPublicKey)
	}
}

func TestLaterHandOversMustAgree(t *testing.T) {
	c := newChain(t)
	first := c.s.KeyDist()
	r := c.receiver(t)
	for range 5 {
		wantOpen(t, r, c.seal(t, "x"), "x")
	}
	before := r.Marshal()
	c.seal(t, "not delivered yet")
	for name, d := range map[string]KeyDist{"first": first, "later": c.s.KeyDist()} {
		if err := r.Agree(d); err != nil {
			t.Errorf("%s hand-over: got %v, want agreement", name, err)
		}
		d.Key[0] ^= 1
		if err := r.Agree(d); !errors.Is(err, ErrWrongChain) {
			t.Errorf("%s hand-over with another key: got %v, want %v", name, err, ErrWrongChain)
		}
		d.Key[0] ^= 1
		d.Cert.Payload = bytes.Clone(d.Cert.Payload)
		d.Cert.Payload[20] ^= 1
		if err := r.Agree(d); !errors.Is(err, ErrWrongChain) {
			t.Errorf("%s hand-over with another certificate: got %v, want %v", name, err, ErrWrongChain)
		}
	}
	if !bytes.Equal(r.Marshal(), before) {
		t.Error("a later hand-over changed the chain")
	}
}

func TestRotationIsDue(t *testing.T) {
	c := newChain(t)
	if c.s.Due(start.Add(RotateInterval - 1)) {
		t.Error("fresh chain: got due, want not due")
	}
	if !c.s.Due(start.Add(RotateInterval)) {
		t.Error("chain of a week: got not due, want due")
	}
	for range RotateAfter {
		if c.s.Due(start) {
			t.Fatalf("chain of %d messages: got due, want not due", c.s.N())
		}
		c.seal(t, "x")
	}
	if !c.s.Due(start) {
		t.Errorf("chain of %d messages: got not due, want due", c.s.N())
	}
}

func TestHeadsAreSortedAndBounded(t *testing.T) {
	c := newChain(t)
	many := make([][32]byte, MaxHeads+1)
	for i := range many {
		many[i][0] = byte(i)
	}
	for name, heads := range map[string][][32]byte{"too many": many, "double": {{1}, {1}}} {
		if _, err := c.s.Seal(rand.Reader, heads, [32]byte{}, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s heads: got %v, want %v", name, err, ErrMalformed)
		}
	}
	if MHead([32]byte{}, [][32]byte{{1}, {2}}) != MHead([32]byte{}, [][32]byte{{2}, {1}}) {
		t.Error("membership hash depends on the order of heads")
	}
	if _, err := DecodeInner(Inner{Heads: [][32]byte{{2}, {1}}, CT: []byte{}}.Encode()); !errors.Is(err, ErrMalformed) {
		t.Errorf("unsorted heads: got %v, want %v", err, ErrMalformed)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	c := newChain(t)
	for _, v := range []any{c.s, *c.s, c.receiver(t), c.s.KeyDist()} {
		if got := fmt.Sprintf("%v %+v %#v", v, v, v); got != "[secret] [secret] [secret]" {
			t.Errorf("%T prints %q, want [secret]", v, got)
		}
	}
}
