// Package typing is the slice of telling others of a conversation that somebody writes.
//
// It is told by a signal: encrypted, never kept, and over by itself after 6 seconds. The slice promises that nothing is told of
// an account that does not want it or seems offline, that such an account is told nothing either, and that what it costs does
// not grow with how many write: each account is told of every 3 seconds at the most, and of the members of a group who live on
// this node at most four at a time, since pages name three.
package typing

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Times of the signal.
const (
	Every = 3 * time.Second // is how often an account is told of at the most
	Lasts = 6 * time.Second // is how long a page shows it without another
)

// atOnce is of how many accounts of this node a conversation is told at a time.
const atOnce = 4

// remembered bounds the conversations and accounts whose last signal is remembered.
const remembered = 4096

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "typing", Install: func(h *feature.Host) {
		s := &slice{Host: h, out: newTimes(Every), in: newTimes(Every / 2)}
		s.tell = feature.Frame[Typing](h, "typing", "Somebody writes in a conversation, for the next 6 seconds or until their message comes.")
		s.send = feature.Signal(h, s.heard)
		feature.Handle(h, "typing.tell", "POST /api/v1/conversations/{conversation}/typing",
			"Say that the caller writes now. To be repeated while it goes on, every 3 seconds at the most.", s.typing)
	}}
}

type slice struct {
	*feature.Host
	tell func(accounts []protocol.Account, data Typing)
	send func(ctx context.Context, log protocol.Log, from protocol.Account, b event.Typing) error

	out, in *times
}

// Typing is that somebody writes.
type Typing struct {
	Conversation protocol.Log     `json:"conversation"`
	Account      protocol.Account `json:"account"`
	Name         string           `json:"name" doc:"what the person calls itself; nothing vouches for it"`
	For          int              `json:"for" doc:"for how many seconds that holds without another frame"`
}

// Request names the conversation.
type Request struct {
	Conversation protocol.Log `path:"conversation"`
}

func (s *slice) typing(ctx context.Context, req Request) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	tells := false
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, who, req.Conversation)
		if err != nil {
			return err
		}
		if !c.Has(who) {
			return feature.ErrForbidden.With("You are no member of this group.")
		}
		if err := s.Permitted(tx, who, c); err != nil {
			return err
		}
		tells, err = s.tells(tx, who, c.Log)
		return err
	})
	if err != nil || !tells || !s.out.take(req.Conversation, who, s.Now(), atOnce) {
		return feature.Nothing{}, err
	}
	return feature.Nothing{}, s.send(ctx, req.Conversation, who, event.Typing{})
}

// tells tells whether an account wants others to know that it writes.
func (s *slice) tells(tx feature.Tx, who protocol.Account, log protocol.Log) (bool, error) {
	p, err := s.PrivacyOf(tx, who, log)
	if err != nil || !p.Typing {
		return false, err
	}
	hides, err := s.SeemsOffline(tx, who)
	return !hides, err
}

// heard tells the open pages of this node's members that somebody writes.
func (s *slice) heard(_ context.Context, from protocol.Account, c feature.Conversation, _ event.Typing) error {
	if !c.Has(from) || !s.in.take(c.Log, from, s.Now(), 0) {
		return nil
	}
	viewers := map[string][]protocol.Account{} // by what they call the one who writes
	err := s.Store.View(func(tx feature.Tx) error {
		for _, viewer := range c.Members {
			if viewer == from || !s.Live.Attended(viewer) || !s.Keys.Unlocked(viewer) {
				continue
			}
			shown, err := s.shows(tx, viewer, from, c)
			if err != nil {
				return err
			}
			if shown {
				name := s.NameIn(tx, viewer, c.Log, from)
				viewers[name] = append(viewers[name], viewer)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, who := range viewers {
		s.tell(who, Typing{Conversation: c.Log, Account: from, Name: name, For: int(Lasts / time.Second)})
	}
	return nil
}

// shows tells whether a viewer is told that somebody writes: not of whom it blocked, and not if it hides that itself.
func (s *slice) shows(tx feature.Tx, viewer, from protocol.Account, c feature.Conversation) (bool, error) {
	if s.Visible(tx, viewer, c) != nil {
		return false, nil
	}
	p, err := s.PrivacyOf(tx, viewer, c.Log)
	if err != nil || !p.Typing {
		return false, err
	}
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return false, err
	}
	said := protocol.Header{Author: from, Kind: event.MessageSent{}.Kind(), Ord: feature.End.Ord}
	return !veil.Hides(feature.Entry{Event: &protocol.Event{Header: said}}), nil
}

// times remembers of whom a conversation was told lately. Safe for concurrent use.
type times struct {
	every time.Duration
	kept  *lru.Cache[protocol.Log, *recent]
}

func newTimes(every time.Duration) *times {
	kept, err := lru.New[protocol.Log, *recent](remembered)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &times{every: every, kept: kept}
}
