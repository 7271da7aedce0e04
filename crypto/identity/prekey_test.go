package identity

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// prekeys makes an unsigned bundle and one-time key for the owner's first device.
func (o *owner) prekeys(t testing.TB) (Bundle, OTK, *DSK) {
	t.Helper()
	dev := o.log.Head().Devices[0].ID
	spk, err := seal.NewDHKey(o.rand)
	if err != nil {
		t.Fatal(err)
	}
	lrk, err := seal.NewMLKEM1024(o.rand)
	if err != nil {
		t.Fatal(err)
	}
	hpk, err := seal.NewKEMKey(o.rand)
	if err != nil {
		t.Fatal(err)
	}
	kem := lrk.EncapsulationKey().Bytes()
	pin := o.log.Pin()
	b := Bundle{
		Acct: o.acct, Dev: dev, IDSeq: pin.Seq, IDHash: pin.Hash, SPK: DHPrekey{ID: 1, Key: spk.Public()},
		LRK: KEMPrekey{ID: 2, Key: kem}, HPK: KEMPrekey{ID: 3, Key: hpk.Public()}, IntroQueue: [32]byte{7},
	}
	return b, OTK{Acct: o.acct, Dev: dev, ID: 9, OPK: spk.Public(), KEM: kem}, o.keys[dev].DSK
}

func TestPrekeysVerify(t *testing.T) {
	o := newOwner(t, 40)
	b, otk, dsk := o.prekeys(t)
	raw := b.Sign(dsk, day0).Encode()
	if len(raw) > MaxPrekeyRecord {
		t.Errorf("bundle: got %d bytes, want at most %d", len(raw), MaxPrekeyRecord)
	}
	a, err := DecodeAttested(raw)
	if err != nil || !bytes.Equal(a.Encode(), raw) {
		t.Fatalf("decode then encode: %v", err)
	}
	got, err := o.log.Bundle(a, days(13))
	if err != nil || got.SPK.Key != b.SPK.Key || got.IntroQueue != b.IntroQueue {
		t.Errorf("Bundle got %+v, %v", got.SPK, err)
	}
	one, err := o.log.OTK(otk.Sign(dsk))
	if err != nil || one.ID != otk.ID {
		t.Errorf("OTK got %d, %v, want %d", one.ID, err, otk.ID)
	}
	if _, err := o.log.Bundle(a, days(14)); !errors.Is(err, ErrExpired) {
		t.Errorf("after 14 days: got %v, want ErrExpired", err)
	}
}

func TestABundleFollowsTheLog(t *testing.T) {
	o := newOwner(t, 41)
	contact := o.contact(t)
	old, otk, dsk := o.prekeys(t)
	renew := o.edit(days(1), func(e *Entry) { e.Mailboxes = []string{"m"} })
	extend(t, o.log, renew, days(1), Extended)
	fresh, _, _ := o.prekeys(t)

	if _, err := contact.Bundle(fresh.Sign(dsk, days(1)), days(1)); !errors.Is(err, ErrGap) {
		t.Errorf("names a newer entry: got %v, want ErrGap", err)
	}
	extend(t, contact, renew, days(1), Extended)
	for name, b := range map[string]Bundle{"new": fresh, "old": old} {
		if _, err := contact.Bundle(b.Sign(dsk, days(1)), days(1)); err != nil {
			t.Errorf("names the %s entry: got %v", name, err)
		}
	}
	lapsed := fresh.Sign(dsk, days(91))
	if _, err := contact.Bundle(lapsed, days(92)); !errors.Is(err, ErrExpired) {
		t.Errorf("lapsed log: got %v, want ErrExpired", err)
	}
	extend(t, contact, o.edit(days(2), func(e *Entry) { e.Devices = nil }), days(2), Extended)
	if _, err := contact.Bundle(fresh.Sign(dsk, days(2)), days(2)); !errors.Is(err, ErrRevoked) {
		t.Errorf("revoked device: got %v, want ErrRevoked", err)
	}
	if _, err := contact.OTK(otk.Sign(dsk)); !errors.Is(err, ErrRevoked) {
		t.Errorf("one-time key of a revoked device: got %v, want ErrRevoked", err)
	}
}

func TestForgedPrekeysAreRefused(t *testing.T) {
	o, thief := newOwner(t, 42), newOwner(t, 43)
	b, otk, dsk := o.prekeys(t)
	_, _, other := thief.prekeys(t)
	bundle := func(change func(*Bundle)) Attested {
		c := b
		change(&c)
		return c.Sign(dsk, day0)
	}
	long := b
	long.Version, long.Issued, long.Expires = version, millis(day0), millis(day0.Add(BundleLifetime+time.Millisecond))
	kem := bytes.Clone(b.LRK.Key)
	kem[0], kem[1], kem[2] = 0xff, 0xff, 0xff
	changed := b.Sign(dsk, day0)
	changed.Sig[3] ^= 1
	for name, c := range map[string]struct {
		in   Attested
		want error
	}{
		"another signer":       {b.Sign(other, day0), ErrSignature},
		"changed signature":    {changed, ErrSignature},
		"signed as another":    {attest(dsk, "otk", canon.MustMarshal(long)), ErrPrekey},
		"another account":      {bundle(func(b *Bundle) { b.Acct = thief.acct }), ErrOtherAccount},
		"another device":       {bundle(func(b *Bundle) { b.Dev[0] ^= 1 }), ErrRevoked},
		"unknown entry":        {bundle(func(b *Bundle) { b.IDHash[0] ^= 1 }), ErrPrekey},
		"over 14 days":         {attest(dsk, "bundle", canon.MustMarshal(long)), ErrPrekey},
		"small-order prekey":   {bundle(func(b *Bundle) { b.SPK.Key = DHPublic{} }), seal.ErrPublicKey},
		"unreduced ML-KEM key": {bundle(func(b *Bundle) { b.LRK.Key = kem }), seal.ErrPublicKey},
		"short sealing key":    {bundle(func(b *Bundle) { b.HPK.Key = b.HPK.Key[1:] }), seal.ErrPublicKey},
		"one-time key for it":  {otk.Sign(dsk), nil},
		"nothing":              {Attested{}, nil},
	} {
		if _, err := o.log.Bundle(c.in, day0); err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("bundle, %s: got %v, want %v", name, err, c.want)
		}
	}
	weak := otk
	weak.OPK = DHPublic{1}
	weakKEM := otk
	weakKEM.KEM = kem
	foreign := otk
	foreign.Acct = thief.acct
	for name, c := range map[string]struct {
		in   Attested
		want error
	}{
		"another signer":       {otk.Sign(other), ErrSignature},
		"another account":      {foreign.Sign(dsk), ErrOtherAccount},
		"small-order key":      {weak.Sign(dsk), seal.ErrPublicKey},
		"unreduced ML-KEM key": {weakKEM.Sign(dsk), seal.ErrPublicKey},
		"bundle for it":        {b.Sign(dsk, day0), nil},
	} {
		if _, err := o.log.OTK(c.in); err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("one-time key, %s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := DecodeAttested(make([]byte, MaxPrekeyRecord+1)); err == nil {
		t.Error("DecodeAttested takes more than 4 KiB")
	}
}
