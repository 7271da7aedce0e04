package feature

import (
	"conclave/protocol"
	"conclave/protocol/event"
)

// A deletion may come before what it deletes, and a peer may give on what it erased already.

// GoneFunc tells whether an event was deleted before it came. It is asked of erased events too.
type GoneFunc func(Tx, Entry) (bool, error)

// Gone has events with a body B logged without their body where they were deleted before they came. One slice decides for a
// kind, by a point lookup where nothing was deleted.
func Gone[B event.Body](h *Host, fn GoneFunc) {
	var zero B
	if h.reg.gone[zero.Kind()] != nil {
		panic("feature: two slices delete " + zero.Kind())
	}
	h.reg.gone[zero.Kind()] = fn
}

// Gone tells whether an event is to be logged without its body.
func (r *Registry) Gone(tx Tx, e Entry) (bool, error) {
	if fn := r.gone[e.Kind]; fn != nil {
		return fn(tx, e)
	}
	return false, nil
}

// Withheld tells of an erased event that another node gives on whether it should have given the body too: the kind is understood
// here, and nothing that is known here deleted it. Of kinds that newer versions know nobody here can tell.
func (r *Registry) Withheld(tx Tx, e *protocol.Event) (bool, error) {
	if !e.Erased() || !r.Understands(e.Kind) {
		return false, nil
	}
	gone, err := r.Gone(tx, Entry{Event: e})
	return !gone, err
}
