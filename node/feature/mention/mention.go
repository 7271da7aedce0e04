// Package mention is the slice of being meant: who is mentioned by a message, how many such messages an account has not read,
// and all of them, newest first.
//
// It promises that a message costs one row for each account of this node that it mentions, and one for all of a group however
// many they are; that a count goes down as its account reads; and that all nodes agree on who was meant: members alone, and
// everyone only where the author might say so. The text and where it mentions somebody stay in the events.
package mention

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Feature is the slice. It is installed behind the one that shows messages.
func Feature() feature.Feature {
	return feature.Feature{Name: "mention", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[feature.Message](h, "mention", "A message mentions the account.")

		feature.Project(h, s.sent)
		feature.Hidden(h, s.unsent)
		feature.Project(h, s.edited)
		feature.Hidden(h, s.unedited)
		feature.Annotate(h, "mentions", s.annotate)
		feature.MentionCount(h, s.count)
		feature.Follow(h, s.followed)

		feature.Handle(h, "mention.list", "GET /api/v1/mentions", "List messages of all conversations that mention the caller, newest first.", s.list)
	}}
}

type slice struct {
	*feature.Host
	tell func(accounts []protocol.Account, data feature.Message)
}

var sentKind, editKind = event.MessageSent{}.Kind(), event.MessageEdited{}.Kind()
