package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Refusals of account.create.
var (
	errNameTaken  = &feature.Error{Status: 409, Code: "name_taken", Detail: "This name is taken on this node."}
	errSetupToken = &feature.Error{Status: 403, Code: "setup_token_wrong", Detail: "This set-up link is not valid; the node prints the right one when it starts."}
	errClaimed    = &feature.Error{Status: 409, Code: "already_claimed", Detail: "This node has an owner already."}
)

// SetupToken returns the token of the set-up link that makes the first account: 256 bits, another one at each start, and
// worth nothing once the node has an account.
func SetupToken(k feature.Keyring, n feature.Node) string {
	b := k.Derive(fmt.Sprintf("setup/%d", n.Started().UnixNano()))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Setup tells what a page needs before anybody is logged in.
type Setup struct {
	Claimed      bool      `json:"claimed" doc:"the node has an owner"`
	Registration string    `json:"registration" enum:"invite" doc:"how accounts come to be"`
	Version      string    `json:"version"`
	Node         SetupNode `json:"node"`
}

// SetupNode names the node.
type SetupNode struct {
	PeerID string `json:"peer_id"`
}

func (s *slice) setup(context.Context, feature.Nothing) (Setup, error) {
	out := Setup{Registration: "invite", Version: s.Node.Version(), Node: SetupNode{PeerID: s.Node.PeerID()}}
	err := s.Store.View(func(tx feature.Tx) (err error) {
		out.Claimed, err = s.claimed(tx)
		return err
	})
	return out, err
}

// CreateRequest makes an account.
type CreateRequest struct {
	Name        string `json:"name" required:"true" maxLength:"32" doc:"1 to 32 of a-z, 0-9, dot, dash and underscore"`
	Passphrase  string `json:"passphrase" required:"true" maxLength:"1024" doc:"8 to 128 characters"`
	DisplayName string `json:"display_name,omitempty" maxLength:"128"`
	SetupToken  string `json:"setup_token,omitempty" maxLength:"128" doc:"from the set-up link, for the first account"`
	Invite      string `json:"invite,omitempty" maxLength:"128" doc:"token of an invitation, for all others"`
	Client      string `json:"client,omitempty" maxLength:"200"`
}

// founding is an account before its transaction.
type founding struct {
	*identity.Founded
	record   record
	key      vault.Key
	vault    *vault.Vault
	recovery *vault.RecoveryKey
}

func (s *slice) create(ctx context.Context, req CreateRequest) (Opened, error) {
	name, err := protocol.ParseName(req.Name)
	if err != nil {
		return Opened{}, feature.ErrBadRequest.With("%s", protocol.ErrName)
	}
	if req.DisplayName == "" {
		req.DisplayName = req.Name
	}
	if err := checkDisplayName(req.DisplayName); err != nil {
		return Opened{}, err
	}
	if err := checkPassphrase(req.Passphrase, req.Name); err != nil {
		return Opened{}, err
	}
	if err := s.Store.View(func(tx feature.Tx) error { // before anything expensive is done for a stranger
		_, err := s.mayFound(ctx, tx, req, name)
		return err
	}); err != nil {
		return Opened{}, err
	}
	f, err := s.prepare(ctx, name, req.Passphrase)
	if err != nil {
		return Opened{}, err
	}
	return s.enter(ctx, f.record.Acct, f.key, req.Client, func(tx feature.Tx) (record, *vault.Vault, error) {
		if f.record.Owner, err = s.mayFound(ctx, tx, req, name); err != nil {
			return record{}, nil, err
		}
		if !f.record.Owner && !feature.ActorOf(ctx).Control {
			if err := s.useInvite(tx, req.Invite); err != nil {
				return record{}, nil, err
			}
		}
		return f.record, f.vault, s.found(tx, f, req.DisplayName)
	})
}

// mayFound checks the right to make an account, then that the name is free; it says whether it makes the owner of the node.
func (s *slice) mayFound(ctx context.Context, tx feature.Tx, req CreateRequest, name protocol.Name) (owner bool, err error) {
	claimed, err := s.claimed(tx)
	if err != nil {
		return false, err
	}
	want := SetupToken(s.Keys, s.Node)
	switch {
	case feature.ActorOf(ctx).Control:
	case req.SetupToken != "" && claimed:
		return false, errClaimed
	case !claimed && subtle.ConstantTimeCompare([]byte(req.SetupToken), []byte(want)) != 1:
		return false, errSetupToken
	case claimed:
		if _, err := s.loadInvite(tx, req.Invite); err != nil {
			return false, err
		}
	}
	taken, err := tx.Has(s.nameKey(name))
	if err == nil && taken {
		err = errNameTaken
	}
	return !claimed, err
}

// prepare makes the keys and the vault of an account, which the passphrase, the recovery key and the node open.
func (s *slice) prepare(ctx context.Context, name protocol.Name, passphrase string) (*founding, error) {
	recovery, err := vault.NewRecoveryKey(s.Random)
	if err != nil {
		return nil, err
	}
	commit := recovery.RK().Commit()
	founded, err := identity.NewAccount(s.Random, s.Now(), identity.Founding{RecCommit: &commit, PeerID: []byte(s.Node.PeerID())})
	if err != nil {
		return nil, err
	}
	key, err := vault.NewKey(s.Random)
	if err != nil {
		return nil, err
	}
	f := &founding{
		Founded: founded, key: key, vault: vault.New(founded.Log.Account()), recovery: recovery,
		record: record{Acct: protocol.Account(founded.Log.Account()), Name: name, Created: millis(s.Now())},
	}
	err = s.gate.do(ctx, func() error {
		_, err := f.vault.Add(s.Random, key, vault.NewPassphrase(passphrase, s.cost))
		return err
	})
	for _, u := range []vault.Unlocker{recovery, s.Keys.NodeSlot()} {
		if err == nil {
			_, err = f.vault.Add(s.Random, key, u)
		}
	}
	return f, err
}

// found writes all there is of a new account but its vault, which its first session joins.
func (s *slice) found(tx feature.Tx, f *founding, display string) error {
	acct, name := f.record.Acct, f.record.Name
	if err := s.save(tx, f.record); err != nil {
		return err
	}
	if err := tx.Put(s.Realms.Node(), s.nameKey(name), acct[:]); err != nil {
		return err
	}
	realm, err := s.Keys.Enrol(tx, acct, f.key, feature.Device{ID: protocol.Device(f.Device), AIK: f.AIK, DeviceKeys: f.Keys})
	if err != nil {
		return err
	}
	if err := storage.PutAs(tx, realm, recoveryRowKey(realm), recoveryRow{Key: f.recovery.Text()}); err != nil {
		return err
	}
	if err := s.drawLink(tx, realm); err != nil {
		return err
	}
	if err := s.Directory.Publish(tx, acct, name, f.Log.From(0)); err != nil {
		return err
	}
	return s.Found(tx, feature.Founding{Account: acct, Name: name, Display: display, Realm: realm})
}
