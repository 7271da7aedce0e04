package presence

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Auto is the choice to be what follows from the open pages.
const Auto feature.PresenceState = "auto"

// maxAhead bounds how far ahead a status ends.
const maxAhead = 366 * 24 * time.Hour

// choice is what an account chose, in its realm.
type choice struct {
	State feature.PresenceState `cbor:"0,keyasint,omitempty"` // none: automatic
	Text  string                `cbor:"1,keyasint,omitempty"`
	Emoji string                `cbor:"2,keyasint,omitempty"`
	Until uint64                `cbor:"3,keyasint,omitempty"` // when state and status are over, Unix milliseconds
}

func choiceKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("presence")))
}

// chosen returns what an account chose, as far as that holds now.
func (s *slice) chosen(tx feature.Tx, a protocol.Account) (choice, error) {
	realm, err := s.Realms.Account(a)
	if err != nil {
		return choice{}, err
	}
	c, err := storage.GetAs[choice](tx, realm, choiceKey(realm))
	if errors.Is(err, storage.ErrNotFound) || err == nil && c.Until > 0 && s.Now().UnixMilli() >= int64(c.Until) {
		return choice{}, nil
	}
	return c, err
}

// hides tells whether an account wants to seem offline.
func (s *slice) hides(tx feature.Tx, a protocol.Account) (bool, error) {
	c, err := s.chosen(tx, a)
	return c.State == feature.Invisible, err
}

// OwnPresence is what the own account is.
type OwnPresence struct {
	State     feature.PresenceState `json:"state" enum:"online,away,busy,offline" doc:"what others who may know are told"`
	Chosen    feature.PresenceState `json:"chosen" enum:"auto,away,busy,invisible"`
	Text      string                `json:"text"`
	Emoji     string                `json:"emoji"`
	ExpiresAt time.Time             `json:"expires_at,omitzero" doc:"when choice and status are over"`
}

// state is what an account is: what it chose while it is there, else what follows from its pages. Called with the lock.
func (s *slice) state(me *self, c choice, there bool) feature.PresenceState {
	now := s.Now()
	switch {
	case !there && (me.left.IsZero() || now.Sub(me.left) >= Grace), c.State == feature.Invisible:
		return feature.Offline
	case c.State == feature.Busy, c.State == feature.Away:
		return c.State
	case now.Sub(me.active) >= Idle:
		return feature.Away
	}
	return feature.Online
}

func (s *slice) mine(a protocol.Account, c choice) OwnPresence {
	there := s.Live.Attended(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := OwnPresence{State: s.state(s.self(a), c, there), Chosen: c.State, Text: c.Text, Emoji: c.Emoji}
	if out.Chosen == "" {
		out.Chosen = Auto
	}
	if c.Until > 0 {
		out.ExpiresAt = time.UnixMilli(int64(c.Until)).UTC()
	}
	return out
}

// self is what is known of an account in this run. Called with the lock.
func (s *slice) self(a protocol.Account) *self {
	me := s.own[a]
	if me == nil {
		me = &self{told: map[protocol.Account]told{}}
		s.own[a] = me
	}
	return me
}

func (s *slice) get(ctx context.Context, _ feature.Nothing) (out OwnPresence, err error) {
	who := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.chosen(tx, who)
		out = s.mine(who, c)
		return err
	})
	return out, err
}

// SetRequest is what an account chooses.
type SetRequest struct {
	State     feature.PresenceState `json:"state" required:"true" enum:"auto,away,busy,invisible" doc:"auto follows from the open pages; invisible is offline to everybody else"`
	Text      string                `json:"text,omitempty" maxLength:"100" doc:"a status in own words; empty for none"`
	Emoji     string                `json:"emoji,omitempty" maxLength:"16"`
	ExpiresAt *time.Time            `json:"expires_at,omitempty" doc:"when both are over; absent: not by themselves"`
}

func (r SetRequest) choice(now time.Time) (choice, error) {
	c := choice{State: r.State, Text: r.Text, Emoji: r.Emoji}
	switch r.State {
	case Auto:
		c.State = ""
	case feature.Away, feature.Busy, feature.Invisible:
	default:
		return c, feature.ErrBadRequest.With("A state is auto, away, busy or invisible.")
	}
	if event.CheckStatus(r.Text, r.Emoji) != nil {
		return c, feature.ErrBadRequest.With("A status has at most %d bytes and no control characters.", event.MaxStatusText)
	}
	if r.ExpiresAt == nil {
		return c, nil
	}
	if ahead := r.ExpiresAt.Sub(now); ahead <= 0 || ahead > maxAhead {
		return c, feature.ErrBadRequest.With("A status ends within a year.")
	}
	c.Until = uint64(r.ExpiresAt.UnixMilli())
	return c, nil
}

func (s *slice) set(ctx context.Context, req SetRequest) (OwnPresence, error) {
	who := feature.ActorOf(ctx).Account
	c, err := req.choice(s.Now())
	if err != nil {
		return OwnPresence{}, err
	}
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		tx.OnCommit(func() { s.stir(who) })
		if c == (choice{}) {
			tx.Delete(choiceKey(realm))
			return nil
		}
		return storage.PutAs(tx, realm, choiceKey(realm), c)
	})
	return s.mine(who, c), err
}

func (s *slice) active(ctx context.Context, _ feature.Nothing) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	s.mu.Lock()
	me := s.self(who)
	idle := s.Now().Sub(me.active) >= Idle
	me.active = s.Now()
	s.mu.Unlock()
	if idle {
		s.stir(who)
	}
	return feature.Nothing{}, nil
}

// attended is told that the first page of an account was opened, or the last one closed.
func (s *slice) attended(a protocol.Account, _ bool) {
	there := s.Live.Attended(a)
	s.mu.Lock()
	me := s.self(a)
	switch {
	case !there:
		if me.left.IsZero() {
			me.left = s.Now()
		}
	default:
		me.left = time.Time{}
		if me.active.IsZero() {
			me.active = s.Now()
		}
	}
	s.mu.Unlock()
	s.stir(a)
}

// chose is told that an account chose other privacy settings: what it is told of others changes as well.
func (s *slice) chose(a protocol.Account) {
	s.mu.Lock()
	me := s.self(a)
	me.listed = time.Time{}
	roster := me.roster
	var of []protocol.Account
	for other := range s.known[a] {
		of = append(of, other)
	}
	s.mu.Unlock()
	s.stir(a)
	for _, e := range roster {
		s.TellConversation(e.log)
	}
	for _, other := range of {
		s.retell(a, other)
	}
}
