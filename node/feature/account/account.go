// Package account is the slice of the people of a node: their accounts, passphrases, sessions, recovery keys, contact links
// and invitations, and what the owner of the node may do about them.
//
// It promises that an account is founded whole or not at all; that tokens are 256 random bits and lie in the store as hashes
// only; that an unknown name costs and answers what a wrong passphrase does; that Argon2id runs once at a time and a bounded
// number waits; that an invitation is used as often as it says, whatever races; and that a session that ends takes its live
// connections and its slot of the vault along. It refuses to lock an account out for what strangers at other addresses try,
// and to leave the node without an owner.
package account

import (
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Options of the slice. The zero value is for nodes that people use.
type Options struct {
	// Cost of passphrases; zero takes vault.StandardCost. Cheaper ones are for tests.
	Cost vault.Cost
}

// Feature is the slice.
func Feature(o Options) feature.Feature {
	if o.Cost == (vault.Cost{}) {
		o.Cost = vault.StandardCost
	}
	return feature.Feature{Name: "account", Install: func(h *feature.Host) {
		s := &slice{Host: h, cost: o.Cost, gate: newGate(), tries: newTries(h.Now)}

		feature.Start(h, s.unlockAll)
		feature.Authenticate(h, s.authenticate)
		feature.Every(h, "expire", sweepEvery, s.expire)
		feature.Links(h, s.checkLink)

		s.tellMe = feature.Frame[Me](h, "me", "what GET /api/v1/me answers changed")
		s.tellSessions = feature.Frame[feature.Nothing](h, "session", "the list of sessions changed")
		feature.MeChanged(h, s.meChanged)

		feature.Handle(h, "setup.get", "GET /api/v1/setup", "Tell whether the node has an owner yet.", s.setup, feature.ForAnybody)
		feature.Handle(h, "account.create", "POST /api/v1/accounts", "Make an account, with the set-up link or an invitation.", s.create,
			feature.ForAnybody, feature.Creates, feature.Limited(feature.BucketAuth))
		feature.Handle(h, "session.open", "POST /api/v1/sessions", "Log in.", s.open,
			feature.ForAnybody, feature.Creates, feature.Limited(feature.BucketAuth))
		feature.Handle(h, "recovery.use", "POST /api/v1/recoveries", "Set a new passphrase with the recovery key.", s.recover,
			feature.ForAnybody, feature.Creates, feature.Limited(feature.BucketAuth))

		feature.Handle(h, "me.get", "GET /api/v1/me", "Describe the own account.", s.me)
		feature.Handle(h, "me.passphrase", "PUT /api/v1/me/passphrase", "Change the passphrase; other sessions end.", s.changePassphrase,
			feature.Limited(feature.BucketAuth))
		feature.Handle(h, "me.seal", "PUT /api/v1/me/sealed", "Take the node's key out of the vault, or give it back.", s.seal,
			feature.Limited(feature.BucketAuth))
		feature.Handle(h, "me.renew_link", "POST /api/v1/me/contact-link", "Replace the contact link; the old one opens nothing more.", s.renewLink)
		feature.Handle(h, "recovery.show", "POST /api/v1/me/recovery-key", "Show the recovery key, until it is confirmed.", s.showRecovery,
			feature.Limited(feature.BucketAuth))
		feature.Handle(h, "recovery.confirm", "PUT /api/v1/me/recovery-key", "Confirm one group of the recovery key; it is then erased here.", s.confirmRecovery)
		feature.Handle(h, "session.list", "GET /api/v1/sessions", "List where the account is logged in.", s.sessions)
		feature.Handle(h, "session.close", "DELETE /api/v1/sessions/{id}", "End a session; \"current\" logs out.", s.close)

		feature.Handle(h, "account.list", "GET /api/v1/admin/accounts", "List the accounts of the node.", s.list, feature.ForOwner)
		feature.Handle(h, "account.suspend", "PUT /api/v1/admin/accounts/{acct}/suspended", "Suspend an account, or let it in again.", s.suspend, feature.ForOwner)
		feature.Handle(h, "invite.create", "POST /api/v1/admin/invites", "Make an invitation to the node.", s.invite, feature.ForOwner, feature.Creates)
		feature.Handle(h, "invite.list", "GET /api/v1/admin/invites", "List invitations.", s.invites, feature.ForOwner)
		feature.Handle(h, "invite.delete", "DELETE /api/v1/admin/invites/{id}", "Take an invitation back.", s.uninvite, feature.ForOwner)
	}}
}

type slice struct {
	*feature.Host
	cost  vault.Cost
	gate  *gate
	tries *tries

	tellMe       func([]protocol.Account, Me)
	tellSessions func([]protocol.Account, feature.Nothing)
}

// Account is an account as its owner is shown it after a log-in.
type Account struct {
	Acct        protocol.Account `json:"acct"`
	Name        protocol.Name    `json:"name"`
	DisplayName string           `json:"display_name"`
	Address     protocol.Address `json:"address"`
	Owner       bool             `json:"owner" doc:"owner of the node"`
}

// Opened is the answer that opens a session.
type Opened struct {
	Token   string  `json:"token" doc:"bearer token of the session; shown only here"`
	Account Account `json:"account"`
}

// SessionToken implements feature.SessionOpener.
func (o Opened) SessionToken() string { return o.Token }

// describe returns the account as its owner sees it; the display name is the name where none is known or can be read.
func (s *slice) describe(tx feature.Tx, r record) Account {
	a := Account{
		Acct: r.Acct, Name: r.Name, DisplayName: s.NameOf(tx, r.Acct, r.Acct),
		Address: s.Directory.LocalAddress(r.Name), Owner: r.Owner,
	}
	if a.DisplayName == "" {
		a.DisplayName = string(r.Name)
	}
	return a
}

// checkDisplayName holds for every name that people give themselves: what contacts will be told must be valid there.
func checkDisplayName(name string) error {
	if err := (event.ProfileChanged{Name: name}).Validate(); err != nil {
		return feature.ErrBadRequest.With("A display name has 1 to %d bytes and no control characters.", event.MaxName)
	}
	return nil
}
