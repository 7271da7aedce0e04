package keyring_test

import (
	"errors"
	"testing"

	"conclave/node/feature"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/storage"
)

func TestConversationOpensThroughAnyUnlockedMember(t *testing.T) {
	n := newNode(t, t.TempDir())
	ana, anaKey := n.enrol(t)
	bo, boKey := n.enrol(t)
	eve, eveKey := n.enrol(t)
	n.unlock(t, ana, anaKey)
	n.unlock(t, bo, boKey)
	n.unlock(t, eve, eveKey)
	log := protocol.DirectLog(ana, bo)
	var row storage.Key
	n.update(t, func(tx *storage.Tx) error {
		if err := n.ring.NewConversation(tx, log, []protocol.Account{ana, bo}); err != nil {
			return err
		}
		realm, err := n.ring.Conversation(tx, log)
		if err != nil {
			return err
		}
		row = realm.Key(storage.Describe)
		return tx.Put(realm, row, []byte("hello"))
	})
	read := func(want error) {
		t.Helper()
		err := n.store.View(func(tx *storage.Tx) error {
			realm, err := n.ring.Conversation(tx, log)
			if err != nil {
				return err
			}
			got, err := tx.Get(realm, row)
			if err == nil && string(got) != "hello" {
				t.Errorf("row: got %q, want hello", got)
			}
			return err
		})
		if !errors.Is(err, want) {
			t.Errorf("read: got %v, want %v", err, want)
		}
	}
	read(nil)
	n.ring.Lock(ana)
	read(nil)
	n.ring.Lock(bo)
	read(feature.ErrLocked) // eve is unlocked, but no member
	n.unlock(t, bo, boKey)
	read(nil)
	n.ring.Lock(bo)
	read(feature.ErrLocked)
	log = protocol.Log{9}
	read(feature.ErrNotFound)
}

func TestConversationKeyOfAnUndoneTransactionIsForgotten(t *testing.T) {
	n := newNode(t, t.TempDir())
	ana, key := n.enrol(t)
	n.unlock(t, ana, key)
	log := protocol.Log{7}
	undone := errors.New("undone")
	err := n.store.Update(t.Context(), func(tx *storage.Tx) error {
		if err := n.ring.NewConversation(tx, log, []protocol.Account{ana}); err != nil {
			return err
		}
		if _, err := n.ring.Conversation(tx, log); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatalf("Update: got %v, want %v", err, undone)
	}
	err = n.store.View(func(tx *storage.Tx) error {
		_, err := n.ring.Conversation(tx, log)
		return err
	})
	if !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("Conversation after the undone transaction: got %v, want %v", err, feature.ErrNotFound)
	}
}

func TestGrants(t *testing.T) {
	n := newNode(t, t.TempDir())
	ana, anaKey := n.enrol(t)
	bo, boKey := n.enrol(t)
	n.unlock(t, ana, anaKey)
	log, other := protocol.Log{1}, protocol.Log{2}
	n.update(t, func(tx *storage.Tx) error {
		if err := n.ring.NewConversation(tx, log, []protocol.Account{ana}); err != nil {
			return err
		}
		key, err := n.ring.ConversationKeyFor(tx, log, ana)
		if err != nil {
			return err
		}
		if err := n.ring.Grant(tx, log, ana, key); err != nil {
			t.Errorf("Grant of the same key: got %v, want no error", err)
		}
		if err := n.ring.Grant(tx, log, ana, keyring.ConversationKey{}); !errors.Is(err, feature.ErrConflict) {
			t.Errorf("Grant of another key: got %v, want %v", err, feature.ErrConflict)
		}
		if err := n.ring.Grant(tx, log, bo, key); !errors.Is(err, feature.ErrLocked) {
			t.Errorf("Grant to a locked account: got %v, want %v", err, feature.ErrLocked)
		}
		n.unlock(t, bo, boKey)
		if _, err := n.ring.ConversationKeyFor(tx, log, bo); !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("key of an account that holds none: got %v, want %v", err, feature.ErrNotFound)
		}
		return n.ring.NewConversation(tx, other, []protocol.Account{ana, bo})
	})
	for _, c := range []struct {
		acct protocol.Account
		want int
	}{{ana, 2}, {bo, 1}} {
		err := n.store.View(func(tx *storage.Tx) error {
			logs, err := n.ring.Logs(tx, c.acct)
			if len(logs) != c.want {
				t.Errorf("Logs: got %v, want %d logs", logs, c.want)
			}
			return err
		})
		if err != nil {
			t.Errorf("Logs: %v", err)
		}
	}
}
