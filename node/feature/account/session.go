package account

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// How long a session lives, how many an account may have, and how fine its last use is kept.
const (
	sessionIdle     = 30 * 24 * time.Hour
	sessionAbsolute = 180 * 24 * time.Hour
	maxSessions     = 100
	seenEvery       = 5 * time.Minute
	sweepEvery      = time.Hour
	maxClient       = 200 // bytes of what a client says of itself
)

// session is a log-in as it lies in the node's realm, under half of the hash of its token.
type session struct {
	Acct    protocol.Account `cbor:"0,keyasint"`
	Hash    [32]byte         `cbor:"1,keyasint"` // of the token
	Slot    vault.SlotID     `cbor:"2,keyasint"` // that the token opens
	Client  string           `cbor:"3,keyasint"`
	Address string           `cbor:"4,keyasint"`
	Created uint64           `cbor:"5,keyasint"`
	Seen    uint64           `cbor:"6,keyasint"`
}

func (r session) handle() handle { return handle(r.Hash[:16]) }

func (r session) expired(now time.Time) bool {
	return now.Sub(fromMillis(r.Seen)) > sessionIdle || now.Sub(fromMillis(r.Created)) > sessionAbsolute
}

func (s *slice) sessionKey(h handle) storage.Key {
	return s.Realms.Node().Key(storage.WebSessions, storage.H(h[:]))
}

// OpenRequest logs in.
type OpenRequest struct {
	Name       string `json:"name" required:"true" maxLength:"64"`
	Passphrase string `json:"passphrase" required:"true" maxLength:"1024"`
	Client     string `json:"client,omitempty" maxLength:"200" doc:"what the list of sessions calls this client"`
}

func (s *slice) open(ctx context.Context, req OpenRequest) (Opened, error) {
	p, err := s.prove(ctx, req.Name, req.Passphrase)
	if err != nil {
		return Opened{}, err
	}
	return s.enter(ctx, p.record.Acct, p.key, req.Client, func(tx feature.Tx) (record, *vault.Vault, error) {
		return s.holds(tx, p)
	})
}

// enter opens a session in the transaction in which admit allows it, unlocks the account and describes it.
func (s *slice) enter(ctx context.Context, acct protocol.Account, key vault.Key, client string, admit func(feature.Tx) (record, *vault.Vault, error)) (Opened, error) {
	secret, text, err := newSecret(s.Random)
	if err != nil {
		return Opened{}, err
	}
	err = s.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
		r, v, err := admit(tx)
		if err != nil {
			return err
		}
		if r.Suspended {
			return suspended(r)
		}
		if err := s.begin(ctx, tx, v, key, vault.TokenFrom(secret), client); err != nil {
			return err
		}
		return s.saveVault(tx, acct, v)
	})
	if err != nil {
		return Opened{}, err
	}
	out := Opened{Token: text}
	if err := s.unlock(ctx, acct, key); err != nil {
		return Opened{}, err
	}
	err = s.Store.View(func(tx feature.Tx) error {
		r, err := s.load(tx, acct)
		out.Account = s.describe(tx, r)
		return err
	})
	s.tellSessions([]protocol.Account{acct}, feature.Nothing{})
	return out, err
}

// begin writes a session and its slot. Where an account has too many, the one that was not used for longest ends.
func (s *slice) begin(ctx context.Context, tx feature.Tx, v *vault.Vault, key vault.Key, token vault.Token, client string) error {
	acct, actor, now := protocol.Account(v.Account()), feature.ActorOf(ctx), s.Now()
	had, err := s.sessionsOf(tx, acct)
	if err != nil {
		return err
	}
	for n := len(had); n >= maxSessions; n-- {
		if err := s.end(tx, v, had[n-1]); err != nil {
			return err
		}
	}
	if err := dropOrphans(v, had); err != nil {
		return err
	}
	slot, err := v.Add(s.Random, key, token)
	if err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	if client == "" {
		client = actor.Client
	}
	return storage.PutAs(tx, s.Realms.Node(), s.sessionKey(sessionHandle(token)), session{
		Acct: acct, Hash: token.Hash(), Slot: slot, Created: millis(now), Seen: millis(now),
		Client: clip(client, maxClient), Address: clip(actor.Remote, maxClient),
	})
}

// dropOrphans removes the slots of sessions that are not here: a backup holds vaults, but no sessions.
func dropOrphans(v *vault.Vault, had []session) error {
	for _, slot := range v.Slots() {
		lives := slices.ContainsFunc(had, func(r session) bool { return r.Slot == slot.ID })
		if slot.Kind != vault.KindSession || lives {
			continue
		}
		if err := v.Remove(slot.ID); err != nil {
			return err
		}
	}
	return nil
}

// end deletes a session; its connections end with the commit. The caller saves the vault.
func (s *slice) end(tx feature.Tx, v *vault.Vault, r session) error {
	tx.Delete(s.sessionKey(r.handle()))
	tx.OnCommit(func() { s.Live.CloseSession(r.Acct, r.handle().String()) })
	if err := v.Remove(r.Slot); err != nil && !errors.Is(err, vault.ErrSlot) {
		return err
	}
	return nil
}

// endAll ends the sessions of an account that which selects. A sealed account without sessions locks.
func (s *slice) endAll(tx feature.Tx, r record, v *vault.Vault, which func(session) bool) error {
	all, err := s.sessionsOf(tx, r.Acct)
	if err != nil {
		return err
	}
	left := len(all)
	for _, one := range all {
		if !which(one) {
			continue
		}
		if err := s.end(tx, v, one); err != nil {
			return err
		}
		left--
	}
	if left == 0 && r.Sealed {
		tx.OnCommit(func() { s.Keys.Lock(r.Acct) })
	}
	return s.saveVault(tx, r.Acct, v)
}

// sessionsOf returns the sessions of an account, the one used last first.
func (s *slice) sessionsOf(tx feature.Tx, acct protocol.Account) ([]session, error) {
	all, err := rows[session](tx, s.Realms.Node(), storage.WebSessions)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r session) bool { return r.Acct != acct })
	slices.SortFunc(all, func(a, b session) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(b.Created, a.Created))
	})
	return all, nil
}

// loadSession returns a session that lives, or feature.ErrNoSession.
func (s *slice) loadSession(tx feature.Tx, token vault.Token) (session, error) {
	r, err := storage.GetAs[session](tx, s.Realms.Node(), s.sessionKey(sessionHandle(token)))
	if errors.Is(err, storage.ErrNotFound) {
		return session{}, feature.ErrNoSession
	}
	if err != nil {
		return session{}, err
	}
	hash := token.Hash()
	if subtle.ConstantTimeCompare(hash[:], r.Hash[:]) != 1 || r.expired(s.Now()) {
		return session{}, feature.ErrNoSession
	}
	return r, nil
}

// clip shortens a text to at most n bytes, at a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
