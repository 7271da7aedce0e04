package keyring_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/storage"
)

// node is a keyring over a real store.
type node struct {
	dir    string
	master *keyring.Master
	store  *storage.Store
	ring   *keyring.Keyring
}

func newNode(t *testing.T, dir string) *node {
	t.Helper()
	n := &node{dir: dir, master: openMaster(t, dir)}
	var err error
	if n.store, err = storage.Open(storage.Options{InMemory: true, Key: n.master.Store()}); err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { n.store.Close() })
	n.reopen(t)
	return n
}

// reopen makes the keyring anew over the same store and folder, as after a restart.
func (n *node) reopen(t *testing.T) {
	t.Helper()
	var err error
	if n.ring, err = keyring.New(n.dir, n.master, n.store); err != nil {
		t.Fatalf("New: %v", err)
	}
}

func (n *node) update(t *testing.T, fn func(*storage.Tx) error) {
	t.Helper()
	if err := n.store.Update(t.Context(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// enrol makes an account and returns its vault key.
func (n *node) enrol(t *testing.T) (protocol.Account, vault.Key) {
	t.Helper()
	f, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte("peer")})
	if err != nil {
		t.Fatal(err)
	}
	key, err := vault.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	acct := protocol.Account(f.Log.Account())
	n.update(t, func(tx *storage.Tx) error {
		_, err := n.ring.Enrol(tx, acct, key, feature.Device{ID: protocol.Device(f.Device), AIK: f.AIK, DeviceKeys: f.Keys})
		return err
	})
	return acct, key
}

func (n *node) unlock(t *testing.T, acct protocol.Account, key vault.Key) {
	t.Helper()
	if err := n.ring.Unlock(t.Context(), acct, key); err != nil {
		t.Fatalf("Unlock: %v", err)
	}
}

func TestUnlockGivesRealmAndDevice(t *testing.T) {
	n := newNode(t, t.TempDir())
	acct, key := n.enrol(t)
	if _, err := n.ring.Account(acct); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("realm of a locked account: got %v, want %v", err, feature.ErrLocked)
	}
	n.unlock(t, acct, key)
	device, err := n.ring.Device(acct)
	if err != nil {
		t.Fatalf("Device: %v", err)
	}
	n.reopen(t)
	n.unlock(t, acct, key)
	again, err := n.ring.Device(acct)
	if err != nil {
		t.Fatalf("Device after a restart: %v", err)
	}
	if got, want := again.DSK.Public(), device.DSK.Public(); got != want {
		t.Errorf("DSK after a restart: got %x, want %x", got, want)
	}
	if got, want := again.DIK.Public(), device.DIK.Public(); got != want {
		t.Errorf("DIK after a restart: got %x, want %x", got, want)
	}
	if got, want := again.AIK.Public(), device.AIK.Public(); got != want || again.ID != device.ID {
		t.Errorf("AIK and id after a restart: got %x %v, want %x %v", got, again.ID, want, device.ID)
	}
}

func TestReplaceGivesAnotherDevice(t *testing.T) {
	n := newNode(t, t.TempDir())
	acct, key := n.enrol(t)
	keys, err := identity.NewDeviceKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	next := feature.Device{ID: protocol.Device{7}, AIK: identity.AIKFrom(&[32]byte{1}), DeviceKeys: keys}
	err = n.store.Update(t.Context(), func(tx *storage.Tx) error { return n.ring.Replace(tx, acct, next) })
	if !errors.Is(err, feature.ErrLocked) {
		t.Errorf("Replace while locked: got %v, want %v", err, feature.ErrLocked)
	}
	n.unlock(t, acct, key)
	n.update(t, func(tx *storage.Tx) error { return n.ring.Replace(tx, acct, next) })
	for _, when := range []string{"at once", "after unlocking again"} {
		got, err := n.ring.Device(acct)
		if err != nil || got.ID != next.ID || got.DSK.Public() != keys.DSK.Public() {
			t.Errorf("device %s: got %v, %v; want %v", when, got.ID, err, next.ID)
		}
		n.ring.Lock(acct)
		n.unlock(t, acct, key)
	}
}

func TestUnlockRefusesAnotherKey(t *testing.T) {
	n := newNode(t, t.TempDir())
	acct, _ := n.enrol(t)
	_, other := n.enrol(t)
	if err := n.ring.Unlock(t.Context(), acct, other); err == nil {
		t.Error("Unlock with another account's key: got no error")
	}
	if n.ring.Unlocked(acct) {
		t.Error("unlocked by another account's key")
	}
}

func TestUnlockRunsWhatIsRegisteredOnce(t *testing.T) {
	n := newNode(t, t.TempDir())
	acct, key := n.enrol(t)
	var calls []string
	broken := errors.New("broken")
	n.ring.OnUnlock(func(_ context.Context, a protocol.Account) error {
		if a != acct || !n.ring.Unlocked(a) {
			t.Errorf("hook: got account %v, unlocked %v; want %v unlocked", a, n.ring.Unlocked(a), acct)
		}
		calls = append(calls, "first")
		return broken
	})
	n.ring.OnUnlock(func(context.Context, protocol.Account) error {
		calls = append(calls, "second")
		return nil
	})
	if err := n.ring.Unlock(t.Context(), acct, key); !errors.Is(err, broken) {
		t.Errorf("Unlock: got %v, want the hook's error", err)
	}
	n.unlock(t, acct, key)
	if len(calls) != 2 || calls[0] != "first" || calls[1] != "second" {
		t.Errorf("hooks: got %v, want [first second]", calls)
	}
}

func TestShreddedRowNeedsItsAccount(t *testing.T) {
	n := newNode(t, t.TempDir())
	ana, key := n.enrol(t)
	n.unlock(t, ana, key)
	row := n.ring.Node().Key(storage.Sessions, storage.H([]byte("pair")), storage.H([]byte("sid")))
	state := bytes.Repeat([]byte("ratchet state "), 9)
	n.update(t, func(tx *storage.Tx) error { return n.ring.PutShredded(tx, ana, row, state) })
	get := func() (got []byte, err error) {
		verr := n.store.View(func(tx *storage.Tx) error {
			got, err = n.ring.GetShredded(tx, ana, row)
			return nil
		})
		return got, errors.Join(verr, err)
	}
	if got, err := get(); err != nil || !bytes.Equal(got, state) {
		t.Errorf("GetShredded: got %q, %v; want the state", got, err)
	}
	n.ring.Lock(ana)
	if _, err := get(); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("GetShredded while locked: got %v, want %v", err, feature.ErrLocked)
	}
}
