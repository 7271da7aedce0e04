package event

import (
	"conclave/crypto/canon"
	"conclave/protocol"
)

// MaxDetail is the largest Detail, and the largest picture of a group, in bytes.
const MaxDetail = 32 << 10

// ConversationDetailed carries what is too large for a field of a group's meta data: its picture, or a long text. The field
// holds the Name of the content, so that whoever has the operations needs no signature to take the content from anybody.
type ConversationDetailed struct {
	Content []byte `cbor:"0,keyasint"` // 1 to MaxDetail
}

// Kind is conversation.detailed.
func (ConversationDetailed) Kind() string { return "conversation.detailed" }

// Validate checks the length.
func (c ConversationDetailed) Validate() error {
	if len(c.Content) == 0 || len(c.Content) > MaxDetail {
		return invalid("a detail of %d bytes", len(c.Content))
	}
	return nil
}

// DetailName is how a field of a group's meta data names a content: H("gdetail", gid || content). Who is not told of the group
// cannot guess it.
func DetailName(group protocol.Log, content []byte) [32]byte {
	return canon.Hash("gdetail", group[:], content)
}

// ConversationDeleted is an owner's end of a group for everybody: nothing said before it is shown any more.
type ConversationDeleted struct{}

// Kind is conversation.deleted.
func (ConversationDeleted) Kind() string { return "conversation.deleted" }

// Validate accepts.
func (ConversationDeleted) Validate() error { return nil }
