package feature

import (
	"math"
	"time"

	"conclave/protocol"
	"conclave/protocol/event"
)

// SharedLocation is a point on the earth as pages of this node get and send it.
type SharedLocation struct {
	Latitude  float64 `json:"latitude" required:"true" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" required:"true" minimum:"-180" maximum:"180"`
	Accuracy  int     `json:"accuracy,omitempty" minimum:"0" maximum:"20000000" doc:"meters around it"`
	Label     string  `json:"label,omitempty" maxLength:"100"`

	LiveUntil time.Time `json:"live_until,omitzero" doc:"its author tells of moves until then; at most 8 hours away"`
}

// MostLive is how long somebody tells of moves at the most.
const MostLive = 8 * time.Hour

const millionth = 1e6

// Body returns a location as it travels in a message of a moment, or ErrBadRequest.
func (l SharedLocation) Body(now time.Time) (*event.Location, error) {
	if math.IsNaN(l.Latitude) || math.IsNaN(l.Longitude) || math.Abs(l.Latitude) > 90 || math.Abs(l.Longitude) > 180 || l.Accuracy < 0 {
		return nil, ErrBadRequest.With("A location is on the earth.")
	}
	out := &event.Location{Latitude: int64(math.Round(l.Latitude * millionth)), Longitude: int64(math.Round(l.Longitude * millionth)), Accuracy: uint64(l.Accuracy), Label: l.Label}
	if !l.LiveUntil.IsZero() {
		if !l.LiveUntil.After(now) || l.LiveUntil.After(now.Add(MostLive)) {
			return nil, ErrBadRequest.With("A live location ends later than now, and within 8 hours.")
		}
		out.Until = uint64(l.LiveUntil.UnixMilli())
	}
	if err := out.Validate(); err != nil {
		return nil, ErrBadRequest.With("This location cannot be sent: %v.", err)
	}
	return out, nil
}

// ShowLocation returns a location as pages get it.
func ShowLocation(l event.Location) SharedLocation {
	out := SharedLocation{Latitude: float64(l.Latitude) / millionth, Longitude: float64(l.Longitude) / millionth, Accuracy: int(l.Accuracy), Label: l.Label}
	if l.Until > 0 {
		out.LiveUntil = time.UnixMilli(int64(l.Until)).UTC()
	}
	return out
}

// SharedContact is an account that somebody passes on, as pages of this node get and send it.
type SharedContact struct {
	Account protocol.Account `json:"account" required:"true"`
	Name    string           `json:"name" required:"true" minLength:"1" maxLength:"128"`
	Address string           `json:"address,omitempty" maxLength:"300"`
	Link    string           `json:"link,omitempty" maxLength:"2048" doc:"a contact link of this account"`
}

// Body returns a card as it travels, or ErrBadRequest.
func (c SharedContact) Body() (*event.ContactCard, error) {
	out := &event.ContactCard{Account: c.Account, Name: c.Name, Address: c.Address, Link: c.Link}
	if err := out.Validate(); err != nil {
		return nil, ErrBadRequest.With("This contact cannot be sent: %v.", err)
	}
	return out, nil
}

// ShowContact returns a card as pages get it.
func ShowContact(c event.ContactCard) SharedContact {
	return SharedContact{Account: c.Account, Name: c.Name, Address: c.Address, Link: c.Link}
}

// SharedPoll is what the text of a message asks, as pages of this node send it.
type SharedPoll struct {
	Options []string  `json:"options" required:"true" doc:"2 to 12 different answers, at most 200 bytes each"`
	Several bool      `json:"several,omitempty" doc:"more than one option may be chosen"`
	Named   bool      `json:"named,omitempty" doc:"who chose what is shown; the nodes of all members know it either way"`
	EndsAt  time.Time `json:"ends_at,omitempty" doc:"votes that are later do not count; at most a year away"`
}

// pollAhead is how far away the end of a poll may be.
const pollAhead = 366 * 24 * time.Hour

// Body returns a poll as it travels, or ErrBadRequest, also where it would be over now.
func (p SharedPoll) Body(now time.Time) (*event.Poll, error) {
	out := &event.Poll{Options: p.Options, Several: p.Several, Named: p.Named}
	if !p.EndsAt.IsZero() {
		if !p.EndsAt.After(now) || p.EndsAt.After(now.Add(pollAhead)) {
			return nil, ErrBadRequest.With("A poll ends later than now, and within a year.")
		}
		out.End = uint64(p.EndsAt.UnixMilli())
	}
	if err := out.Validate(); err != nil {
		return nil, ErrBadRequest.With("This poll cannot be sent: %v.", err)
	}
	return out, nil
}

// bare is how the body of a message begins that has a text and nothing else.
const bare = 0xa1

// MoreThanText reads a message that has more than a text; false for all else.
func MoreThanText(e Entry) (body event.MessageSent, ok bool, err error) {
	if e.Kind != body.Kind() || e.Erased() || len(e.Body) == 0 || e.Body[0] == bare {
		return body, false, nil
	}
	body, err = event.Decode[event.MessageSent](e.Body)
	return body, err == nil, err
}
