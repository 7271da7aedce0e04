// Package conversation is the slice of the list of conversations: what each is called, its newest message, how much of it is
// unread, how its account stands to it; of groups and channels also making them, what they show of themselves, their policy
// and their end.
//
// It promises that a conversation is shown to its local members only, and to none of them while it is hidden, as a request
// is; that what an account cleared or deleted stays so for that account alone; and that what a group is called and allows
// follows from the operations of its members, so that every node shows the same. It keeps who opened, cleared and deleted
// what, how each account keeps its conversations (pinned, archived, muted, in folders), and the details that do not fit into an
// operation.
package conversation

import (
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "conversation", Install: func(h *feature.Host) {
		s := &slice{Host: h, wanted: map[wanted]*search{}}
		s.tell = feature.Frame[Conversation](h, "conversation", "A conversation is new, or what the list shows of it has changed.")
		s.tellDeleted = feature.Frame[Deleted](h, "conversation.deleted", "The account deleted a conversation for itself.")
		s.tellFolders = feature.Frame[Folders](h, "folders", "The folders of the account's conversations have changed.")

		feature.Project(h, s.detailed)
		feature.Project(h, s.ended)
		feature.Hidden(h, s.notEnded)
		feature.Rule(h, mayDetail)
		feature.Rule(h, mayEnd)
		feature.Notice(h, s.noticeEnded)
		feature.Veiled(h, s.veil)
		feature.Faces(h, s.face)
		feature.Sight(h, s.sight)
		feature.Permit(h, s.permit)

		feature.Follow(h, s.logged)
		feature.OnHidden(h, s.logged)
		feature.OnProgress(h, s.progressed)
		feature.ConversationChanged(h, s.changed)
		feature.ReadMoved(h, s.read)
		feature.OnGroupMoved(h, s.moved)
		feature.Every(h, "details", 15*time.Second, s.search)
		h.Directory.Serve(kindDetail, s.serveDetail)
		s.forget = feature.At(h, "forget", s.forgetNow)
		s.unmuted = feature.At(h, "unmuted", s.unmutedNow)

		feature.Handle(h, "conversation.create", "POST /api/v1/conversations",
			"Make a group or a channel, or open the direct conversation with a contact: 201 the first time, 200 later.", s.create, feature.Creates, feature.Repeatable)
		feature.Handle(h, "conversation.list", "GET /api/v1/conversations",
			"List conversations: pinned ones, then by their newest message. Everything, or a page of a limit.", s.list)
		feature.Handle(h, "conversation.get", "GET /api/v1/conversations/{conversation}", "Describe a conversation.", s.get)
		feature.Handle(h, "conversation.edit", "PATCH /api/v1/conversations/{conversation}",
			"Change what a group shows of itself.", s.edit)
		feature.Handle(h, "conversation.flags", "PATCH /api/v1/conversations/{conversation}/flags",
			"Pin, archive, hide, mute, mark or file a conversation for the caller; what is left out stays.", s.flag)
		feature.Handle(h, "folder.list", "GET /api/v1/folders", "List the caller's folders of conversations.", s.folders)
		feature.Handle(h, "folder.create", "POST /api/v1/folders", "Make a folder.", s.createFolder, feature.Creates)
		feature.Handle(h, "folder.edit", "PATCH /api/v1/folders/{folder}", "Name a folder otherwise, or move it.", s.editFolder)
		feature.Handle(h, "folder.delete", "DELETE /api/v1/folders/{folder}", "Delete a folder; what is in it stays.", s.deleteFolder)
		feature.Handle(h, "conversation.policy", "PUT /api/v1/conversations/{conversation}/policy",
			"Change what a group allows; what is left out stays.", s.setPolicy)
		feature.Handle(h, "conversation.transfer", "POST /api/v1/conversations/{conversation}/transfer",
			"Make another member the owner and step down.", s.transfer)
		feature.Handle(h, "conversation.clear", "POST /api/v1/conversations/{conversation}/clear",
			"Hide everything up to now for the caller.", s.clear)
		feature.Handle(h, "conversation.delete", "DELETE /api/v1/conversations/{conversation}",
			"Delete a conversation for the caller, who leaves a group first; or a group for everybody.", s.delete)
	}}
}

type slice struct {
	*feature.Host
	tell        func(accounts []protocol.Account, data Conversation)
	tellDeleted func(accounts []protocol.Account, data Deleted)
	tellFolders func(accounts []protocol.Account, data Folders)
	forget      feature.Alarm
	unmuted     feature.Alarm

	mu     sync.Mutex // guards wanted
	wanted map[wanted]*search
}
