package feature

import (
	"context"
	"time"

	"conclave/protocol"
	"conclave/protocol/event"
)

// Alarms keeps moments at which something is due, in the store.
type Alarms interface {
	Set(tx Tx, name string, when time.Time, payload []byte) error
}

// Alarm is a kind of due work of one slice.
type Alarm struct {
	name   string
	alarms Alarms
}

// At registers what to do when an alarm of this kind is due. It runs at least once, after restarts too; what fails is tried
// again after a minute. A clock that jumps delays or hastens it, it never loses it.
func At(h *Host, name string, fn func(ctx context.Context, payload []byte) error) Alarm {
	name = h.slice + "." + name
	h.reg.alarms[name] = fn
	return Alarm{name: name, alarms: h.Alarms}
}

// Set has the alarm go off at a moment, in the transaction that makes it due. The payload is at most 64 KiB.
func (a Alarm) Set(tx Tx, when time.Time, payload []byte) error {
	return a.alarms.Set(tx, a.name, when, payload)
}

// Alarm returns what is to be done for an alarm.
func (r *Registry) Alarm(name string) (fn func(context.Context, []byte) error, ok bool) {
	fn, ok = r.alarms[name]
	return fn, ok
}

// CatchUpFunc is told of logged events from a cursor that is kept in the store.
type CatchUpFunc func(context.Context, Entry) error

// CatchUp registers work after commit that must not be lost: every event logged since the slice was first installed comes at least once, also
// after a crash, in the order of the commits; one that fails is tried again after a minute and holds those behind it up. Events of
// conversations that nobody unlocked here can read come when somebody can.
func CatchUp(h *Host, name string, fn CatchUpFunc) {
	h.reg.catchUps[h.slice+"."+name] = fn
}

// CatchUps returns what CatchUp registered, by name.
func (r *Registry) CatchUps() map[string]CatchUpFunc { return r.catchUps }

// SignalFunc takes a passing fact that a member of a conversation sent.
type SignalFunc func(ctx context.Context, from protocol.Account, c Conversation, body []byte) error

// Signal registers what to do with a passing fact of a kind, and returns how to send one to the others of a conversation. A
// signal is encrypted like a message, never logged, sent at most once, and lost where nobody is there to take it.
func Signal[B event.Body](h *Host, fn func(ctx context.Context, from protocol.Account, c Conversation, b B) error) func(ctx context.Context, log protocol.Log, from protocol.Account, b B) error {
	var zero B
	kind := zero.Kind()
	h.reg.signals[kind] = func(ctx context.Context, from protocol.Account, c Conversation, raw []byte) error {
		b, err := event.Decode[B](raw)
		if err != nil {
			return err
		}
		return fn(ctx, from, c, b)
	}
	delivery := h.Delivery
	return func(ctx context.Context, log protocol.Log, from protocol.Account, b B) error {
		raw, err := event.Encode(b)
		if err != nil {
			return err
		}
		return delivery.Signal(ctx, log, from, kind, raw)
	}
}

// Spread returns how to tell accounts of other nodes a passing fact of a kind that Signal registered, whichever conversations
// they are in: one message for all who live on a node, sealed for one of them. The handler has to look for whom it is. See
// Delivery.Spread.
func Spread[B event.Body](h *Host) func(ctx context.Context, from protocol.Account, to []protocol.Account, b func(to []protocol.Account) B) ([]protocol.Account, error) {
	var zero B
	kind, delivery := zero.Kind(), h.Delivery
	return func(ctx context.Context, from protocol.Account, to []protocol.Account, b func([]protocol.Account) B) ([]protocol.Account, error) {
		return delivery.Spread(ctx, from, to, kind, func(some []protocol.Account) ([]byte, error) { return event.Encode(b(some)) })
	}
}

// Signalled hands a signal to the slice that knows its kind; others are passed over.
func (r *Registry) Signalled(ctx context.Context, kind string, from protocol.Account, c Conversation, body []byte) error {
	if fn := r.signals[kind]; fn != nil {
		return fn(ctx, from, c, body)
	}
	return nil
}
