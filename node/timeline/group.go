package timeline

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Groups are what the timeline needs of whoever keeps the membership and the chains of groups.
type Groups interface {
	// Conversation describes a group as it is now; feature.ErrNotFound for a log that is none.
	Conversation(tx feature.Tx, log protocol.Log) (feature.Conversation, error)
	// Heads are what an event of this moment names as the membership that its author saw.
	Heads(tx feature.Tx, log protocol.Log) ([]protocol.EventID, error)
	// Seal seals a new event of a local account once for all members, and returns what goes to them and what is kept beside
	// the event.
	Seal(tx feature.Tx, e *protocol.Event) (inner []byte, stamp feature.Stamp, err error)
	// Judge tells whether an event is part of the history. ErrBehind means that heads of it are not here.
	Judge(tx feature.Tx, e *protocol.Event, mark membership.Mark) (shown bool, err error)
	// MayRead tells whether a local or remote member may read an event.
	MayRead(tx feature.Tx, reader protocol.Account, e *protocol.Event) (bool, error)
}

// ErrBehind means that an event names membership operations that are not here: it waits with its sender.
var ErrBehind = errors.New("the event names membership that is not known here")
