package location

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// ErrOver says that nobody is told of moves any more.
var ErrOver = &feature.Error{Status: 409, Code: "location_over", Detail: "This live location is over."}

// MoveRequest says where somebody is now.
type MoveRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Latitude     float64          `json:"latitude" required:"true" minimum:"-90" maximum:"90"`
	Longitude    float64          `json:"longitude" required:"true" minimum:"-180" maximum:"180"`
	Accuracy     int              `json:"accuracy,omitempty" minimum:"0" maximum:"20000000" doc:"meters around it"`
}

func (s *slice) move(ctx context.Context, req MoveRequest) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	to, err := feature.SharedLocation{Latitude: req.Latitude, Longitude: req.Longitude, Accuracy: req.Accuracy}.Body(s.Now())
	if err != nil {
		return feature.Nothing{}, err
	}
	var c feature.Conversation
	if err := s.Store.View(func(tx feature.Tx) error {
		c, _, err = s.own(tx, who, req.Conversation, req.Message)
		return err
	}); err != nil {
		return feature.Nothing{}, err
	}
	b := event.LocationMoved{Message: req.Message, Latitude: to.Latitude, Longitude: to.Longitude, Accuracy: to.Accuracy}
	if !s.take(b) {
		return feature.Nothing{}, nil
	}
	if err := s.show(who, c, b.Message); err != nil {
		return feature.Nothing{}, err
	}
	return feature.Nothing{}, s.send(ctx, c.Log, who, b)
}

// own returns the live location of the caller, which lasts; ErrOver where it does not.
func (s *slice) own(tx feature.Tx, who protocol.Account, log protocol.Log, message protocol.EventID) (feature.Conversation, feature.Entry, error) {
	c, e, err := s.FindMessage(tx, who, log, message)
	if err != nil {
		return c, e, err
	}
	l, ok, err := placeOf(e)
	switch {
	case err != nil:
		return c, e, err
	case !ok || l.Until == 0:
		return c, e, feature.ErrNotFound
	case e.Author != who:
		return c, e, feature.ErrForbidden
	}
	if c.Group() && !c.Has(who) {
		return c, e, feature.ErrNoMember
	}
	if err := s.Permitted(tx, who, c); !c.Group() && err != nil {
		return c, e, err
	}
	live, _, err := s.lasts(tx, e, l)
	if err == nil && !live {
		err = ErrOver
	}
	return c, e, err
}

// take keeps a move, unless the last one was a moment ago.
func (s *slice) take(b event.LocationMoved) bool {
	now := s.Now()
	if had, ok := s.moves.Get(b.Message); ok && now.Sub(had.at) < Every-jitter && !now.Before(had.at) {
		return false
	}
	s.moves.Add(b.Message, move{b.Place(), now})
	return true
}

// heard takes a move of somebody on another node.
func (s *slice) heard(_ context.Context, from protocol.Account, c feature.Conversation, b event.LocationMoved) error {
	known := false
	if err := s.Store.View(func(tx feature.Tx) error {
		e, err := s.Timeline.Get(tx, c.Log, b.Message)
		if err != nil || e.Author != from || !c.Has(from) {
			return ignore(err)
		}
		l, ok, err := placeOf(e)
		if err != nil || !ok {
			return err
		}
		known, _, err = s.lasts(tx, e, l)
		return err
	}); err != nil || !known || !s.take(b) {
		return err
	}
	return s.show(from, c, b.Message)
}

// show tells the open pages of this node's members of a move, of all who are shown the message.
func (s *slice) show(from protocol.Account, c feature.Conversation, message protocol.EventID) error {
	m, ok := s.moves.Get(message)
	if !ok {
		return nil
	}
	var viewers []protocol.Account
	if err := s.Store.View(func(tx feature.Tx) error {
		for _, viewer := range c.Members {
			if !s.Live.Attended(viewer) || !s.Keys.Unlocked(viewer) {
				continue
			}
			switch _, _, err := s.FindMessage(tx, viewer, c.Log, message); {
			case err == nil:
				viewers = append(viewers, viewer)
			case ignore(err) != nil:
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	s.tellMove(viewers, m.shown(c.Log, message))
	return nil
}

// EndRequest names a live location.
type EndRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

func (s *slice) end(ctx context.Context, req EndRequest) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, e, err := s.own(tx, who, req.Conversation, req.Message)
		if err == ErrOver {
			return nil // as the caller wants it
		}
		if err != nil {
			return err
		}
		_, err = s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: who, Body: event.LocationEnded{Message: e.ID}})
		return err
	})
}
