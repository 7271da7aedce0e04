package contact

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

func (s *slice) add(ctx context.Context, req LeadRequest) (Contact, error) {
	f, err := s.find(ctx, req)
	if err != nil {
		return Contact{}, err
	}
	owner := feature.ActorOf(ctx).Account
	var out Contact
	created := false
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.open(tx, owner, f.account)
		if err != nil {
			return err
		}
		if err := s.permit(tx, owner, c); err != nil {
			return err
		}
		had, err := s.load(tx, c.Log, owner)
		if err != nil {
			return err
		}
		created = had.State == ""
		if err := s.takeUp(tx, c, owner, had, f); err != nil {
			return err
		}
		out, err = s.describe(tx, owner, c)
		return err
	})
	out.created = created
	return out, err
}

// open opens the direct log.
func (s *slice) open(tx feature.Tx, owner, other protocol.Account) (feature.Conversation, error) {
	if !s.Keys.Unlocked(owner) {
		return feature.Conversation{}, feature.ErrLocked
	}
	return s.Timeline.OpenDirect(tx, owner, other)
}

// takeUp does what is missing to be in contact: accept a request, introduce oneself, or nothing.
func (s *slice) takeUp(tx feature.Tx, c feature.Conversation, owner protocol.Account, had row, f found) error {
	switch had.State {
	case feature.ContactAccepted:
		return nil
	case feature.ContactPending:
		if f.secret == nil {
			return nil
		}
	case feature.ContactRequested:
		return s.appendAccepted(tx, c.Log, owner)
	}
	own, err := s.ownCard(tx, owner)
	if err != nil {
		return err
	}
	err = s.change(tx, c, owner, func(r *row) {
		r.Name, r.Address = f.card.Name, string(f.card.Address)
	})
	if err != nil {
		return err
	}
	body := event.ContactIntroduced{Name: own.Name, Address: string(own.Address), Secret: f.secret}
	_, err = s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: owner, Body: body})
	return err
}

// get returns how an account stands to another; feature.ErrNotFound where they have no log here.
func (s *slice) get(tx feature.Tx, owner, other protocol.Account) (feature.Conversation, row, error) {
	if !s.Keys.Unlocked(owner) {
		return feature.Conversation{}, row{}, feature.ErrLocked
	}
	c, err := s.Timeline.Conversation(tx, protocol.DirectLog(owner, other))
	if errors.Is(err, feature.ErrLocked) {
		return feature.Conversation{}, row{}, feature.ErrNotFound // the owner holds no key of it
	}
	if err != nil {
		return feature.Conversation{}, row{}, err
	}
	r, err := s.load(tx, c.Log, owner)
	return c, r, err
}
