// Package mark is the slice of marks on messages: pins, which everybody in a conversation sees, and stars, which one account keeps
// for itself.
//
// It promises that nodes with the same events show the same pins, whatever the order of arrival (SPEC.md, pins), and that nobody
// learns of a star but the clients of its account. A message without marks costs two looks for them. It refuses more than MaxPins
// pinned messages in a conversation and more than MaxStars starred ones of an account.
package mark

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// Bounds: pinned messages of a conversation that are listed, and starred ones of an account.
const (
	MaxPins  = 100
	MaxStars = 10_000
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "mark", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tellPins = feature.Frame[PinChange](h, "pins", "A message was pinned or is not pinned any more.")
		s.tellStar = feature.Frame[StarChange](h, "star", "The account starred a message or took the star away.")

		feature.Project(h, s.pinned)
		feature.Hidden(h, s.unpinned)
		feature.Rule(h, mayPin)
		feature.Annotate(h, "pinned", s.isPinned)
		feature.Annotate(h, "starred", s.isStarred)
		feature.Notice(h, s.notice)
		feature.Follow(h, s.tell)
		feature.OnHidden(h, s.tell)

		feature.Handle(h, "pin.set", "PUT /api/v1/conversations/{conversation}/messages/{message}/pin",
			"Pin a message for everybody in its conversation.", s.pin, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "pin.remove", "DELETE /api/v1/conversations/{conversation}/messages/{message}/pin",
			"Take the pin from a message.", s.unpin, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "pin.list", "GET /api/v1/conversations/{conversation}/pins",
			"List the pinned messages of a conversation that the caller may read, those first that were pinned last.", s.pins)
		feature.Handle(h, "star.set", "PUT /api/v1/conversations/{conversation}/messages/{message}/star",
			"Star a message. Nobody else is told.", s.star)
		feature.Handle(h, "star.remove", "DELETE /api/v1/conversations/{conversation}/messages/{message}/star",
			"Take the star from a message.", s.unstar)
		feature.Handle(h, "star.list", "GET /api/v1/stars",
			"List the starred messages of all conversations, those first that were starred last.", s.stars)
	}}
}

type slice struct {
	*feature.Host
	tellPins func([]protocol.Account, PinChange)
	tellStar func([]protocol.Account, StarChange)
}

// Request names a message.
type Request struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

// mayPin holds in groups whoever the policy lets pin.
func mayPin(e *protocol.Event, then *membership.State, _ event.PinSet) error {
	if !then.May(e.Author, membership.Pin) {
		return feature.ErrForbidden
	}
	return nil
}

var (
	sentKind = event.MessageSent{}.Kind()
	pinKind  = event.PinSet{}.Kind()
	yes      = true
)
