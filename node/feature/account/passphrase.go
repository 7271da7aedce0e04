package account

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
)

// Length of a passphrase in characters. It is taken byte for byte, never cut.
const (
	minPassphrase = 8
	maxPassphrase = 128
)

// Refusals of who is not who he says.
var (
	errCredentials = &feature.Error{Status: 401, Code: "wrong_credentials", Detail: "The name or the passphrase is wrong."}
	errWeak        = &feature.Error{Status: 400, Code: "passphrase_weak", Detail: "A passphrase has 8 to 128 characters and is not one that everybody tries first."}
	errSuspended   = &feature.Error{Status: 403, Code: "suspended", Detail: "The owner of the node suspended this account."}
)

func suspended(r record) error {
	if r.Reason == "" {
		return errSuspended
	}
	return errSuspended.With("%s", r.Reason)
}

// proof is what the right passphrase opened, in the slot it opened.
type proof struct {
	record record
	key    vault.Key
	slot   vault.SlotID
}

// prove tries a passphrase on the account of a name. An unknown name takes as long and gives the same answer.
func (s *slice) prove(ctx context.Context, name, passphrase string) (proof, error) {
	who := tryOf(name, feature.ActorOf(ctx).Remote)
	if err := s.tries.begin(who); err != nil {
		return proof{}, err
	}
	p, err := s.tryPassphrase(ctx, name, passphrase)
	switch {
	case err == nil:
		s.tries.passed(who)
	case !errors.Is(err, errCredentials):
		s.tries.undo(who)
	}
	return p, err
}

func (s *slice) tryPassphrase(ctx context.Context, name, passphrase string) (proof, error) {
	var p proof
	var v *vault.Vault
	err := s.Store.View(func(tx feature.Tx) (err error) {
		if p.record, err = s.named(tx, name); err == nil {
			v, err = s.loadVault(tx, p.record.Acct)
		}
		return err
	})
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		return proof{}, err
	}
	err = s.gate.do(ctx, func() error {
		unlocker := vault.NewPassphrase(passphrase, s.cost)
		if v == nil {
			unlocker.Waste()
			return errCredentials
		}
		key, slot, err := v.Open(unlocker)
		p.key, p.slot = key, slot
		if err != nil {
			return errCredentials
		}
		return nil
	})
	if err != nil {
		return proof{}, err
	}
	if p.record.Suspended {
		return proof{}, suspended(p.record)
	}
	return p, nil
}

// proveSelf tries the caller's own passphrase.
func (s *slice) proveSelf(ctx context.Context, passphrase string) (proof, error) {
	var r record
	err := s.Store.View(func(tx feature.Tx) (err error) {
		r, err = s.load(tx, feature.ActorOf(ctx).Account)
		return err
	})
	if err != nil {
		return proof{}, err
	}
	return s.prove(ctx, string(r.Name), passphrase)
}

// holds loads the account of a proof for a change, and checks that the passphrase is still the one that was tried.
func (s *slice) holds(tx feature.Tx, p proof) (record, *vault.Vault, error) {
	r, err := s.load(tx, p.record.Acct)
	if err != nil {
		return record{}, nil, err
	}
	v, err := s.loadVault(tx, r.Acct)
	if err != nil {
		return record{}, nil, err
	}
	for _, slot := range v.Slots() {
		if slot.ID == p.slot {
			return r, v, nil
		}
	}
	return record{}, nil, errCredentials
}

// PassphraseRequest changes the caller's passphrase.
type PassphraseRequest struct {
	Old string `json:"old" required:"true" maxLength:"1024"`
	New string `json:"new" required:"true" maxLength:"1024" doc:"8 to 128 characters"`
}

// changePassphrase wraps the vault key anew and ends the other sessions. Nothing is sealed again.
func (s *slice) changePassphrase(ctx context.Context, req PassphraseRequest) (feature.Nothing, error) {
	p, err := s.proveSelf(ctx, req.Old)
	if err != nil {
		return feature.Nothing{}, err
	}
	if err := checkPassphrase(req.New, string(p.record.Name)); err != nil {
		return feature.Nothing{}, err
	}
	current := feature.ActorOf(ctx).Session
	err = s.rewrap(ctx, p.record.Acct, p.key, req.New, func(tx feature.Tx, r record, v *vault.Vault) error {
		return s.endAll(tx, r, v, func(one session) bool { return one.handle().String() != current })
	})
	if err == nil {
		s.tellSessions([]protocol.Account{p.record.Acct}, feature.Nothing{})
	}
	return feature.Nothing{}, err
}

// rewrapTries is how often a vault may change under a caller while Argon2id runs.
const rewrapTries = 3

// rewrap replaces the passphrase and lets change do the rest and save the vault, in one transaction. Argon2id runs outside
// of it, so that it starts over where the vault changed meanwhile. key must have been taken from the vault as it is.
func (s *slice) rewrap(ctx context.Context, acct protocol.Account, key vault.Key, passphrase string, change func(feature.Tx, record, *vault.Vault) error) error {
	for range rewrapTries {
		var v *vault.Vault
		var before []byte
		if err := s.Store.View(func(tx feature.Tx) (err error) {
			if v, err = s.loadVault(tx, acct); err == nil {
				before = v.Encode()
			}
			return err
		}); err != nil {
			return err
		}
		if err := s.gate.do(ctx, func() error {
			_, err := v.Replace(s.Random, key, vault.NewPassphrase(passphrase, s.cost))
			return err
		}); err != nil {
			return err
		}
		changed := false
		err := s.Store.Update(ctx, func(tx feature.Tx) error {
			now, err := s.loadVault(tx, acct)
			if err != nil {
				return err
			}
			if changed = !bytes.Equal(now.Encode(), before); changed {
				return nil
			}
			r, err := s.load(tx, acct)
			if err != nil {
				return err
			}
			return change(tx, r, v)
		})
		if err != nil || !changed {
			return err
		}
	}
	return feature.ErrConflict.With("The account is being changed elsewhere; try again.")
}

// commonPassphrases are what everybody tries first, of those that are long enough.
var commonPassphrases = strings.Fields(`
	123456789 12345678 1234567890 password password1 password123 passw0rd p@ssw0rd qwertyuiop qwerty123 qwertyui
	1q2w3e4r 1q2w3e4r5t 1qaz2wsx q1w2e3r4 zaq12wsx asdfghjkl asdfasdf iloveyou sunshine princess football baseball
	superman trustno1 whatever starwars computer michelle jennifer jessica1 michael1 charlie1 internet corvette
	mercedes maverick midnight passwort passwort1 changeme letmein1 welcome1 welcome123 admin123 administrator
	abcd1234 abc12345 abcdefgh a1b2c3d4 11111111 00000000 88888888 66666666 12341234 12344321 87654321 987654321
	0987654321 123123123 1234qwer qwer1234 147258369 789456123 monkey123 dragon123 master123 conclave conclave1 secret123`)

// checkPassphrase refuses what is too short, too long, not text, one character repeated, the name, or tried first by everybody.
func checkPassphrase(p, name string) error {
	n := utf8.RuneCountInString(p)
	if !utf8.ValidString(p) || n < minPassphrase || n > maxPassphrase {
		return errWeak
	}
	low := strings.ToLower(p)
	first, _ := utf8.DecodeRuneInString(low)
	if strings.Trim(low, string(first)) == "" || low == strings.ToLower(name) {
		return errWeak
	}
	for _, common := range commonPassphrases {
		if low == common {
			return errWeak
		}
	}
	return nil
}
