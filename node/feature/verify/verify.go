// Package verify is the slice of safety numbers: two people compare what their nodes believe about each other, and the node keeps that
// they did.
//
// It promises that a contact is told to be verified only while the keys are those that were compared: a change of either account's key,
// or a second history of the other account, shows at once and keeps the account from writing until its person decides. Nobody but the
// account's own clients learns of it. It refuses to note a number that is not the one of now, so that nobody confirms what changed under
// their eyes.
package verify

import (
	"context"
	"sync"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "verify", Install: func(h *feature.Host) {
		s := &slice{Host: h, known: map[protocol.Account]map[protocol.Account]bool{}}
		s.tell = feature.Frame[Verification](h, "verification", "A contact was verified, its safety number changed, or it is new again.")

		feature.Permit(h, s.permit)
		h.Keys.OnUnlock(s.load)
		h.Directory.OnChange(s.changed)

		feature.Exports(h, "verifications", s.all)
		feature.Handle(h, "verification.list", "GET /api/v1/verifications", "List the people whose safety number the caller compared.", s.list)
		feature.Handle(h, "verification.get", "GET /api/v1/contacts/{acct}/verification",
			"The safety number of the caller and a contact, to be compared with what the contact sees.", s.get)
		feature.Handle(h, "verification.set", "PUT /api/v1/contacts/{acct}/verification",
			"Say that the safety number is the one that the contact sees, or hand over the code on the contact's screen.", s.set)
		feature.Handle(h, "verification.remove", "DELETE /api/v1/contacts/{acct}/verification",
			"Take back that a contact is verified. After a change of the number this lets the caller write again.", s.remove)
	}}
}

type slice struct {
	*feature.Host
	tell func([]protocol.Account, Verification)

	mu    sync.Mutex
	known map[protocol.Account]map[protocol.Account]bool // compared account → unlocked accounts that compared it
}

// State says how far the keys of a contact were compared.
type State string

// States of a contact.
const (
	New      State = "new"      // nobody compared anything
	Verified State = "verified" // compared, and nothing changed since
	Changed  State = "changed"  // compared, and a key changed since
)

// note keeps in memory who is to be told of a change.
func (s *slice) note(owner, other protocol.Account, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !is:
		delete(s.known[other], owner)
	case s.known[other] == nil:
		s.known[other] = map[protocol.Account]bool{owner: true}
	default:
		s.known[other][owner] = true
	}
}

// load reads whom an account compared, when it is unlocked.
func (s *slice) load(_ context.Context, owner protocol.Account) error {
	return s.Store.View(func(tx feature.Tx) error {
		return s.rows(tx, owner, func(r row) error {
			s.note(owner, r.Account, true)
			return nil
		})
	})
}
