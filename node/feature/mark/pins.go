package mark

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// ErrTooManyPins says that a conversation has as many pinned messages as it may have.
var ErrTooManyPins = &feature.Error{Status: 409, Code: "too_many_pins", Detail: "This conversation has as many pinned messages as it may have; take a pin away first."}

func (s *slice) pin(ctx context.Context, req Request) (feature.Message, error) {
	return s.setPin(ctx, req, true)
}

func (s *slice) unpin(ctx context.Context, req Request) (feature.Message, error) {
	return s.setPin(ctx, req, false)
}

// setPin logs that the caller pins a message or takes the pin away, unless it is so already.
func (s *slice) setPin(ctx context.Context, req Request, on bool) (out feature.Message, err error) {
	author := feature.ActorOf(ctx).Account
	return out, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, e, err := s.FindMessage(tx, author, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if err := s.mayPinNow(tx, author, c); err != nil {
			return err
		}
		realm, err := s.Realms.Conversation(tx, c.Log)
		if err != nil {
			return err
		}
		r, err := said.Of(tx, realm, e.ID[:])
		if err != nil {
			return err
		}
		if r.On != on {
			if on {
				if err := s.room(tx, c.Log); err != nil {
					return err
				}
			}
			if _, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: author, Body: event.PinSet{Message: e.ID, On: on}}); err != nil {
				return err
			}
		}
		out, _, err = s.ShowMessage(tx, author, c, e)
		return err
	})
}

// mayPinNow refuses whom the policy of a group does not let, and in direct conversations what may not be written.
func (s *slice) mayPinNow(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	switch {
	case !c.Group():
		return s.Permitted(tx, author, c)
	case c.State == nil || !c.Has(author):
		return feature.ErrNoMember
	case !c.State.May(author, membership.Pin):
		return feature.ErrRole(c.State.Policy().Pin, "pin messages")
	}
	return nil
}

// room refuses one more pin where there are as many as there may be.
func (s *slice) room(tx feature.Tx, log protocol.Log) error {
	rows, err := s.listed(tx, log)
	if err == nil && len(rows) >= MaxPins {
		err = ErrTooManyPins
	}
	return err
}

// PinsRequest asks for the pinned messages of a conversation.
type PinsRequest struct {
	Conversation protocol.Log `path:"conversation"`
}

// Pin is a pinned message.
type Pin struct {
	Message feature.Message  `json:"message"`
	By      protocol.Account `json:"by"`
	ByName  string           `json:"by_name"`
	At      time.Time        `json:"at"`
}

func (s *slice) pins(ctx context.Context, req PinsRequest) (feature.List[Pin], error) {
	out := feature.List[Pin]{Items: []Pin{}}
	viewer := feature.ActorOf(ctx).Account
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		rows, err := s.listed(tx, c.Log)
		for _, r := range rows {
			pin, shown, err := s.showPin(tx, viewer, c, r)
			if err != nil {
				return err
			}
			if shown {
				out.Items = append(out.Items, pin)
			}
		}
		return err
	})
	return out, err
}

// maxLooked is how many pins are looked at for those whose messages are not deleted.
const maxLooked = 4 * MaxPins

// listed returns the newest pins of a conversation whose messages are here, the newest first.
func (s *slice) listed(tx feature.Tx, log protocol.Log) (out []pinRow, err error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	o := storage.ScanOptions{Reverse: true, Limit: maxLooked}
	err = said.Each(tx, realm, o, func(v []byte) (bool, error) {
		if len(v) != len(protocol.EventID{}) {
			return false, storage.ErrCorrupt
		}
		e, err := s.Timeline.Get(tx, log, protocol.EventID(v))
		if errors.Is(err, feature.ErrNotFound) || err == nil && (e.Kind != sentKind || e.Erased()) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		r, err := said.Of(tx, realm, e.ID[:])
		out = append(out, r)
		return len(out) < MaxPins, err
	})
	return out, err
}

// showPin describes a pinned message; false where the viewer is not shown it, or it is not here yet.
func (s *slice) showPin(tx feature.Tx, viewer protocol.Account, c feature.Conversation, r pinRow) (Pin, bool, error) {
	_, e, err := s.FindMessage(tx, viewer, c.Log, r.Message)
	if errors.Is(err, feature.ErrNotFound) {
		return Pin{}, false, nil
	}
	if err != nil {
		return Pin{}, false, err
	}
	m, shown, err := s.ShowMessage(tx, viewer, c, e)
	if err != nil || !shown {
		return Pin{}, false, err
	}
	pin := Pin{Message: m, By: r.By, ByName: s.NameIn(tx, viewer, c.Log, r.By), At: protocol.Time(r.Place.HLC, s.Now())}
	return pin, true, nil
}

// PinChange says that the pins of a conversation are others now.
type PinChange struct {
	Conversation protocol.Log     `json:"conversation"`
	Message      protocol.EventID `json:"message"`
}

// tell tells open pages of the message that a pin is about.
func (s *slice) tell(_ context.Context, e feature.Entry) {
	if e.Kind != pinKind {
		return
	}
	body, err := event.Decode[event.PinSet](e.Body)
	if err != nil {
		return // the door lets none in
	}
	s.Calmly(e.Log.String()+body.Message.String(), func(context.Context) {
		s.TellMessage(e.Log, body.Message)
		err := s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, e.Log)
			if err != nil {
				return err
			}
			var to []protocol.Account
			for _, viewer := range c.Members {
				if s.Live.Watched(viewer) && s.Keys.Unlocked(viewer) && s.Visible(tx, viewer, c) == nil {
					to = append(to, viewer)
				}
			}
			s.tellPins(to, PinChange{Conversation: e.Log, Message: body.Message})
			return nil
		})
		if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
			s.Logger.Warn("tell of a pin", "err", err)
		}
	})
}
