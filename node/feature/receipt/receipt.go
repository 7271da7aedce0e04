// Package receipt is the slice of reading: how far each account got in a conversation, what that leaves unread, and telling the
// others of it.
//
// It promises that a cursor never moves back, that others are told only of what an account says it read, never of what it
// merely wrote after, and that a peer cannot mark as read what is not here yet. A cursor always stands on a message of the
// other: messages of one author come in their order, so what was on its way while the reader wrote stays unread.
package receipt

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "receipt", Install: func(h *feature.Host) {
		tallies, err := lru.New[tallyKey, tally](talliesKept)
		if err != nil {
			panic(err) // only for a size below one
		}
		told, err := lru.New[protocol.Log, cursors](cursorsKept)
		if err != nil {
			panic(err)
		}
		s := &slice{Host: h, tallies: tallies, told: told, from: map[protocol.Log]protocol.Place{}}
		feature.Project(h, s.wrote)
		feature.Hidden(h, s.unwrote)
		feature.Receipts(h, s.received)
		feature.Cursors(h, s.cursor)
		feature.Unread(h, s.unread)
		feature.Annotate(h, "reach", s.reach)

		feature.Handle(h, "receipt.read", "PUT /api/v1/conversations/{conversation}/read",
			"Say that a message and everything before it was read.", s.read)
		feature.Handle(h, "receipt.list", "GET /api/v1/conversations/{conversation}/messages/{message}/receipts",
			"Who has an own message, and who read it.", s.info)
	}}
}

type slice struct {
	*feature.Host
	tallies *lru.Cache[tallyKey, tally] // each is compared with the store before it counts
	told    *lru.Cache[protocol.Log, cursors]

	mu   sync.Mutex // guards from
	from map[protocol.Log]protocol.Place
}
