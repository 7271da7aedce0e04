package keyring_test

import (
	"context"
	"errors"
	"testing"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// sharing is a node with two members of a log, of which ana holds the key first.
type sharing struct {
	*node
	ana, bo       protocol.Account
	anaKey, boKey vault.Key
	log           protocol.Log
}

// openly leaves keys for locked accounts without sealing them: how that is done is the sessions' matter.
type openly struct{}

func (openly) SealFor(_ *storage.Tx, _ protocol.Account, plain []byte) ([]byte, error) {
	return append([]byte("box"), plain...), nil
}

func (openly) OpenFor(_ *storage.Tx, _ protocol.Account, box []byte) ([]byte, error) {
	return box[3:], nil
}

func newSharing(t *testing.T) *sharing {
	t.Helper()
	s := &sharing{node: newNode(t, t.TempDir()), log: protocol.Log{7}}
	s.ring.LeaveWith(openly{})
	s.ana, s.anaKey = s.enrol(t)
	s.bo, s.boKey = s.enrol(t)
	s.unlock(t, s.ana, s.anaKey)
	s.unlock(t, s.bo, s.boKey)
	s.update(t, func(tx *storage.Tx) error {
		if err := s.ring.NewConversation(tx, s.log, []protocol.Account{s.ana}); err != nil {
			return err
		}
		realm, err := s.ring.Conversation(tx, s.log)
		if err != nil {
			return err
		}
		if err := s.ring.PutChain(tx, s.log, s.chain(), []byte("chain")); err != nil {
			return err
		}
		return errors.Join(tx.Put(realm, realm.Key(storage.Ops), []byte("op")), tx.Put(s.ring.Node(), s.ring.GroupKey(s.log), nil))
	})
	return s
}

func (s *sharing) chain() storage.Key {
	return s.ring.Node().Key(storage.Chains, storage.H([]byte("receive")), storage.H([]byte("chain")))
}

// opens tells whether the log, and a chain of it, open now.
func (s *sharing) opens() error {
	return s.store.View(func(tx *storage.Tx) error {
		realm, err := s.ring.Conversation(tx, s.log)
		if err != nil {
			return err
		}
		if _, err := tx.Get(realm, realm.Key(storage.Ops)); err != nil {
			return err
		}
		v, err := s.ring.GetChain(tx, s.log, s.chain())
		if err == nil && string(v) != "chain" {
			return errors.New("another chain")
		}
		return err
	})
}

func (s *sharing) want(t *testing.T, what string, want error) {
	t.Helper()
	if err := s.opens(); !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func (s *sharing) share(tx *storage.Tx) error  { return s.ring.Share(tx, s.log, s.bo) }
func (s *sharing) revoke(tx *storage.Tx) error { return s.ring.Revoke(tx, s.log, s.bo) }

func (s *sharing) collect(t *testing.T) {
	t.Helper()
	s.unlock(t, s.bo, s.boKey)
	if err := s.ring.Collect(context.Background(), s.bo); err != nil {
		t.Fatal(err)
	}
}

func TestSharedKeysOpenALogForOthers(t *testing.T) {
	s := newSharing(t)
	s.ring.Lock(s.ana)
	s.want(t, "with ana locked", feature.ErrLocked)
	if err := s.store.Update(t.Context(), s.share); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("sharing what nobody can open: got %v, want %v", err, feature.ErrLocked)
	}
	s.unlock(t, s.ana, s.anaKey)
	s.update(t, s.share)
	s.update(t, s.share)
	s.ring.Lock(s.ana)
	s.want(t, "with bo alone", nil)
	s.update(t, s.revoke)
	s.want(t, "after bo's key was revoked", feature.ErrLocked)
	s.unlock(t, s.ana, s.anaKey)
	s.want(t, "with ana", nil)
	if err := s.store.Update(t.Context(), func(tx *storage.Tx) error { return s.ring.Share(tx, protocol.Log{8}, s.bo) }); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("sharing no log: got %v, want %v", err, feature.ErrNotFound)
	}
}

// leaves asserts how many keys wait for locked accounts.
func (s *sharing) leaves(t *testing.T, want int) {
	t.Helper()
	if err := s.store.View(func(tx *storage.Tx) error {
		got, err := s.ring.Left(tx)
		if got != want {
			t.Errorf("got %d keys that wait for locked accounts, want %d", got, want)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestALockedAccountIsSharedWithAndRevoked(t *testing.T) {
	s := newSharing(t)
	s.ring.Lock(s.bo)
	s.leaves(t, 0)
	s.update(t, s.share)
	s.leaves(t, 1)
	s.collect(t)
	s.leaves(t, 0)
	s.ring.Lock(s.ana)
	s.want(t, "what was left for bo", nil)
	s.ring.Lock(s.bo)
	s.update(t, s.revoke)
	s.collect(t)
	s.want(t, "what was revoked while bo was locked", feature.ErrLocked)
	s.ring.Lock(s.bo)
	s.unlock(t, s.ana, s.anaKey)
	s.update(t, s.revoke)
	s.update(t, s.share)
	s.collect(t)
	s.ring.Lock(s.ana)
	s.want(t, "what was shared again", nil)
}

func TestAFailedRevokeTakesNothing(t *testing.T) {
	s := newSharing(t)
	s.update(t, s.share)
	s.ring.Lock(s.ana)
	boom := errors.New("boom")
	if err := s.store.Update(t.Context(), func(tx *storage.Tx) error { return errors.Join(s.revoke(tx), boom) }); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	s.want(t, "after a transaction that failed", nil)
}

func TestChainsOutliveARotationOfTheShredKey(t *testing.T) {
	s := newSharing(t)
	var before []byte
	read := func() (box []byte) {
		if err := s.store.View(func(tx *storage.Tx) (err error) { box, err = tx.Get(s.ring.Node(), s.chain()); return err }); err != nil {
			t.Fatal(err)
		}
		return box
	}
	before = read()
	if err := s.ring.Shred().Rotate(t.Context(), s.store, storage.Chains); err != nil {
		t.Fatal(err)
	}
	if string(read()) == string(before) {
		t.Error("the row was not sealed again")
	}
	s.want(t, "after the rotation", nil)
}

func TestPurgeLeavesNothing(t *testing.T) {
	s := newSharing(t)
	s.update(t, func(tx *storage.Tx) error {
		realm, err := s.ring.Conversation(tx, s.log)
		if err != nil {
			return err
		}
		for i := range uint64(9) {
			if err := tx.Put(realm, realm.Key(storage.Log, storage.U64(i), storage.U64(0), storage.Fixed(make([]byte, 16))), nil); err != nil {
				return err
			}
		}
		return nil
	})
	rounds := 0
	for done := false; !done; rounds++ {
		s.update(t, func(tx *storage.Tx) (err error) { done, err = s.ring.Purge(tx, s.log, 4); return err })
	}
	if rounds != 3 {
		t.Errorf("transactions for 10 rows by 4: got %d, want 3", rounds)
	}
	s.want(t, "a log without rows", storage.ErrNotFound)
}
