package invite

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// asked is a request to join, in the realm of the group.
type asked struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Name    string           `cbor:"1,keyasint"`
	At      uint64           `cbor:"2,keyasint"` // Unix milliseconds
	Invite  ID               `cbor:"3,keyasint"`
	Ticket  []byte           `cbor:"4,keyasint"`
}

// Requests are kept for as long as the node of who asked waits for the answer, and so many of them.
const (
	askedFor = 30 * 24 * time.Hour
	maxAsked = 1000
)

func askedKey(realm *storage.Realm, who protocol.Account) storage.Key {
	return realm.Key(storage.GroupRequests, storage.H(who[:]))
}

// file keeps a request until somebody decides, and has pages look for it; a new one of the same account replaces the old one.
func (s *slice) file(tx feature.Tx, log protocol.Log, link ID, req joinRequest) error {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return err
	}
	list, err := s.waitingFor(tx, log)
	if err != nil {
		return err
	}
	if len(list) >= maxAsked && !slices.ContainsFunc(list, func(a asked) bool { return a.Account == req.Account }) {
		return feature.ErrTooMany
	}
	a := asked{Account: req.Account, Name: req.Name, At: uint64(s.Now().UnixMilli()), Invite: link, Ticket: req.Ticket}
	tx.OnCommit(func() { s.TellConversation(log) })
	return storage.PutAs(tx, realm, askedKey(realm, req.Account), a)
}

// waitingFor returns the requests of a group, the oldest first; those that are over it drops where it may write.
func (s *slice) waitingFor(tx feature.Tx, log protocol.Log) ([]asked, error) {
	out, err := sweep(s, tx, log, storage.GroupRequests, func(a asked) bool {
		return s.Now().Sub(time.UnixMilli(int64(a.At))) < askedFor
	})
	slices.SortFunc(out, func(a, b asked) int { return cmp.Compare(a.At, b.At) })
	return out, err
}

// Request is somebody who asked to join.
type Request struct {
	Account protocol.Account `json:"account"`
	Name    string           `json:"name" doc:"what it calls itself; nothing vouches for it"`
	At      time.Time        `json:"at"`
	Invite  ID               `json:"invite"`
}

// letting returns a group in which an account may add others.
func (s *slice) letting(tx feature.Tx, by protocol.Account, log protocol.Log) (feature.Conversation, error) {
	c, err := s.member(tx, by, log)
	if err == nil && !mayAdd(c.State, by) {
		err = feature.ErrRole(min(c.State.Policy().Add, membership.Admin), "let others in")
	}
	return c, err
}

func (s *slice) requests(ctx context.Context, req GroupRequest) (feature.List[Request], error) {
	by := feature.ActorOf(ctx).Account
	var out feature.List[Request]
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.letting(tx, by, req.Conversation)
		if err != nil {
			return err
		}
		list, err := s.waitingFor(tx, c.Log)
		for _, a := range list {
			if !c.Has(a.Account) {
				out.Items = append(out.Items, Request{Account: a.Account, Name: a.Name, At: time.UnixMilli(int64(a.At)), Invite: a.Invite})
			}
		}
		return err
	})
	return out, err
}

// OfRequest names who asked.
type OfRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Account      protocol.Account `path:"account"`
}

func (s *slice) acceptRequest(ctx context.Context, req OfRequest) (feature.Nothing, error) {
	return s.decide(ctx, req, func(tx feature.Tx, by protocol.Account, c feature.Conversation, a asked) error {
		if c.Has(a.Account) {
			return nil
		}
		if uint64(c.State.Len()) >= c.State.Policy().MaxMembers {
			return feature.ErrFull
		}
		if err := s.answer(tx, c.Log, by, a.Account, a.Ticket); err != nil {
			return err
		}
		return s.used(tx, c.Log, a.Invite)
	})
}

func (s *slice) declineRequest(ctx context.Context, req OfRequest) (feature.Nothing, error) {
	return s.decide(ctx, req, func(feature.Tx, protocol.Account, feature.Conversation, asked) error { return nil })
}

// decide runs fn on a request and forgets it.
func (s *slice) decide(ctx context.Context, req OfRequest, fn func(feature.Tx, protocol.Account, feature.Conversation, asked) error) (feature.Nothing, error) {
	by := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.letting(tx, by, req.Conversation)
		if err != nil {
			return err
		}
		realm, err := s.Realms.Conversation(tx, c.Log)
		if err != nil {
			return err
		}
		a, err := storage.GetAs[asked](tx, realm, askedKey(realm, req.Account))
		if errors.Is(err, storage.ErrNotFound) {
			return feature.ErrNotFound
		}
		if err != nil {
			return err
		}
		tx.Delete(askedKey(realm, req.Account))
		return fn(tx, by, c, a)
	})
}

// used counts a use of a link that is still there.
func (s *slice) used(tx feature.Tx, log protocol.Log, id ID) error {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return err
	}
	r, err := storage.GetAs[row](tx, realm, key(realm, id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Uses++
	return storage.PutAs(tx, realm, key(realm, id), r)
}
