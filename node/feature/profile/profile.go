// Package profile is the slice of what accounts call themselves: the own display name, which contacts and groups are told when it
// changes, and the names by which others introduced themselves.
//
// It promises that a name is told only in direct conversations where the account introduced itself before and in groups that it
// joined, that groups are not told an address, and that what a crash cut short is told after the next start. Names of others
// are what they say of themselves: nothing vouches for them.
package profile

import (
	"context"
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "profile", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Founded(h, s.founded)
		feature.Cards(h, s.card)
		feature.CardsIn(h, s.cardIn)

		feature.Project(h, func(tx feature.Tx, e feature.Entry, b event.ContactIntroduced) error {
			return s.told(tx, e, b.Name, b.Address)
		})
		feature.Project(h, func(tx feature.Tx, e feature.Entry, b event.ContactAccepted) error {
			return s.told(tx, e, b.Name, b.Address)
		})
		feature.Project(h, func(tx feature.Tx, e feature.Entry, b event.ProfileChanged) error {
			return s.told(tx, e, b.Name, b.Address)
		})

		h.Keys.OnUnlock(s.tell)
		feature.OnGroupMoved(h, s.moved)
		feature.Handle(h, "profile.set", "PUT /api/v1/me/profile", "Change the display name; contacts are told.", s.set)
	}}
}

type slice struct{ *feature.Host }

// own is an account's own profile, in its realm.
type own struct {
	Name    protocol.Name `cbor:"0,keyasint"`
	Display string        `cbor:"1,keyasint"`
}

// card is what an account said of itself in a log, in the realm of that log; the newest of the log counts.
type card struct {
	Place   protocol.Place `cbor:"0,keyasint"`
	Name    string         `cbor:"1,keyasint"`
	Address string         `cbor:"2,keyasint,omitempty"`
}

func key(r *storage.Realm, a protocol.Account) storage.Key {
	return r.Key(storage.Profile, storage.H(a[:]))
}

func (s *slice) founded(tx feature.Tx, f feature.Founding) error {
	return storage.PutAs(tx, f.Realm, key(f.Realm, f.Account), own{Name: f.Name, Display: f.Display})
}

func (s *slice) own(tx feature.Tx, acct protocol.Account) (own, *storage.Realm, error) {
	realm, err := s.Realms.Account(acct)
	if err != nil {
		return own{}, nil, err
	}
	o, err := storage.GetAs[own](tx, realm, key(realm, acct))
	if errors.Is(err, storage.ErrNotFound) {
		return own{}, realm, feature.ErrNotFound
	}
	return o, realm, err
}

// card returns how an account calls itself towards a local viewer, the zero Card where it did not say.
func (s *slice) card(tx feature.Tx, viewer, of protocol.Account) (feature.Card, error) {
	if viewer == of {
		o, _, err := s.own(tx, viewer)
		if err != nil {
			return feature.Card{}, err
		}
		return feature.Card{Name: o.Display, Address: s.Directory.LocalAddress(o.Name)}, nil
	}
	log := protocol.DirectLog(viewer, of)
	if met, err := s.Keys.Holds(tx, viewer, log); !met || err != nil {
		return feature.Card{}, err
	}
	return s.cardIn(tx, log, of)
}

// cardIn returns how an account calls itself in a log, the zero Card where it did not say.
func (s *slice) cardIn(tx feature.Tx, log protocol.Log, of protocol.Account) (feature.Card, error) {
	c, _, err := s.said(tx, log, of)
	if errors.Is(err, feature.ErrNotFound) {
		return feature.Card{}, nil
	}
	return feature.Card{Name: c.Name, Address: protocol.Address(c.Address)}, err
}

// said returns what an account said last of itself in a log, the zero card if nothing.
func (s *slice) said(tx feature.Tx, log protocol.Log, who protocol.Account) (card, *storage.Realm, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return card{}, nil, err
	}
	c, err := storage.GetAs[card](tx, realm, key(realm, who))
	if errors.Is(err, storage.ErrNotFound) {
		return card{}, realm, nil
	}
	return c, realm, err
}

