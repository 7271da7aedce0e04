package contact

import (
	"context"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
)

// Contact is how an account stands to another.
type Contact struct {
	Account      protocol.Account     `json:"acct"`
	Name         string               `json:"name" doc:"what the other calls itself; nothing vouches for it"`
	Address      protocol.Address     `json:"address"`
	State        feature.ContactState `json:"state" enum:"requested,pending,accepted,blocked" doc:"requested: they ask; pending: the caller asked"`
	Conversation protocol.Log         `json:"conversation"`
	CheckWords   [4]string            `json:"check_words"`
	Node         feature.Reach        `json:"node"`
	Presence     *feature.Presence    `json:"presence,omitempty" doc:"whether the person is there; absent where the caller is not told"`

	created bool
}

// Status is 201 for a contact that is new.
func (c Contact) Status() int {
	if c.created {
		return 201
	}
	return 200
}

// Deleted names a contact that is gone.
type Deleted struct {
	Account protocol.Account `json:"acct"`
}

// describe shows a contact that is there.
func (s *slice) describe(tx feature.Tx, owner protocol.Account, c feature.Conversation) (Contact, error) {
	standing, err := s.standing(tx, owner, c)
	if err != nil {
		return Contact{}, err
	}
	name, card, err := s.TitleOf(tx, owner, c, standing)
	if err != nil {
		return Contact{}, err
	}
	other := c.Other(owner)
	presence, err := s.PresenceOf(tx, owner, other)
	if err != nil {
		return Contact{}, err
	}
	return Contact{
		Account: other, Name: name, Address: card.Address, State: standing.State, Conversation: c.Log,
		CheckWords: identity.Account(other).CheckWords(), Node: s.ReachOf(tx, other), Presence: presence,
	}, nil
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (feature.List[Contact], error) {
	var out feature.List[Contact]
	err := s.Store.View(func(tx feature.Tx) (err error) {
		out.Items, err = s.all(tx, feature.ActorOf(ctx).Account)
		return err
	})
	return out, err
}

// all describes everybody to whom an account stands in some way.
func (s *slice) all(tx feature.Tx, owner protocol.Account) (out []Contact, err error) {
	logs, err := s.Timeline.Logs(tx, owner)
	if err != nil {
		return nil, err
	}
	for _, log := range logs {
		c, err := s.Timeline.Conversation(tx, log)
		if err != nil {
			return nil, err
		}
		if c.Group() {
			continue
		}
		shown, err := s.describe(tx, owner, c)
		if err != nil {
			return nil, err
		}
		if shown.State != "" {
			out = append(out, shown)
		}
	}
	return out, nil
}

// OfRequest names the person.
type OfRequest struct {
	Account protocol.Account `path:"acct"`
}

// decide runs fn on a contact that is there and returns it as it is then.
func (s *slice) decide(ctx context.Context, req OfRequest, fn func(feature.Tx, feature.Conversation, protocol.Account, row) error) (Contact, error) {
	owner := feature.ActorOf(ctx).Account
	var out Contact
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, r, err := s.get(tx, owner, req.Account)
		if err != nil {
			return err
		}
		if r.State == "" {
			return feature.ErrNotFound
		}
		if err := fn(tx, c, owner, r); err != nil {
			return err
		}
		out, err = s.describe(tx, owner, c)
		return err
	})
	return out, err
}

func (s *slice) accept(ctx context.Context, req OfRequest) (Contact, error) {
	return s.decide(ctx, req, func(tx feature.Tx, c feature.Conversation, owner protocol.Account, r row) error {
		switch r.State {
		case feature.ContactAccepted:
			return nil
		case feature.ContactRequested:
			return s.appendAccepted(tx, c.Log, owner)
		case feature.ContactBlocked:
			return ErrBlocked
		}
		return feature.ErrConflict.With("You asked; the other one has to accept.")
	})
}

func (s *slice) block(ctx context.Context, req OfRequest) (Contact, error) {
	return s.decide(ctx, req, func(tx feature.Tx, c feature.Conversation, owner protocol.Account, _ row) error {
		return s.change(tx, c, owner, func(r *row) {
			if r.State != feature.ContactBlocked {
				r.Before, r.State, r.Owes = r.State, feature.ContactBlocked, false
			}
		})
	})
}

func (s *slice) unblock(ctx context.Context, req OfRequest) (Contact, error) {
	return s.decide(ctx, req, func(tx feature.Tx, c feature.Conversation, owner protocol.Account, _ row) error {
		return s.change(tx, c, owner, func(r *row) {
			if r.State == feature.ContactBlocked {
				r.State, r.Before = r.Before, ""
			}
		})
	})
}

// delete leaves a row without a state, so that running the projections again does not bring the contact back.
func (s *slice) delete(ctx context.Context, req OfRequest) (feature.Nothing, error) {
	owner := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, r, err := s.get(tx, owner, req.Account)
		switch {
		case err != nil:
			return err
		case r.State == "":
			return feature.ErrNotFound
		case r.State == feature.ContactBlocked:
			return feature.ErrConflict.With("Unblock this person first; else the block would be lost.")
		}
		return s.change(tx, c, owner, func(r *row) {
			*r = row{Event: r.Event, At: uint64(s.Now().UnixMilli())}
		})
	})
}
