package conversation

import (
	"context"
	"errors"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// A field of a group's meta data travels in an operation of at most 4 KiB. A picture or a long text does not fit: the field holds
// the name of the content, an event of the log the content itself. A member that has the operations but may not read so far
// back asks other members' nodes for the content of that name.

func mayDetail(e *protocol.Event, then *membership.State, _ event.ConversationDetailed) error {
	if !then.Allows(e.Author, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Picture, Value: []byte{}}}}) {
		return feature.ErrForbidden
	}
	return nil
}

func (s *slice) detailed(tx feature.Tx, e feature.Entry, b event.ConversationDetailed) error {
	return s.keep(tx, e.Log, event.DetailName(e.Log, b.Content), b.Content)
}

func (s *slice) keep(tx feature.Tx, log protocol.Log, name [32]byte, content []byte) error {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return err
	}
	return tx.Put(realm, realm.Key(storage.GroupDetails, storage.H(name[:])), content)
}

// detail returns a content by its name; nil while it is not here.
func (s *slice) detail(tx feature.Tx, log protocol.Log, name [32]byte) ([]byte, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	content, err := tx.Get(realm, realm.Key(storage.GroupDetails, storage.H(name[:])))
	if errors.Is(err, storage.ErrNotFound) {
		s.want(log, name)
		return nil, nil
	}
	return content, err
}

// wanted is a content that is not here.
type wanted struct {
	log  protocol.Log
	name [32]byte
}

// search is when a wanted content is asked for next.
type search struct {
	next time.Time
	wait time.Duration
}

// How long a search waits, at first and at the most, how many there are, and how many members' nodes one round asks.
const (
	searchFirst   = 10 * time.Second
	searchLongest = time.Hour
	maxSearches   = 1000
	maxAsked      = 3
)

func (s *slice) want(log protocol.Log, name [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := wanted{log, name}
	if s.wanted[w] == nil && len(s.wanted) < maxSearches {
		s.wanted[w] = &search{next: s.Now().Add(searchFirst), wait: searchFirst}
	}
}

// due returns what is to be asked for now.
func (s *slice) due() (out []wanted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	for w, at := range s.wanted {
		if !now.Before(at.next) {
			at.wait = min(2*at.wait, searchLongest)
			at.next = now.Add(at.wait)
			out = append(out, w)
		}
	}
	return out
}

// search asks members' nodes for contents that are still wanted.
func (s *slice) search(ctx context.Context) error {
	for _, w := range s.due() {
		ask, err := s.whom(w)
		switch {
		case errors.Is(err, feature.ErrLocked):
			continue
		case err != nil && !errors.Is(err, feature.ErrNotFound):
			return err
		}
		found := len(ask) == 0
		for _, who := range ask {
			content, err := s.Directory.Ask(ctx, who, kindDetail, canon.MustMarshal(detailRequest{w.log, w.name}))
			if err != nil || len(content) > event.MaxDetail || event.DetailName(w.log, content) != w.name {
				continue
			}
			if err := s.Store.Update(ctx, func(tx feature.Tx) error {
				return s.keep(tx, w.log, w.name, content)
			}); err != nil {
				return err
			}
			found = true
			s.TellConversation(w.log)
			break
		}
		if found {
			s.mu.Lock()
			delete(s.wanted, w)
			s.mu.Unlock()
		}
	}
	return nil
}

// whom returns members of other nodes to ask for a content, the most senior first; none where it is not wanted any more.
func (s *slice) whom(w wanted) (out []protocol.Account, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.Timeline.Conversation(tx, w.log)
		if err != nil || c.State == nil || !shows(c.State, w.name) {
			return err
		}
		realm, err := s.Realms.Conversation(tx, w.log)
		if err != nil {
			return err
		}
		if had, err := tx.Has(realm.Key(storage.GroupDetails, storage.H(w.name[:]))); had || err != nil {
			return err
		}
		for _, who := range append(c.State.Officers(), c.Members...) {
			if len(out) == maxAsked {
				break
			}
			if !s.Directory.Local(tx, who) && s.Delivery.Reach(who).Connected {
				out = append(out, who)
			}
		}
		if len(out) == 0 {
			return feature.ErrLocked // nobody to ask now
		}
		return nil
	})
	return out, err
}

// kindDetail asks a member's node for the content of a name that a field holds now.
const kindDetail = "group.detail"

type detailRequest struct {
	Log  protocol.Log `cbor:"0,keyasint"`
	Name [32]byte     `cbor:"1,keyasint"`
}

// serveDetail answers whoever knows the name: members only do, and it is too long to guess.
func (s *slice) serveDetail(_ context.Context, _ string, body []byte) (content []byte, err error) {
	req, err := canon.Unmarshal[detailRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.Timeline.Conversation(tx, req.Log)
		if err != nil {
			return feature.ErrNotFound
		}
		if c.State == nil || !shows(c.State, req.Name) {
			return feature.ErrNotFound
		}
		content, err = s.detail(tx, req.Log, req.Name)
		if err == nil && content == nil {
			return feature.ErrNotFound
		}
		return err
	})
	return content, err
}
