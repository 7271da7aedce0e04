package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
)

var (
	cheap = Cost{Memory: 64, Passes: 1, Threads: 1}
	ana   = identity.Account{1}
)

func newKey(t testing.TB) Key {
	t.Helper()
	k, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newRecovery(t testing.TB) *RecoveryKey {
	t.Helper()
	k, err := NewRecoveryKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func add(t testing.TB, v *Vault, k Key, u Unlocker) SlotID {
	t.Helper()
	id, err := v.Add(rand.Reader, k, u)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// opens checks that the unlocker opens the stored vault and yields the key.
func opens(t testing.TB, v *Vault, u Unlocker, want Key) {
	t.Helper()
	back, err := Decode(v.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := back.Open(u); err != nil || !got.Equal(want) {
		t.Errorf("%T: got %v, want the vault key", u, err)
	}
}

func stays(t testing.TB, v *Vault, u Unlocker) {
	t.Helper()
	if _, _, err := v.Open(u); !errors.Is(err, ErrLocked) {
		t.Errorf("%T: got %v, want ErrLocked", u, err)
	}
}

// The wanted keys were made by OpenSSL's Argon2id.
func TestAPassphraseIsStretchedAsOthersDoIt(t *testing.T) {
	for _, c := range []struct {
		memory, passes uint32
		threads        uint8
		want           string
	}{
		{64, 3, 4, "cfc608185b04dfc5db335734926c9d0673953e34b89e6c2e1586214c8915e5e5"},
		{256, 5, 2, "463f0796bf4ea73358ac79e4f57f1900e790e11e69150131810c426b557a4d2c"},
		{8, 1, 1, "d1e84312d6305e51cf0eed0db46eed7ee1d9e3d11b5a970ffe372f59e79fe8de"},
	} {
		a := argon{Memory: c.memory, Passes: c.passes, Threads: c.threads}
		for i := range a.Salt {
			a.Salt[i] = byte(i)
		}
		got, err := NewPassphrase("correct hörse", cheap).kek(ana, canon.MustMarshal(a))
		if err != nil || hex.EncodeToString(got[:]) != c.want {
			t.Errorf("%d KiB, %d passes, %d threads: got %x, %v, want %s", c.memory, c.passes, c.threads, got, err, c.want)
		}
	}
}

func TestEveryUnlockerOpensItsSlot(t *testing.T) {
	good := []Unlocker{NewPassphrase("correct horse", cheap), newRecovery(t), TokenFrom([32]byte{1}), PasskeyFrom([32]byte{2}), NodeKeyFrom([32]byte{3})}
	bad := []Unlocker{NewPassphrase("correct horsf", cheap), newRecovery(t), TokenFrom([32]byte{9}), PasskeyFrom([32]byte{9}), NodeKeyFrom([32]byte{9})}
	key, v := newKey(t), New(ana)
	for i, u := range good {
		stays(t, v, u)
		id := add(t, v, key, u)
		opens(t, v, u, key)
		stays(t, v, bad[i])
		if _, got, _ := v.Open(u); got != id {
			t.Errorf("%T: got slot %x, want %x", u, got, id)
		}
	}
	for _, u := range good {
		opens(t, v, u, key)
	}
	elsewhere := &Vault{acct: identity.Account{2}, slots: v.slots}
	for _, u := range good {
		stays(t, elsewhere, u) // a slot is bound to its account
	}
}

func TestReplaceAndRemove(t *testing.T) {
	key, v := newKey(t), New(ana)
	old, fresh := NewPassphrase("old", cheap), NewPassphrase("new", cheap)
	phone, laptop := TokenFrom([32]byte{1}), TokenFrom([32]byte{2})
	add(t, v, key, old)
	session := add(t, v, key, phone)
	add(t, v, key, laptop)
	if _, err := v.Add(rand.Reader, key, fresh); !errors.Is(err, ErrFull) {
		t.Errorf("second passphrase: got %v, want ErrFull", err)
	}
	if _, err := v.Replace(rand.Reader, key, fresh); err != nil {
		t.Fatal(err)
	}
	stays(t, v, old)
	opens(t, v, fresh, key)
	if err := v.Remove(session); err != nil {
		t.Fatal(err)
	}
	if err := v.Remove(session); !errors.Is(err, ErrSlot) {
		t.Errorf("removed twice: got %v, want ErrSlot", err)
	}
	stays(t, v, phone)
	opens(t, v, laptop, key)
	v.RemoveKind(KindSession)
	stays(t, v, laptop)
	if got := len(v.Slots()); got != 1 {
		t.Errorf("slots: got %d, want the passphrase", got)
	}
	before := v.Encode()
	if _, err := v.Replace(bytes.NewReader(nil), key, old); err == nil || !bytes.Equal(v.Encode(), before) {
		t.Errorf("Replace without randomness: got %v, want an error and no change", err)
	}
}

// No byte of a record can change and still yield a key other than the true one; almost all changes lock the slot.
func TestChangedRecordsDoNotOpen(t *testing.T) {
	key, v := newKey(t), New(ana)
	u := NewPassphrase("p", cheap)
	add(t, v, key, u)
	raw := v.Encode()
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		got, err := Decode(bad)
		if err != nil {
			continue
		}
		if _, _, err := got.Open(u); !errors.Is(err, ErrLocked) {
			t.Errorf("byte %d changed: got %v, want ErrLocked", i, err)
		}
	}
}

func TestAHostileCostIsRefusedBeforeItIsPaid(t *testing.T) {
	key, v := newKey(t), New(ana)
	add(t, v, key, NewPassphrase("p", cheap))
	for _, c := range []argon{
		{Memory: 4 << 20, Passes: 1, Threads: 1}, {Memory: 64, Passes: 1 << 20, Threads: 1}, {Memory: 8 * 255, Passes: 1, Threads: 255},
		{Memory: 256 << 10, Passes: 5, Threads: 4}, {Memory: 64, Passes: 0, Threads: 1}, {Memory: 64, Passes: 1}, {Memory: 7, Passes: 1, Threads: 1},
	} {
		s := v.slots[0]
		s.Params = canon.MustMarshal(c)
		hostile := &Vault{acct: ana, slots: []Slot{s}}
		if _, err := Decode(hostile.Encode()); !errors.Is(err, ErrRecord) {
			t.Errorf("%+v: Decode got %v, want ErrRecord", c, err)
		}
		stays(t, hostile, NewPassphrase("p", cheap))
		if _, err := New(ana).Add(rand.Reader, key, NewPassphrase("p", Cost{c.Memory, c.Passes, c.Threads})); !errors.Is(err, ErrRecord) {
			t.Errorf("%+v: Add got %v, want ErrRecord", c, err)
		}
	}
	if err := (argon{Memory: StandardCost.Memory, Passes: StandardCost.Passes, Threads: StandardCost.Threads}).check(); err != nil {
		t.Errorf("standard cost: got %v", err)
	}
}

func TestMalformedRecordsAreRefused(t *testing.T) {
	key, v := newKey(t), New(ana)
	add(t, v, key, NodeKeyFrom([32]byte{1}))
	slot := v.slots[0]
	unknown, long, null := slot, slot, slot
	unknown.Kind = 9
	long.Params = make([]byte, maxParams+1)
	null.Params = nil
	second := slot
	second.ID[0] ^= 1
	session := slot
	session.Kind = KindSession
	for name, r := range map[string]record{
		"version 2":       {2, ana, []Slot{slot}},
		"null for a list": {version, ana, nil},
		"unknown kind":    {version, ana, []Slot{unknown}},
		"long parameters": {version, ana, []Slot{long}},
		"null parameters": {version, ana, []Slot{null}},
		"two node slots":  {version, ana, []Slot{slot, second}},
		"a slot id twice": {version, ana, []Slot{slot, session}},
	} {
		if _, err := Decode(canon.MustMarshal(r)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Decode(make([]byte, MaxRecord+1)); !errors.Is(err, ErrRecord) {
		t.Errorf("too long: got %v, want ErrRecord", err)
	}
}

func TestAFullVaultFitsItsBound(t *testing.T) {
	key, v := newKey(t), New(ana)
	for i := range maxSlots[KindSession] {
		add(t, v, key, TokenFrom([32]byte{byte(i), 1}))
	}
	if _, err := v.Add(rand.Reader, key, TokenFrom([32]byte{2, 2})); !errors.Is(err, ErrFull) {
		t.Errorf("one session too many: got %v, want ErrFull", err)
	}
	for i := range maxSlots[KindPasskey] {
		add(t, v, key, PasskeyFrom([32]byte{byte(i)}))
	}
	last := PasskeyFrom([32]byte{byte(maxSlots[KindPasskey] - 1)})
	opens(t, v, last, key)
}

func TestAServerThatStoresTheHashCannotOpen(t *testing.T) {
	token := TokenFrom([32]byte{5})
	key, v := newKey(t), New(ana)
	add(t, v, key, token)
	if got, want := token.Hash(), canon.Hash("tok", bytes.Repeat([]byte{5}, 1), make([]byte, 31)); got != want {
		t.Errorf("hash: got %x, want SHA-256 under the label %x", got, want)
	}
	stays(t, v, TokenFrom(token.Hash()))
}

func TestKeysDeriveByUse(t *testing.T) {
	k := newKey(t)
	first, again := k.Derive("db/val"), k.Derive("db/val")
	if first == k.Derive("db/idx") || first != again {
		t.Error("one key for two uses, or two for one")
	}
	if k.Equal(newKey(t)) {
		t.Error("two new keys are equal")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	for _, secret := range []any{newKey(t), newRecovery(t), NewPassphrase("p", cheap), TokenFrom([32]byte{1}), PasskeyFrom([32]byte{1}), NodeKeyFrom([32]byte{1})} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			if got := fmt.Sprintf(verb, secret); !strings.Contains(got, "[secret]") || len(got) > 10 {
				t.Errorf("%s of %T prints %q", verb, secret, got)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	key, v := newKey(f), New(ana)
	f.Add(v.Encode())
	add(f, v, key, NewPassphrase("p", cheap))
	add(f, v, key, NodeKeyFrom([32]byte{1}))
	f.Add(v.Encode())
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Decode(in)
		if err != nil {
			return
		}
		if !bytes.Equal(got.Encode(), in) {
			t.Fatal("decode then encode is not the identity")
		}
		if _, _, err := got.Open(NodeKeyFrom([32]byte{2})); !errors.Is(err, ErrLocked) {
			t.Fatalf("another node's key: got %v, want ErrLocked", err)
		}
	})
}

func BenchmarkPassphraseStandardCost(b *testing.B) {
	p := NewPassphrase("p", StandardCost)
	for b.Loop() {
		p.Waste()
	}
}

func BenchmarkNodeSlotOpen(b *testing.B) {
	v, u := New(ana), NodeKeyFrom([32]byte{1})
	add(b, v, newKey(b), u)
	for b.Loop() {
		if _, _, err := v.Open(u); err != nil {
			b.Fatal(err)
		}
	}
}
