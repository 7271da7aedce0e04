// Package receipt is the slice of reading: how far each account got in a conversation, what that leaves unread, and telling the
// others of it.
//
// It promises that a cursor never moves back, that others are told only of what an account says it read, never of what it
// merely wrote after, and that a peer cannot mark as read what is not here yet. A cursor always stands on a message of the
// other: messages of one author come in their order, so what was on its way while the reader wrote stays unread.
package receipt

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/node/feature"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "receipt", Install: func(h *feature.Host) {
		tallies, err := lru.New[tallyKey, tally](talliesKept)
		if err != nil {
			panic(err) // only for a size below one
		}
		s := &slice{h, tallies}
		feature.Project(h, s.wrote)
		feature.Hidden(h, s.unwrote)
		feature.Receipts(h, s.received)
		feature.Cursors(h, s.cursor)
		feature.Unread(h, s.unread)

		feature.Handle(h, "receipt.read", "PUT /api/v1/conversations/{conversation}/read",
			"Say that a message and everything before it was read.", s.read)
	}}
}

type slice struct {
	*feature.Host
	tallies *lru.Cache[tallyKey, tally] // each is compared with the store before it counts
}