// told keeps what the author of an event says of himself, unless a later event of the log said something else before.
func (s *slice) told(tx feature.Tx, e feature.Entry, name, address string) error {
	had, realm, err := s.said(tx, e.Log, e.Author)
	if err != nil {
		return err
	}
	if e.Place().Compare(had.Place) <= 0 {
		return nil
	}
	return storage.PutAs(tx, realm, key(realm, e.Author), card{Place: e.Place(), Name: name, Address: address})
}

// SetRequest changes the caller's display name.
type SetRequest struct {
	DisplayName string `json:"display_name" required:"true" maxLength:"128"`
}

func (s *slice) set(ctx context.Context, req SetRequest) (feature.Nothing, error) {
	if err := (event.ProfileChanged{Name: req.DisplayName}).Validate(); err != nil {
		return feature.Nothing{}, feature.ErrBadRequest.With("A display name has 1 to %d bytes and no control characters.", event.MaxName)
	}
	acct := feature.ActorOf(ctx).Account
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		o, realm, err := s.own(tx, acct)
		if err != nil {
			return err
		}
		o.Display = req.DisplayName
		return storage.PutAs(tx, realm, key(realm, acct), o)
	})
	if err != nil {
		return feature.Nothing{}, err
	}
	s.TellMe(acct)
	return feature.Nothing{}, s.tell(ctx, acct)
}

// tellBatch is how many conversations one transaction tells.
const tellBatch = 32

// tell brings the account's name to every direct conversation in which it introduced itself by another one, and to every group
// that does not know it. It is done again at each unlocking, so that a crash leaves nobody out.
func (s *slice) tell(ctx context.Context, acct protocol.Account) error {
	logs, err := s.behind(acct)
	if err != nil {
		return fmt.Errorf("tell contacts of a new name: %w", err)
	}
	for len(logs) > 0 {
		batch := logs[:min(tellBatch, len(logs))]
		logs = logs[len(batch):]
		err := s.Store.Update(ctx, func(tx feature.Tx) error {
			for _, log := range batch {
				if err := s.catchUp(tx, acct, log); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("tell contacts of a new name: %w", err)
		}
	}
	return nil
}

// catchUp tells one conversation, if it knows the account by another name.
func (s *slice) catchUp(tx feature.Tx, acct protocol.Account, log protocol.Log) error {
	body, late, err := s.late(tx, acct, log)
	if err != nil || !late {
		return err
	}
	_, err = s.Timeline.Append(tx, feature.Draft{Log: log, Author: acct, Body: body})
	return err
}

// behind lists the conversations that know the account by another name.
func (s *slice) behind(acct protocol.Account) (out []protocol.Log, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		logs, err := s.Timeline.Logs(tx, acct)
		for _, log := range logs {
			_, late, err := s.late(tx, acct, log)
			if err != nil {
				return err
			}
			if late {
				out = append(out, log)
			}
		}
		return err
	})
	return out, err
}

// late returns what a conversation has to be told; false for nothing.
func (s *slice) late(tx feature.Tx, acct protocol.Account, log protocol.Log) (body event.ProfileChanged, late bool, err error) {
	o, _, err := s.own(tx, acct)
	if errors.Is(err, feature.ErrNotFound) {
		return body, false, nil
	}
	if err != nil {
		return body, false, err
	}
	c, err := s.Timeline.Conversation(tx, log)
	if err != nil {
		return body, false, err
	}
	said, _, err := s.said(tx, log, acct)
	if err != nil || said.Name == o.Display {
		return body, false, err
	}
	body.Name = o.Display
	if c.Group() {
		standing, err := s.Groups.Standing(tx, log, acct)
		return body, standing == feature.GroupJoined && c.Has(acct), err
	}
	body.Address = s.address(o.Name)
	return body, said.Name != "" && s.Visible(tx, acct, c) == nil, nil
}

// address is what contacts are told; a name without a host leads nowhere and is not told.
func (s *slice) address(n protocol.Name) string {
	a := s.Directory.LocalAddress(n)
	if _, host, err := a.Split(); err != nil || host == "" {
		return ""
	}
	return string(a)
}
