package feature

import (
	"context"
	"fmt"

	"conclave/protocol/event"
)

// What was shown of a log can be taken from it: a message that somebody sent after having been removed from a group is hidden
// when the removal comes, and shown again where that proves void.

// Hidden takes back what a projection made of an event with a body B, in the transaction that hides it. If the event is shown
// again, its projection runs again. Rebuild never calls it.
func Hidden[B event.Body](h *Host, fn func(Tx, Entry, B) error) {
	var zero B
	kind := zero.Kind()
	h.reg.hidden[kind] = append(h.reg.hidden[kind], projection{h.slice, func(tx Tx, e Entry) error {
		b, err := event.Decode[B](e.Body)
		if err != nil {
			return err
		}
		return fn(tx, e, b)
	}})
}

// Withdraw runs what Hidden registered for an event.
func (r *Registry) Withdraw(tx Tx, e Entry) error {
	if e.Erased() {
		return nil
	}
	for _, p := range r.hidden[e.Kind] {
		if err := p.run(tx, e); err != nil {
			return fmt.Errorf("take back %s for %s: %w", e.Kind, p.slice, err)
		}
	}
	return nil
}

// OnHidden registers who wants to know that an event is not shown any more, after the commit, in one order with what Follow
// registered.
func OnHidden(h *Host, fn FollowFunc) { h.reg.withdrawn = append(h.reg.withdrawn, fn) }

// Withdrawn tells everybody who registered.
func (r *Registry) Withdrawn(ctx context.Context, e Entry) {
	for _, fn := range r.withdrawn {
		r.safely("hidden", func() { fn(ctx, e) })
	}
}
