package feature

import (
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// mentions is what slices know of mentions for one another.
type mentions struct {
	mentioned func(Tx, Entry) ([]event.Mention, error)
	waiting   func(Tx, protocol.Account, Conversation) (int, error)
}

// SmallGroup is up to how many members each of them may mention all. In larger groups moderators and above may.
const SmallGroup = 20

// MayMentionAll tells whether a member may mention everyone, and those who are present (SPEC.md, mentions). It is asked of the
// group as the author saw it, so that every node passes the same words over.
func MayMentionAll(who protocol.Account, then *membership.State) bool {
	if then == nil {
		return false
	}
	lowest := membership.Member
	if then.Len() > SmallGroup {
		lowest = membership.Moderator
	}
	return then.Role(who) >= lowest
}

// Mentioned registers whom a message mentions now, whether it may or not. One slice does.
func Mentioned(h *Host, fn func(Tx, Entry) ([]event.Mention, error)) { h.reg.mentioned = fn }

// MentionsIn returns whom a message mentions as it reads now, whether it may or not.
func (h *Host) MentionsIn(tx Tx, e Entry) ([]event.Mention, error) {
	if h.reg.mentioned == nil {
		return nil, nil
	}
	return h.reg.mentioned(tx, e)
}

// MentionCount registers how many messages that mention a local account it has not read. One slice does.
func MentionCount(h *Host, fn func(Tx, protocol.Account, Conversation) (int, error)) {
	h.reg.waiting = fn
}

// MentionsOf returns how many messages of a conversation mention a local account that has not read them.
func (h *Host) MentionsOf(tx Tx, viewer protocol.Account, c Conversation) (int, error) {
	if h.reg.waiting == nil {
		return 0, nil
	}
	return h.reg.waiting(tx, viewer, c)
}
