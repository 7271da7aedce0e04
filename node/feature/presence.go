package feature

import (
	"time"

	"conclave/protocol"
)

// PresenceState says whether somebody is there.
type PresenceState string

// Whether somebody is there. Invisible is a choice that nobody else is told of: to others it is Offline.
const (
	Online    PresenceState = "online"
	Away      PresenceState = "away"
	Busy      PresenceState = "busy"
	Offline   PresenceState = "offline"
	Invisible PresenceState = "invisible"
)

// Presence is what an account is told of whether another is there.
type Presence struct {
	State    PresenceState `json:"state" enum:"online,away,busy,offline"`
	Text     string        `json:"text,omitempty" doc:"a status in the person's own words"`
	Emoji    string        `json:"emoji,omitempty"`
	LastSeen time.Time     `json:"last_seen,omitzero" doc:"to the minute; absent where the person does not tell it"`
}

// Presences registers what local accounts are told of others, and whether a local account wants to seem offline. One slice does.
func Presences(h *Host, of func(tx Tx, viewer, of protocol.Account) (*Presence, error), hides func(Tx, protocol.Account) (bool, error)) {
	h.reg.people.presence, h.reg.people.hides = of, hides
}

// PresenceOf returns whether an account is there, as a local viewer is told; nil where it is told nothing.
func (h *Host) PresenceOf(tx Tx, viewer, of protocol.Account) (*Presence, error) {
	if h.reg.people.presence == nil {
		return nil, nil
	}
	return h.reg.people.presence(tx, viewer, of)
}

// SeemsOffline tells whether a local account chose to be invisible: nothing passing is told of it.
func (h *Host) SeemsOffline(tx Tx, a protocol.Account) (bool, error) {
	if h.reg.people.hides == nil {
		return false, nil
	}
	return h.reg.people.hides(tx, a)
}
