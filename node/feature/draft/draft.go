// Package draft is the slice of what is being written and was not sent: one draft for each conversation and thread, the same on
// all clients of the account.
//
// It promises that of two writers who do not know of one another the later one is told so and overwrites nothing, that a write
// repeated by the client that made it has one effect, and that a draft lies under the keys of its account alone. It refuses
// texts over protocol.MaxText bytes and more than MaxDrafts drafts. Nobody but the account's own clients is ever told of a draft.
package draft

import (
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "draft", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[Draft](h, "draft", "A draft of the account changed; one without text and reply is gone.")

		feature.Handle(h, "draft.save", "PUT /api/v1/conversations/{conversation}/draft",
			"Keep what is being written. An empty text without a reply ends the draft.", s.save)
		feature.Handle(h, "draft.delete", "DELETE /api/v1/conversations/{conversation}/draft",
			"End a draft, whoever wrote it.", s.remove)
		feature.Handle(h, "draft.list", "GET /api/v1/drafts",
			"List the drafts of the account, in no particular order.", s.list)
	}}
}

type slice struct {
	*feature.Host
	tell func([]protocol.Account, Draft)
}

// MaxDrafts bounds the drafts of one account.
const MaxDrafts = 1000

// Draft is what is being written. It has neither text nor reply once it ended.
type Draft struct {
	Conversation protocol.Log     `json:"conversation"`
	Thread       protocol.EventID `json:"thread,omitzero" doc:"the message whose thread it is written in"`
	Text         string           `json:"text"`
	ReplyTo      *feature.Quote   `json:"reply_to,omitempty" doc:"the message that it answers, where that is still shown"`
	Client       string           `json:"client" doc:"what wrote it last, as it calls itself"`
	Revision     int              `json:"revision" doc:"rises with every write to any draft of the account"`
	At           time.Time        `json:"at" doc:"when it was written last"`
}

// SaveRequest is what is being written.
type SaveRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Text         string           `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`
	ReplyTo      protocol.EventID `json:"reply_to,omitempty" doc:"the message of this conversation that it answers"`
	Thread       protocol.EventID `json:"thread,omitempty" doc:"the message whose thread it is written in"`
	Client       string           `json:"client" required:"true" minLength:"1" maxLength:"64" doc:"any name that the client gave itself, another one for each page"`
	Revision     int              `json:"revision" required:"true" minimum:"0" doc:"the newest revision that the client knows of, 0 for none"`
}

// Saved tells what became of a write.
type Saved struct {
	Taken bool  `json:"taken" doc:"false: another client wrote it later than the revision; nothing was changed"`
	Draft Draft `json:"draft" doc:"what is kept now"`
}

// RemoveRequest names a draft.
type RemoveRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Thread       protocol.EventID `query:"thread"`
}

// ListRequest asks for the drafts behind a cursor.
type ListRequest struct {
	Before string `query:"before" doc:"next of the page before"`
}

// Drafts is a page of drafts.
type Drafts struct {
	Items    []Draft `json:"items" nullable:"false"`
	Next     string  `json:"next,omitempty" doc:"goes into ?before= for the next page"`
	Revision int     `json:"revision" doc:"of the newest write to any draft; a client that begins knows of all until here"`
}
