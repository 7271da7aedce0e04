// Package reaction is the slice of reactions: emoji that people put to messages, counted per message, and who put them.
//
// It promises that nodes with the same events show the same reactions, whatever the order of arrival: of what a person says of one
// emoji and message, the newest place in the log counts (SPEC.md, reactions), also where the message comes later. A message without
// reactions costs one look for them, a reaction three rows however many there are. It refuses what is not one emoji, more than
// MaxEach of one person on a message, and more than MaxKinds different ones on a message.
package reaction

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// Bounds of a message: different emoji of one person, which also bounds what of a peer's is counted, and different emoji of all.
const (
	MaxEach  = 20
	MaxKinds = 100
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "reaction", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Project(h, s.said)
		feature.Hidden(h, s.unsaid)
		feature.Rule(h, mayReact)
		feature.Annotate(h, "reactions", s.annotate)
		feature.Follow(h, s.tell)
		feature.OnHidden(h, s.tell)

		feature.Handle(h, "reaction.set", "PUT /api/v1/conversations/{conversation}/messages/{message}/reactions/{emoji}",
			"Put an emoji to a message. The answer means that it is stored here and on its way.", s.set,
			feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "reaction.remove", "DELETE /api/v1/conversations/{conversation}/messages/{message}/reactions/{emoji}",
			"Take an own emoji from a message.", s.remove, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "reaction.list", "GET /api/v1/conversations/{conversation}/messages/{message}/reactions",
			"List who put which emoji to a message.", s.list)
	}}
}

type slice struct{ *feature.Host }

// mayReact lets every member, also where only some may write: a reaction says no more than its emoji. A custom one can be any
// picture and name, which takes the right to write.
func mayReact(e *protocol.Event, then *membership.State, b event.ReactionSet) error {
	if then.Role(e.Author) < membership.Member || !b.Picture.IsZero() && !then.May(e.Author, membership.Send) {
		return feature.ErrForbidden
	}
	return nil
}
