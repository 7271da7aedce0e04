// Package thread is the slice of threads: what is said under a message and not in the conversation, who follows it, and how far
// each account read.
//
// It promises that nodes with the same events show the same thread, whatever the order of arrival (SPEC.md, threads); that a plain
// message costs one look for answers that came before it; that showing the message under which a thread stands costs one row
// however long the thread is; and that who follows a thread, and how far it read, is told to the account's own clients alone. A
// thread has one level: what names a message of a thread as its root is shown nowhere.
package thread

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Feature is the slice. It is installed behind those that show messages and mentions.
func Feature() feature.Feature {
	return feature.Feature{Name: "thread", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[Followed](h, "thread", "A thread that the account follows has something new, or the account follows it no more, or read on.")

		feature.Project(h, s.said)
		feature.Hidden(h, s.unsaid)
		feature.Project(h, s.edited)
		feature.ThreadErased(h, s.erased)
		feature.ThreadsGoOn(h, s.goesOn)
		feature.Annotate(h, "answers", s.annotate)
		feature.ThreadsSeen(h, s.seenBy)
		feature.Follow(h, s.logged)
		feature.OnHidden(h, s.logged)

		feature.Handle(h, "thread.get", "GET /api/v1/conversations/{conversation}/messages/{message}/thread",
			"List what is said in the thread of a message, oldest first: the newest page, or the one before or behind another. Of a message in a thread it is that thread.", s.get)
		feature.Handle(h, "thread.read", "PUT /api/v1/conversations/{conversation}/messages/{message}/thread/read",
			"Say that a message of a thread and all before it there was read. Nobody else is told.", s.read)
		feature.Handle(h, "thread.follow", "PUT /api/v1/conversations/{conversation}/messages/{message}/thread/follow",
			"Follow a thread: what is new in it counts as unread.", s.follow)
		feature.Handle(h, "thread.unfollow", "DELETE /api/v1/conversations/{conversation}/messages/{message}/thread/follow",
			"Follow a thread no more, also where the caller wrote in it or is mentioned.", s.unfollow)
		feature.Handle(h, "thread.list", "GET /api/v1/threads",
			"List the threads that the caller follows: those with something unread first, then the latest first.", s.list)
	}}
}

type slice struct {
	*feature.Host
	tell func(accounts []protocol.Account, data Followed)
}

var (
	sentKind   = event.MessageSent{}.Kind()
	deleteKind = event.MessageDeleted{}.Kind()
)
