package location

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// placeOf returns the place of a message; false where it has none.
func placeOf(e feature.Entry) (event.Location, bool, error) {
	body, ok, err := feature.MoreThanText(e)
	if !ok || body.Location == nil {
		return event.Location{}, false, err
	}
	l := *body.Location
	if l.Until > 0 { // another node may have let more pass
		l.Until = min(l.Until, uint64(e.HLC>>16)+uint64(feature.MostLive/time.Millisecond))
	}
	return l, true, nil
}

// lasts tells whether the author of a place tells of moves now.
func (s *slice) lasts(tx feature.Tx, e feature.Entry, l event.Location) (live, ended bool, err error) {
	if l.Until == 0 {
		return false, false, nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return false, false, err
	}
	said, err := endings.Of(tx, realm, subject(e.ID, e.Author))
	ended = said != ending{}
	return !ended && s.Now().UnixMilli() < int64(l.Until), ended, err
}

func (s *slice) annotate(tx feature.Tx, _ protocol.Account, e feature.Entry) (*ShownLocation, error) {
	l, ok, err := placeOf(e)
	if err != nil || !ok {
		return nil, err
	}
	p := feature.ShowLocation(l)
	out := &ShownLocation{Latitude: p.Latitude, Longitude: p.Longitude, Accuracy: p.Accuracy, Label: p.Label, LiveUntil: p.LiveUntil}
	live, ended, err := s.lasts(tx, e, l)
	if out.Ended = ended; err != nil || !live {
		return out, err
	}
	if m, ok := s.moves.Get(e.ID); ok {
		moved := m.shown(e.Log, e.ID)
		out.Moved = &moved
	}
	return out, nil
}

func (s *slice) ended(tx feature.Tx, e feature.Entry, b event.LocationEnded) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return endings.Say(tx, realm, subject(b.Message, e.Author), ending{e.Place()})
}

func (s *slice) unended(tx feature.Tx, e feature.Entry, b event.LocationEnded) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return endings.Unsay(tx, realm, subject(b.Message, e.Author), e.Place())
}

var endKind = event.LocationEnded{}.Kind()

// tell tells open pages of the message whose live location ended.
func (s *slice) tell(_ context.Context, e feature.Entry) {
	if e.Kind != endKind {
		return
	}
	b, err := event.Decode[event.LocationEnded](e.Body)
	if err != nil {
		return // the door lets none in
	}
	s.moves.Remove(b.Message)
	s.TellMessage(e.Log, b.Message)
}

// ignore leaves out that something is not there, or not for somebody here.
func ignore(err error) error {
	if errors.Is(err, feature.ErrNotFound) {
		return nil
	}
	return err
}
