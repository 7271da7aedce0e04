// Package contact is the slice of who knows whom: introductions by contact link or by address, requests, accepting, blocking.
//
// It promises that nobody becomes a contact without consent: holding an account's contact link is consent, everything else
// is a request that shows no text until it is accepted. A blocked person's traffic ends at the door. An answer that an
// introduction is owed is given once, over any crash. It refuses oneself, and more than maxRequests open requests.
//
// How a local account stands to another is a row in the realm of their direct log; the log's events write it, and so do the
// account's own decisions.
package contact

import (
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "contact", Install: func(h *feature.Host) {
		s := &slice{Host: h, late: map[debt]bool{}}
		s.tell = feature.Frame[Contact](h, "contact", "A contact is new or changed.")
		s.tellDeleted = feature.Frame[Deleted](h, "contact.deleted", "A contact or a request was deleted here.")

		feature.Project(h, s.introduced)
		feature.Project(h, s.accepted)
		feature.Project(h, s.wrote)
		feature.Notice(h, s.noticeIntroduced)
		feature.Notice(h, s.noticeAccepted)

		feature.Door(h, s.door)
		feature.Sight(h, s.sight)
		feature.Permit(h, s.permit)
		feature.Veiled(h, s.veil)
		feature.Standings(h, s.standing)

		feature.Follow(h, s.logged)
		h.Keys.OnUnlock(s.answerAll)
		feature.Every(h, "answer", time.Minute, s.answerLate)
		h.Directory.Serve(kindCard, s.serveCard)

		feature.Exports(h, "contacts", s.all)
		feature.Handle(h, "contact.preview", "POST /api/v1/contacts/preview",
			"Look at whom a contact link or an address names. The person is not told.", s.preview)
		feature.Handle(h, "contact.add", "POST /api/v1/contacts",
			"Take up contact: at once by a contact link, as a request by an address.", s.add, feature.Creates)
		feature.Handle(h, "contact.list", "GET /api/v1/contacts", "List contacts and requests.", s.list)
		feature.Handle(h, "contact.accept", "POST /api/v1/contacts/{acct}/accept", "Accept a request.", s.accept)
		feature.Handle(h, "contact.block", "POST /api/v1/contacts/{acct}/block",
			"Block a person: nothing of theirs is taken any more, and they are not told.", s.block)
		feature.Handle(h, "contact.unblock", "POST /api/v1/contacts/{acct}/unblock",
			"Unblock a person, who is then what they were before.", s.unblock)
		feature.Handle(h, "contact.delete", "DELETE /api/v1/contacts/{acct}",
			"Delete a contact or a request here; a new message makes a new request.", s.delete)
	}}
}

type slice struct {
	*feature.Host
	tell        func(accounts []protocol.Account, data Contact)
	tellDeleted func(accounts []protocol.Account, data Deleted)

	mu   sync.Mutex // guards late
	late map[debt]bool
}
