package contact

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
)

// ErrBlocked says that one of the two blocked the other.
var ErrBlocked = &feature.Error{Status: 403, Code: "blocked", Detail: "You blocked this person."}

// door turns away people that an account blocked, and strangers while too many requests wait.
func (s *slice) door(tx feature.Tx, local, remote protocol.Account) error {
	r, err := s.load(tx, protocol.DirectLog(local, remote), local)
	if err != nil && !errors.Is(err, feature.ErrLocked) { // locked: the log is new here, or cannot be opened now
		return err
	}
	switch r.State {
	case feature.ContactBlocked:
		return feature.ErrTurnedAway
	case "":
		realm, err := s.Realms.Account(local)
		if errors.Is(err, feature.ErrLocked) {
			return nil // asked again when the account is unlocked and the envelope opened
		}
		if err != nil {
			return err
		}
		n, err := s.requests(tx, realm)
		if err != nil {
			return err
		}
		if n >= maxRequests {
			return feature.ErrTurnedAway
		}
	}
	return nil
}

// sight hides what was not accepted.
func (s *slice) sight(tx feature.Tx, local protocol.Account, c feature.Conversation) error {
	if c.Group() {
		return nil
	}
	r, err := s.load(tx, c.Log, local)
	if err == nil && !r.visible() {
		return feature.ErrNotFound
	}
	return err
}

// permit refuses writing to a person that the author blocked, and to one on this node who blocked the author: its log is the
// same, so there is no door between them. Writing in a group that both are in stays possible.
func (s *slice) permit(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	if c.Group() {
		return nil
	}
	own, err := s.load(tx, c.Log, author)
	if err != nil {
		return err
	}
	if own.State == feature.ContactBlocked {
		return ErrBlocked
	}
	theirs, err := s.load(tx, c.Log, c.Other(author)) // no row of an account of another node
	if err == nil && theirs.State == feature.ContactBlocked {
		return ErrBlocked.With("This person takes no messages from you.")
	}
	return err
}

// veil hides from an account what people whom it blocked write in its groups.
func (s *slice) veil(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (feature.Veil, error) {
	if !c.Group() {
		return feature.Veil{}, nil
	}
	known := map[protocol.Account]bool{viewer: false}
	return feature.Veil{Hides: func(e feature.Entry) bool {
		blocked, ok := known[e.Author]
		if !ok {
			blocked = s.blocked(tx, viewer, e.Author)
			known[e.Author] = blocked
		}
		return blocked
	}}, nil
}

// blocked tells whether an account blocked another.
func (s *slice) blocked(tx feature.Tx, owner, other protocol.Account) bool {
	log := protocol.DirectLog(owner, other)
	if met, err := s.Keys.Holds(tx, owner, log); !met || err != nil {
		return false
	}
	r, err := s.load(tx, log, owner)
	return err == nil && r.State == feature.ContactBlocked
}

func (s *slice) standing(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (feature.Standing, error) {
	r, err := s.load(tx, c.Log, viewer)
	return feature.Standing{State: r.State, Name: r.Name, Address: protocol.Address(r.Address)}, err
}
