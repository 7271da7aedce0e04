package directory

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// nowhere is a network on which nobody is.
type nowhere struct{}

func (nowhere) Request(context.Context, net.PeerID, string, []byte) ([]byte, error) {
	return nil, net.ErrNotFound
}
func (nowhere) Connect(context.Context, net.PeerID, []string) error { return net.ErrLost }
func (nowhere) Connected(net.PeerID) bool                           { return false }
func (nowhere) OverLoopback(net.PeerID) bool                        { return false }
func (nowhere) Addrs() []string                                     { return nil }

func TestAViewThatBeganBeforeARevocationDoesNotBringTheDeviceBack(t *testing.T) {
	store, err := storage.Open(storage.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	d := New(Config{
		Store: store, Realm: storage.NewRealm([16]byte{1}, [32]byte{2}, [32]byte{3}), Network: nowhere{},
		Host: func() string { return "" }, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	founded, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte("peer")})
	if err != nil {
		t.Fatal(err)
	}
	acct := protocol.Account(founded.Log.Account())
	update := func(fn func(feature.Tx) error) {
		t.Helper()
		if err := store.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	listed := func(tx feature.Tx) bool {
		log, err := d.Log(tx, acct)
		if err != nil {
			t.Fatal(err)
		}
		_, ok := log.Device(founded.Device)
		return ok
	}
	update(func(tx feature.Tx) error { return d.Merge(tx, acct, founded.Log.From(0)) })
	update(func(tx feature.Tx) error { listed(tx); return nil }) // the cache holds it now
	revoke := founded.Log.Next(time.Now())
	revoke.Devices = nil
	entry := revoke.Sign(founded.AIK.Previous())
	if err := store.View(func(old *storage.Tx) error {
		update(func(tx feature.Tx) error {
			if err := d.Merge(tx, acct, []identity.Signed{entry}); err != nil {
				return err
			}
			if listed(tx) {
				t.Error("the transaction that revokes a device still lists it")
			}
			return nil
		})
		if !listed(old) {
			t.Error("a view changed under its reader")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := store.View(func(tx *storage.Tx) error {
		if listed(tx) {
			t.Error("an older view brought the revoked device back")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
