package feature

import (
	"conclave/protocol"
	"conclave/protocol/event"
)

// threads is what slices know of threads for one another.
type threads struct {
	seen   func(Tx, protocol.Account, protocol.Log, protocol.EventID) (protocol.Place, error)
	erased func(Tx, Entry, protocol.EventID) error
	goesOn func(Tx, protocol.Account, Conversation, protocol.EventID) (bool, error)
}

// Thread returns the message whose thread an event is said in, zero for none. A plain message is not decoded for it, and an erased
// one does not tell any more.
func (e Entry) Thread() protocol.EventID {
	if e.Kind != (event.MessageSent{}).Kind() || e.Erased() {
		return protocol.EventID{}
	}
	return event.ThreadOf(e.Body)
}

// ThreadsSeen registers how far a local account read a thread. One slice does.
func ThreadsSeen(h *Host, fn func(tx Tx, viewer protocol.Account, log protocol.Log, root protocol.EventID) (protocol.Place, error)) {
	h.reg.seen = fn
}

// ThreadErased registers what becomes of a thread of which a message was erased. One slice does.
func ThreadErased(h *Host, fn func(tx Tx, e Entry, root protocol.EventID) error) { h.reg.erased = fn }

// EraseInThread says that a message was erased, or comes without its text, that a deletion which counts says was said in a thread. It may be said again.
func (h *Host) EraseInThread(tx Tx, e Entry, root protocol.EventID) error {
	if h.reg.erased == nil || root.IsZero() {
		return nil
	}
	return h.reg.erased(tx, e, root)
}

// ThreadsGoOn registers which threads an account may answer in whose roots it cannot read. One slice does.
func ThreadsGoOn(h *Host, fn func(tx Tx, viewer protocol.Account, c Conversation, root protocol.EventID) (bool, error)) {
	h.reg.goesOn = fn
}

// ThreadGoesOn tells whether an account that cannot read the root of a thread, as it was said before its time or has not come, reads something in the thread:
// then it may answer there.
func (h *Host) ThreadGoesOn(tx Tx, viewer protocol.Account, c Conversation, root protocol.EventID) (bool, error) {
	if h.reg.goesOn == nil {
		return false, nil
	}
	return h.reg.goesOn(tx, viewer, c, root)
}

// ThreadSeen returns how far a local account read a thread: what it says it read, or its own newest message there.
func (h *Host) ThreadSeen(tx Tx, viewer protocol.Account, log protocol.Log, root protocol.EventID) (protocol.Place, error) {
	if h.reg.seen == nil {
		return protocol.Place{}, nil
	}
	return h.reg.seen(tx, viewer, log, root)
}
