package feature

import (
	"reflect"

	"conclave/protocol"
)

// Watchers tells open pages and apps what happened. It is filled by the node before it runs.
type Watchers interface {
	// Tell queues a frame for the watchers of accounts. The value is encoded once. It must be called after the commit of what
	// it tells, or on a transaction's OnCommit.
	Tell(accounts []protocol.Account, frame string, data any)
	// Watched tells whether a frame for an account may be seen by anybody; making one that nobody sees is a waste.
	Watched(account protocol.Account) bool
	// Attended tells whether an account has an open page or app now.
	Attended(account protocol.Account) bool
	// CloseSession ends the live connections of a session that was revoked.
	CloseSession(account protocol.Account, session string)
}

// FrameType is a kind of live frame, {seq, type, data}.
type FrameType struct {
	Name string
	Doc  string
	Data reflect.Type
}

// Frame declares a live frame and returns how to send one to the watchers of accounts.
func Frame[T any](h *Host, name, doc string) func(accounts []protocol.Account, data T) {
	h.reg.frames = append(h.reg.frames, FrameType{Name: name, Doc: doc, Data: typeOf[T]()})
	live := h.Live
	return func(accounts []protocol.Account, data T) { live.Tell(accounts, name, data) }
}

// OnAttend registers who wants to know that the first page or app of an account was opened, or the last one closed. It may be
// told late and out of order, and must not block.
func OnAttend(h *Host, fn func(a protocol.Account, there bool)) {
	h.reg.attends = append(h.reg.attends, fn)
}

// Attend tells everybody who registered.
func (r *Registry) Attend(a protocol.Account, there bool) {
	for _, fn := range r.attends {
		fn(a, there)
	}
}
