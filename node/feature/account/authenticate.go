package account

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// authenticate finds the session that a token opens, and opens the vault with it where a restart locked it.
func (s *slice) authenticate(ctx context.Context, text string) (feature.Actor, error) {
	secret, ok := readSecret(text)
	if !ok {
		return feature.Actor{}, feature.ErrNoSession
	}
	token := vault.TokenFrom(secret)
	var row session
	var r record
	err := s.Store.View(func(tx feature.Tx) (err error) {
		if row, err = s.loadSession(tx, token); err != nil {
			return err
		}
		r, err = s.load(tx, row.Acct)
		return err
	})
	if err != nil {
		return feature.Actor{}, err
	}
	if !s.Keys.Unlocked(row.Acct) {
		if err := s.unlockWith(ctx, row.Acct, token); err != nil {
			return feature.Actor{}, err
		}
	}
	if s.Now().Sub(fromMillis(row.Seen)) >= seenEvery {
		s.seen(ctx, token)
	}
	return feature.Actor{Account: row.Acct, Session: row.handle().String(), Owner: r.Owner, Client: row.Client}, nil
}

// unlockWith opens the vault by the session's slot. The session may end meanwhile; then a sealed account locks again.
func (s *slice) unlockWith(ctx context.Context, acct protocol.Account, token vault.Token) error {
	var v *vault.Vault
	err := s.Store.View(func(tx feature.Tx) (err error) {
		v, err = s.loadVault(tx, acct)
		return err
	})
	if err != nil {
		return err
	}
	key, _, err := v.Open(token)
	if err != nil {
		return feature.ErrNoSession
	}
	if err := s.unlock(ctx, acct, key); err != nil {
		return err
	}
	return s.Store.View(func(tx feature.Tx) error {
		_, err := s.loadSession(tx, token)
		if err == nil {
			return nil
		}
		if r, lost := s.load(tx, acct); lost == nil && r.Sealed {
			s.Keys.Lock(acct) // its other sessions open it again
		}
		return err
	})
}

// unlock gives the keyring an account's key. What fails in the work that follows is logged: the account is open.
func (s *slice) unlock(ctx context.Context, acct protocol.Account, key vault.Key) error {
	err := s.Keys.Unlock(context.WithoutCancel(ctx), acct, key)
	if !s.Keys.Unlocked(acct) {
		return fmt.Errorf("open an account: %w", errors.Join(err, feature.ErrLocked))
	}
	if err != nil {
		s.Logger.Error("work after unlocking an account", "error", err)
	}
	return nil
}

// seen keeps the time of a session's use, now and then. A disk that is full ends no session.
func (s *slice) seen(ctx context.Context, token vault.Token) {
	now := s.Now()
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		row, err := s.loadSession(tx, token)
		if err != nil || now.Sub(fromMillis(row.Seen)) < seenEvery {
			return nil // it ended, or another request was here first
		}
		row.Seen = millis(now)
		return storage.PutAs(tx, s.Realms.Node(), s.sessionKey(row.handle()), row)
	})
	if err != nil {
		s.Logger.Warn("keep the last use of a session", "error", err)
	}
}

// unlockAll opens, when the node starts, every account that is not sealed.
func (s *slice) unlockAll(ctx context.Context) error {
	keys := map[protocol.Account]vault.Key{}
	err := s.Store.View(func(tx feature.Tx) error {
		all, err := s.records(tx)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.Sealed {
				continue
			}
			key, err := s.nodeKey(tx, r.Acct)
			if err != nil { // one broken vault must not keep the others from their messages
				s.Logger.Error("open an account with the node's key", "error", err)
				continue
			}
			keys[r.Acct] = key
		}
		return nil
	})
	if err != nil {
		return err
	}
	for acct, key := range keys {
		if err := s.unlock(ctx, acct, key); err != nil {
			s.Logger.Error("open an account with the node's key", "error", err)
		}
	}
	return nil
}

func (s *slice) nodeKey(tx feature.Tx, acct protocol.Account) (vault.Key, error) {
	v, err := s.loadVault(tx, acct)
	if err != nil {
		return vault.Key{}, err
	}
	key, _, err := v.Open(s.Keys.NodeSlot())
	return key, err
}

// expire ends sessions that nobody used for long, and forgets invitations that nobody can use.
func (s *slice) expire(ctx context.Context) error {
	now := s.Now()
	return s.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
		all, err := rows[session](tx, s.Realms.Node(), storage.WebSessions)
		if err != nil {
			return err
		}
		done := map[protocol.Account]bool{}
		for _, row := range all {
			if !row.expired(now) || done[row.Acct] {
				continue
			}
			done[row.Acct] = true
			if err := s.endOf(tx, row.Acct, func(o session) bool { return o.expired(now) }); err != nil {
				return err
			}
		}
		return s.forgetInvites(tx, now)
	})
}

// endOf is endAll for an account that is not loaded yet.
func (s *slice) endOf(tx feature.Tx, acct protocol.Account, which func(session) bool) error {
	r, err := s.load(tx, acct)
	if err != nil {
		return err
	}
	v, err := s.loadVault(tx, acct)
	if err != nil {
		return err
	}
	return s.endAll(tx, r, v, which)
}
