// Package presence is the slice of who is there: online, away, busy or offline, with a status in one's own words, and when
// somebody was there last.
//
// What an account is follows from its open pages and what it chose. Contacts of other nodes are told by signals: encrypted, kept
// in no log, one message for all contacts of a node, every 10 seconds at the most for an account. What is told is over after 11
// minutes, or when the connection with the node is gone for a minute: nobody stays online whose node died.
//
// The slice promises that only those are told whom the account's privacy settings name, that whoever tells nobody is told of
// nobody, and that nothing is told more exactly than to the minute. What others are is kept in memory; when they were there last
// lies in the realm of the account that was told, one row for each contact.
package presence

import (
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Times of presence.
const (
	Idle   = 5 * time.Minute  // without a sign of activity until somebody is away
	Grace  = 15 * time.Second // from the last page that is closed until somebody is offline: pages are loaded again
	Pause  = 10 * time.Second // between two messages of an account
	Renew  = 5 * time.Minute  // until what was told is told again
	Lasts  = 11 * time.Minute // how long what was told holds
	Silent = time.Minute      // without a connection with its node until somebody is offline
)

// rosterFor is how long the list of those who may be told is used.
const rosterFor = time.Minute

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "presence", Install: func(h *feature.Host) {
		s := &slice{Host: h, own: map[protocol.Account]*self{}, known: map[protocol.Account]map[protocol.Account]shown{}, talks: map[protocol.Log][]protocol.Account{}}
		s.tell = feature.Frame[ContactPresence](h, "presence", "A contact came, went, or has another status.")
		s.tellMine = feature.Frame[OwnPresence](h, "presence.own", "What the own account is, as others who may know are told.")
		feature.Signal(h, s.heard)
		s.spread = feature.Spread[event.PresenceShown](h)
		feature.Presences(h, s.of, s.hides)
		feature.OnAttend(h, s.attended)
		feature.PrivacyChanged(h, s.chose)
		feature.ConversationChanged(h, s.talked)
		feature.Every(h, "tell", Pause, s.tendAll)

		feature.Handle(h, "presence.get", "GET /api/v1/me/presence", "What the caller is, and what it chose.", s.get)
		feature.Handle(h, "presence.set", "PUT /api/v1/me/presence", "Choose a state and a status.", s.set)
		feature.Handle(h, "presence.active", "POST /api/v1/me/activity",
			"Say that the caller does something now: without that for 5 minutes it is away. To be said once a minute at the most.", s.active)
	}}
}

type slice struct {
	*feature.Host
	tell     func(accounts []protocol.Account, data ContactPresence)
	tellMine func(accounts []protocol.Account, data OwnPresence)
	spread   spreader

	mu    sync.Mutex                                      // guards what follows
	own   map[protocol.Account]*self                      // accounts of this node that were there in this run
	known map[protocol.Account]map[protocol.Account]shown // what viewers of this node are told of others
	talks map[protocol.Log][]protocol.Account             // accounts of this node that have a conversation in their rosters; none for others that were heard of
}

// ContactPresence is what the caller is told of somebody now.
type ContactPresence struct {
	Account  protocol.Account `json:"account"`
	Presence feature.Presence `json:"presence"`
}

// self is an account of this node in this run.
type self struct {
	active time.Time   // when it did something last
	left   time.Time   // when its last page was closed; zero while one is open
	seen   time.Time   // when it was there last, as others may know
	sent   time.Time   // when others were told last
	waits  bool        // others are told at the end of the pause
	tries  int         // how often in a row nobody could be told
	mine   OwnPresence // what its own pages were told
	roster []entry
	listed time.Time // when the roster was made
	told   map[protocol.Account]told
	turn   uint64 // goes up with each cause to tell otherwise than before

	telling sync.Mutex // one at a time tells others; taken before the slice's
}

// entry is somebody with whom an account of this node has a direct conversation.
type entry struct {
	account protocol.Account
	log     protocol.Log
}

// told is what somebody was told.
type told struct {
	shown shown
	at    time.Time
}
