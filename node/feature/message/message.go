// Package message is the slice of texts: sending them, also in reply to others, forwarding, editing and deleting them, showing them in
// pages, and telling open pages of new ones and of how far they got.
//
// It promises that a text is kept byte for byte, that of edits made at the same time all nodes show the same one, that an accepted
// one is durable, that of one that was deleted for everyone this node keeps nothing but that it was there, that a call repeated
// with its key has one effect, and that nobody sees a message of a conversation that is not theirs or is hidden from them. It
// refuses empty texts, texts over protocol.MaxText bytes and bytes that are not UTF-8.
package message

import (
	"time"

	"conclave/node/feature"
	"conclave/protocol/event"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "message", Install: func(h *feature.Host) {
		s := &slice{Host: h, awaited: newAwaited()}
		s.tellMessage = feature.Frame[Message](h, "message", "A message is new or changed.")
		s.tellConcealed = feature.Frame[Concealed](h, "message.concealed", "The account deleted a message for itself, or took that back.")
		s.tellUrgent = feature.Frame[UrgentSetting](h, "settings.urgent", "The account says otherwise whose urgent messages pass its do-not-disturb.")
		s.tellState = feature.Frame[StateChange](h, "message.state", "A message of the account got further.")

		s.sweeps = feature.At(h, "erase edits", s.swept)

		feature.Known[event.MessageSent](h)
		feature.Rows[event.MessageSent](h)
		feature.Beside[event.MessageSent](h, s.threaded)
		feature.Rule(h, maySend)
		feature.Project(h, s.edited)
		feature.Hidden(h, s.unedited)
		feature.Rule(h, mayEdit)
		feature.OnHidden(h, s.withdrawn)
		feature.Project(h, s.deleted)
		feature.Hidden(h, s.undeleted)
		feature.Gone[event.MessageSent](h, s.gone)
		feature.Gone[event.MessageEdited](h, s.goneEdit)
		feature.Veiled(h, s.conceals)
		feature.Texts(h, s.text)
		feature.Mentioned(h, s.mentioned)
		feature.ShowMessages(h, feature.Shown{Find: s.find, Show: s.shown, Tell: s.tellAgain})
		feature.SayMessages(h, feature.Speech{Check: s.check, Say: s.say})
		feature.Follow(h, s.logged)
		feature.OnProgress(h, s.progressed)
		feature.ReadMoved(h, s.read)
		feature.Every(h, "forget keys", time.Hour, s.forgetKeys)

		feature.Handle(h, "message.send", "POST /api/v1/conversations/{conversation}/messages",
			"Send a message. The answer means that it is stored here and on its way.", s.send,
			feature.Accepts, feature.Repeatable, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "message.list", "GET /api/v1/conversations/{conversation}/messages",
			"List messages, oldest first: the newest page, the one before or behind another, or one around a message, a number or a day.", s.list)
		feature.Handle(h, "message.days", "GET /api/v1/conversations/{conversation}/days",
			"List the days on which something was written, oldest first.", s.days)
		feature.Handle(h, "message.retry", "POST /api/v1/conversations/{conversation}/messages/{message}/retry",
			"Try again to deliver a message that failed.", s.retry, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "message.edit", "PUT /api/v1/conversations/{conversation}/messages/{message}",
			"Give an own message another text. The answer means that it is stored here and on its way.", s.edit,
			feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "message.delete", "DELETE /api/v1/conversations/{conversation}/messages/{message}",
			"Delete a message, for the caller or for everyone. One that is still being sent does not leave as far as it has not left.", s.delete,
			feature.Limited(feature.BucketMessages))
		feature.Handle(h, "message.restore", "POST /api/v1/conversations/{conversation}/messages/{message}/restore",
			"Show a message again that the caller deleted for itself.", s.restore)
		feature.Handle(h, "message.forward", "POST /api/v1/conversations/{conversation}/messages/{message}/forward",
			"Send what a message says now to other conversations.", s.forward, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "message.urgent", "GET /api/v1/me/urgent", "Whose urgent messages pass the caller's do-not-disturb.", s.urgentFrom)
		feature.Handle(h, "message.set_urgent", "PUT /api/v1/me/urgent", "Say whose urgent messages pass the caller's do-not-disturb.", s.setUrgentFrom)
		feature.Handle(h, "message.edits", "GET /api/v1/conversations/{conversation}/messages/{message}/edits",
			"List the texts that a message had, oldest first: the first one, and those of its 50 newest edits.", s.edits)
	}}
}

type slice struct {
	*feature.Host
	tellMessage   teller[Message]
	tellConcealed teller[Concealed]
	tellState     teller[StateChange]
	tellUrgent    teller[UrgentSetting]
	sweeps        feature.Alarm
	awaited       *awaited
}
