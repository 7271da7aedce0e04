package handshake

import (
	"bytes"
	"crypto/mlkem"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"conclave/crypto/ratchet"
	"conclave/crypto/seal"
)

// device is a party with its private identity key.
type device struct {
	Party
	dik *seal.DHKey
}

func newDevice(t testing.TB, name byte) device {
	t.Helper()
	dik := newDH(t)
	return device{Party{Acct: [32]byte{name}, Dev: [16]byte{name}, IDHash: [32]byte{name, 1}, DSK: [32]byte{name, 2}, DIK: dik.Public()}, dik}
}

func newDH(t testing.TB) *seal.DHKey {
	t.Helper()
	k, err := seal.NewDHKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newSecrets(t testing.TB, oneTime bool) Secrets {
	t.Helper()
	kem, err := seal.NewMLKEM1024(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := Secrets{SPKID: 7, SPK: newDH(t), OneTime: oneTime, KEMID: 9, KEM: kem}
	if oneTime {
		s.OPK = newDH(t)
	}
	return s
}

func TestBothSidesAgreeAndTalk(t *testing.T) {
	a, b := newDevice(t, 'a'), newDevice(t, 'b')
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, oneTime := range []bool{true, false} {
		secrets := newSecrets(t, oneTime)
		want, offer, err := Initiator(rand.Reader, a.Party, a.dik, b.Party, secrets.Public())
		if err != nil {
			t.Fatal(err)
		}
		got, err := Responder(b.Party, b.dik, a.Party, secrets, offer)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("one-time %v: the responder derived another agreement", oneTime)
		}
		alice, err := ratchet.NewInitiator(rand.Reader, now, ratchet.Seed(want), secrets.SPK.Public())
		if err != nil {
			t.Fatal(err)
		}
		bob := ratchet.NewResponder(now, ratchet.Seed(got), secrets.SPK)
		msg, err := alice.Encrypt(rand.Reader, now, ratchet.Content, []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := bob.Decrypt(now, msg); err != nil || string(got) != "hello" {
			t.Errorf("one-time %v: first message: got %q, %v, want hello", oneTime, got, err)
		}
	}
}

// Whatever one side sees otherwise, the keys differ in every part.
func TestEveryPartOfTheTranscriptIsBound(t *testing.T) {
	a, b := newDevice(t, 'a'), newDevice(t, 'b')
	secrets := newSecrets(t, true)
	agreed, offer, err := Initiator(rand.Reader, a.Party, a.dik, b.Party, secrets.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(a, b *device, s *Secrets, o *Offer){
		"account A":          func(a, _ *device, _ *Secrets, _ *Offer) { a.Acct[31] ^= 1 },
		"device A":           func(a, _ *device, _ *Secrets, _ *Offer) { a.Dev[15] ^= 1 },
		"entry A":            func(a, _ *device, _ *Secrets, _ *Offer) { a.IDHash[0] ^= 1 },
		"signing key A":      func(a, _ *device, _ *Secrets, _ *Offer) { a.DSK[0] ^= 1 },
		"identity key A":     func(a, _ *device, _ *Secrets, _ *Offer) { a.DIK = newDH(t).Public() },
		"account B":          func(_, b *device, _ *Secrets, _ *Offer) { b.Acct[31] ^= 1 },
		"device B":           func(_, b *device, _ *Secrets, _ *Offer) { b.Dev[15] ^= 1 },
		"entry B":            func(_, b *device, _ *Secrets, _ *Offer) { b.IDHash[0] ^= 1 },
		"signing key B":      func(_, b *device, _ *Secrets, _ *Offer) { b.DSK[0] ^= 1 },
		"identity key B":     func(_, b *device, _ *Secrets, _ *Offer) { b.dik = newDH(t); b.DIK = b.dik.Public() },
		"signed prekey id":   func(_, _ *device, s *Secrets, _ *Offer) { s.SPKID++ },
		"signed prekey":      func(_, _ *device, s *Secrets, _ *Offer) { s.SPK = newDH(t) },
		"one-time key":       func(_, _ *device, s *Secrets, _ *Offer) { s.OPK = newDH(t) },
		"no one-time key":    func(_, _ *device, s *Secrets, _ *Offer) { s.OneTime = false },
		"KEM key id":         func(_, _ *device, s *Secrets, _ *Offer) { s.KEMID++ },
		"KEM key":            func(_, _ *device, s *Secrets, _ *Offer) { s.KEM = newSecrets(t, false).KEM },
		"ephemeral key":      func(_, _ *device, _ *Secrets, o *Offer) { o.EK = newDH(t).Public() },
		"KEM ciphertext":     func(_, _ *device, _ *Secrets, o *Offer) { o.CT[100] ^= 1 },
		"parties turned":     func(a, b *device, _ *Secrets, _ *Offer) { a.Party.Acct, b.Party.Acct = b.Party.Acct, a.Party.Acct },
		"another's identity": func(a, _ *device, _ *Secrets, _ *Offer) { *a = newDevice(t, 'm') },
	} {
		a, b, secrets, offer := a, b, secrets, offer
		change(&a, &b, &secrets, &offer)
		got, err := Responder(b.Party, b.dik, a.Party, secrets, offer)
		if err != nil {
			t.Errorf("%s: got %v, want an agreement that differs", name, err)
			continue
		}
		if got.SK == agreed.SK || got.HKa == agreed.HKa || got.NHKb == agreed.NHKb || got.SID == agreed.SID {
			t.Errorf("%s changed: got a part of the same agreement, want all different", name)
		}
	}
}

func TestUnsafeKeysAreRefused(t *testing.T) {
	unsafe := map[string][32]byte{"zero": {}, "order 4": {1}, "not canonical": {31: 0x80}}
	a, b := newDevice(t, 'a'), newDevice(t, 'b')
	secrets := newSecrets(t, true)
	_, offer, err := Initiator(rand.Reader, a.Party, a.dik, b.Party, secrets.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range unsafe {
		for place, change := range map[string]func(b *Party, k *Prekeys){
			"identity key":  func(b *Party, _ *Prekeys) { b.DIK = bad },
			"signed prekey": func(_ *Party, k *Prekeys) { k.SPK = bad },
			"one-time key":  func(_ *Party, k *Prekeys) { k.OPK = bad },
		} {
			b, keys := b.Party, secrets.Public()
			change(&b, &keys)
			if _, _, err := Initiator(rand.Reader, a.Party, a.dik, b, keys); !errors.Is(err, seal.ErrPublicKey) {
				t.Errorf("initiator, %s %s: got %v, want %v", name, place, err, seal.ErrPublicKey)
			}
		}
		evil := a.Party
		evil.DIK = bad
		if _, err := Responder(b.Party, b.dik, evil, secrets, offer); !errors.Is(err, seal.ErrPublicKey) {
			t.Errorf("responder, %s identity key: got %v, want %v", name, err, seal.ErrPublicKey)
		}
		if _, err := Responder(b.Party, b.dik, a.Party, secrets, Offer{EK: bad, CT: offer.CT}); !errors.Is(err, seal.ErrPublicKey) {
			t.Errorf("responder, %s ephemeral key: got %v, want %v", name, err, seal.ErrPublicKey)
		}
	}
	keys := secrets.Public()
	copy(keys.KEM[:], bytes.Repeat([]byte{0xff}, mlkem.EncapsulationKeySize1024))
	if _, _, err := Initiator(rand.Reader, a.Party, a.dik, b.Party, keys); !errors.Is(err, seal.ErrPublicKey) {
		t.Errorf("KEM key out of range: got %v, want %v", err, seal.ErrPublicKey)
	}
}

func TestForeignOwnKeysAreRefused(t *testing.T) {
	a, b := newDevice(t, 'a'), newDevice(t, 'b')
	secrets := newSecrets(t, true)
	if _, _, err := Initiator(rand.Reader, a.Party, b.dik, b.Party, secrets.Public()); err == nil {
		t.Error("initiator with another's identity key: got an agreement, want an error")
	}
	if _, _, err := Initiator(strings.NewReader("short"), a.Party, a.dik, b.Party, secrets.Public()); err == nil {
		t.Error("initiator without randomness: got an agreement, want an error")
	}
	for name, change := range map[string]func(*Secrets){
		"signed prekey": func(s *Secrets) { s.SPK = nil },
		"one-time key":  func(s *Secrets) { s.OPK = nil },
		"KEM key":       func(s *Secrets) { s.KEM = nil },
	} {
		secrets := secrets
		change(&secrets)
		if _, err := Responder(b.Party, b.dik, a.Party, secrets, Offer{EK: newDH(t).Public()}); err == nil {
			t.Errorf("responder without %s: got an agreement, want an error", name)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	for _, v := range []any{Agreement{}, newSecrets(t, true)} {
		if got := fmt.Sprintf("%v %+v %#v %x", v, v, v, v); got != strings.TrimSpace(strings.Repeat("[secret] ", 4)) {
			t.Errorf("%T prints %q, want [secret]", v, got)
		}
	}
}
