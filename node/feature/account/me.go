package account

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Me is the caller's own account.
type Me struct {
	Account
	ContactLink string    `json:"contact_link" doc:"who holds it becomes a contact without being asked"`
	CheckWords  [4]string `json:"check_words"`
	Sealed      bool      `json:"sealed"`
	RecoveryKey string    `json:"recovery_key" enum:"unseen,shown,confirmed"`
	Session     string    `json:"session,omitempty" doc:"id of the session of this call"`
}

func (s *slice) me(ctx context.Context, _ feature.Nothing) (Me, error) {
	actor := feature.ActorOf(ctx)
	return s.meOf(actor.Account, actor.Session)
}

func (s *slice) meOf(acct protocol.Account, session string) (Me, error) {
	var me Me
	err := s.Store.View(func(tx feature.Tx) error {
		r, err := s.load(tx, acct)
		if err != nil {
			return err
		}
		realm, err := s.Realms.Account(acct)
		if err != nil {
			return err
		}
		secret, err := loadLink(tx, realm)
		if err != nil {
			return err
		}
		link, err := s.linkText(tx, acct, secret)
		if err != nil {
			return err
		}
		recovery, err := storage.GetAs[recoveryRow](tx, realm, recoveryRowKey(realm))
		if err != nil {
			return err
		}
		me = Me{
			Account: s.describe(tx, r), ContactLink: link, CheckWords: identity.Account(acct).CheckWords(),
			Sealed: r.Sealed, RecoveryKey: recovery.state(), Session: session,
		}
		return nil
	})
	return me, err
}

// meChanged tells an account's watchers. It is not worth an error: they ask again when they connect.
func (s *slice) meChanged(acct protocol.Account) {
	me, err := s.meOf(acct, "")
	if err != nil {
		s.Logger.Warn("tell an account of itself", "error", err)
		return
	}
	s.tellMe([]protocol.Account{acct}, me)
}

// Link is the caller's new contact link.
type Link struct {
	ContactLink string `json:"contact_link"`
}

func (s *slice) renewLink(ctx context.Context, _ feature.Nothing) (Link, error) {
	acct := feature.ActorOf(ctx).Account
	var out Link
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(acct)
		if err != nil {
			return err
		}
		if err := s.drawLink(tx, realm); err != nil {
			return err
		}
		secret, err := loadLink(tx, realm)
		if err != nil {
			return err
		}
		out.ContactLink, err = s.linkText(tx, acct, secret)
		return err
	})
	if err == nil {
		s.TellMe(acct)
	}
	return out, err
}

func (s *slice) linkText(tx feature.Tx, acct protocol.Account, secret [16]byte) (string, error) {
	base, addrs, err := s.Directory.LinkFor(tx, acct)
	return protocol.Link{Account: acct, Secret: secret, Base: base, Addresses: addrs}.Text(), err
}

// checkLink compares a secret with that of the account's contact link in constant time.
func (s *slice) checkLink(tx feature.Tx, acct protocol.Account, secret []byte) bool {
	realm, err := s.Realms.Account(acct)
	if err != nil {
		return false
	}
	want, err := loadLink(tx, realm)
	return err == nil && subtle.ConstantTimeCompare(want[:], secret) == 1
}

func linkKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("contact link")))
}

func (s *slice) drawLink(tx feature.Tx, realm *storage.Realm) error {
	var secret [16]byte
	if _, err := io.ReadFull(s.Random, secret[:]); err != nil {
		return fmt.Errorf("draw a contact link: %w", err)
	}
	return tx.Put(realm, linkKey(realm), secret[:])
}

func loadLink(tx feature.Tx, realm *storage.Realm) ([16]byte, error) {
	raw, err := tx.Get(realm, linkKey(realm))
	if err != nil {
		return [16]byte{}, fmt.Errorf("read a contact link: %w", err)
	}
	if len(raw) != 16 {
		return [16]byte{}, fmt.Errorf("read a contact link: %w", storage.ErrCorrupt)
	}
	return [16]byte(raw), nil
}
