// Package conversation is the slice of the list of conversations: what each is called, its newest message, how much of it is
// unread, and how its account stands to the other.
//
// It promises that a conversation is shown to its local members only, and to none of them while it is hidden, as a request
// is. It keeps nothing but who opened which; everything else is read from the logs and from what other slices know.
package conversation

import (
	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "conversation", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[Conversation](h, "conversation", "A conversation is new, or what the list shows of it has changed.")

		feature.Follow(h, s.logged)
		feature.OnProgress(h, s.progressed)
		feature.ConversationChanged(h, s.changed)
		feature.ReadMoved(h, s.read)

		feature.Handle(h, "conversation.create", "POST /api/v1/conversations",
			"Open the direct conversation with a contact: 201 the first time, 200 later.", s.create, feature.Creates)
		feature.Handle(h, "conversation.list", "GET /api/v1/conversations", "List conversations, newest first.", s.list)
		feature.Handle(h, "conversation.get", "GET /api/v1/conversations/{conversation}", "Describe a conversation.", s.get)
	}}
}

type slice struct {
	*feature.Host
	tell func(accounts []protocol.Account, data Conversation)
}
