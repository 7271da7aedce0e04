package feature

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"sort"
	"strings"

	"conclave/protocol"
	"conclave/protocol/event"
)

// Registry is everything that the slices registered. The node reads it; slices write to it through the functions of this
// package.
type Registry struct {
	starts      []func(context.Context) error
	jobs        []Job
	projections map[string][]projection
	guards      map[string][]Guarding
	doors       []DoorFunc
	sights      []SightFunc
	annotations []annotation
	operations  []Operation
	frames      []FrameType
	follows     []FollowFunc
	hidden      map[string][]projection
	gone        map[string]GoneFunc
	withdrawn   []FollowFunc
	receipts    []ReceiptFunc
	progress    []ProgressFunc
	alarms      map[string]func(context.Context, []byte) error
	catchUps    map[string]CatchUpFunc
	signals     map[string]SignalFunc
	rules       map[string][]RuleFunc
	moved       []func(GroupMoved)
	audits      []func(Incident)
	attends     []func(protocol.Account, bool)
	veils       []VeilFunc
	exports     []ExportPart
	groups      Groups // nil where there are none
	auth        AuthFunc
	people
	talk
	mentions
	shown  Shown
	speech Speech
	threads
	rows    map[string]bool // kinds that take a row between the messages
	beside  map[string]func(Tx, Entry) (bool, error)
	pack    func(Tx, protocol.Log, string, protocol.Picture) (bool, error)
	errands *errands
	logger  *slog.Logger
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	r := &Registry{projections: map[string][]projection{}, guards: map[string][]Guarding{},
		alarms: map[string]func(context.Context, []byte) error{}, catchUps: map[string]CatchUpFunc{}, signals: map[string]SignalFunc{}, rules: map[string][]RuleFunc{}, hidden: map[string][]projection{}, gone: map[string]GoneFunc{}, rows: map[string]bool{}, beside: map[string]func(Tx, Entry) (bool, error){}, errands: newErrands()}
	r.notices = map[string]func(Tx, protocol.Account, Entry) (Told, error){}
	return r
}

type projection struct {
	slice string
	run   func(Tx, Entry) error
}

// Project keeps a slice's state in the transaction that logs an event whose body is a B, ours and a peer's alike. A projection is a
// function of the log: Rebuild runs it again over all events, in the order of the log.
func Project[B event.Body](h *Host, fn func(Tx, Entry, B) error) {
	var zero B
	kind := zero.Kind()
	h.reg.projections[kind] = append(h.reg.projections[kind], projection{h.slice, func(tx Tx, e Entry) error {
		b, err := event.Decode[B](e.Body)
		if err != nil {
			return err
		}
		return fn(tx, e, b)
	}})
	Known[B](h)
}

// Known registers that bodies of kind B are understood: the door decodes and validates them and refuses invalid ones.
func Known[B event.Body](h *Host) {
	var zero B
	kind := zero.Kind()
	h.reg.guards[kind] = append(h.reg.guards[kind], func(e *protocol.Event) error {
		_, err := event.Decode[B](e.Body)
		return err
	})
}

// Guarding refuses an event before it is logged, ours and a peer's alike.
type Guarding func(*protocol.Event) error

// Guard refuses events with a body B. It depends on the event alone, so that every node decides the same.
func Guard[B event.Body](h *Host, fn func(*protocol.Event, B) error) {
	var zero B
	kind := zero.Kind()
	h.reg.guards[kind] = append(h.reg.guards[kind], func(e *protocol.Event) error {
		b, err := event.Decode[B](e.Body)
		if err != nil {
			return err
		}
		return fn(e, b)
	})
}

// DoorFunc is asked before the first work on traffic of a remote account for a local one; an error turns it away.
type DoorFunc func(tx Tx, local, remote protocol.Account) error

// Door lets a slice turn away a person's traffic, for example because it is blocked. ErrTurnedAway is not reported to the sender.
func Door(h *Host, fn DoorFunc) { h.reg.doors = append(h.reg.doors, fn) }

// SightFunc says whether a local account may see a conversation now; ErrNotFound hides it.
type SightFunc func(tx Tx, local protocol.Account, c Conversation) error

// Sight lets a slice hide a conversation from a local account, for example a request that was not accepted.
func Sight(h *Host, fn SightFunc) { h.reg.sights = append(h.reg.sights, fn) }

// Visible asks every Sight.
func (h *Host) Visible(tx Tx, local protocol.Account, c Conversation) error {
	return h.reg.Visible(tx, local, c)
}

// Visible asks every Sight, and that the account takes part at all. Who took part in a group keeps seeing it.
func (r *Registry) Visible(tx Tx, local protocol.Account, c Conversation) error {
	if c.Group() {
		standing, err := r.groups.Standing(tx, c.Log, local)
		if err != nil {
			return err
		}
		if standing == "" {
			return ErrNotFound
		}
	} else if !c.Has(local) {
		return ErrNotFound
	}
	for _, see := range r.sights {
		if err := see(tx, local, c); err != nil {
			return err
		}
	}
	return nil
}

// Admit asks every Door.
func (r *Registry) Admit(tx Tx, local, remote protocol.Account) error {
	for _, door := range r.doors {
		if err := door(tx, local, remote); err != nil {
			return err
		}
	}
	return nil
}

// Check asks every guard of the event's kind. Events of unknown kinds pass: they are kept and shown as needing a newer version.
func (r *Registry) Check(e *protocol.Event) error {
	for _, guard := range r.guards[e.Kind] {
		if err := guard(e); err != nil {
			return err
		}
	}
	return nil
}

// Understands tells whether some slice knows the kind.
func (r *Registry) Understands(kind string) bool { return len(r.guards[kind]) > 0 }

// Apply runs the projections of an event.
func (r *Registry) Apply(tx Tx, e Entry) error {
	if e.Erased() {
		return nil
	}
	for _, p := range r.projections[e.Kind] {
		if err := p.run(tx, e); err != nil {
			return fmt.Errorf("project %s for %s: %w", e.Kind, p.slice, err)
		}
	}
	return nil
}

// ReceiptFunc takes a peer's cursor into a slice's state.
type ReceiptFunc func(Tx, protocol.Receipt) error

// Receipts registers what to do with cursors of other accounts.
func Receipts(h *Host, fn ReceiptFunc) { h.reg.receipts = append(h.reg.receipts, fn) }

// Receive hands a peer's cursor to the slices.
func (r *Registry) Receive(tx Tx, c protocol.Receipt) error {
	for _, fn := range r.receipts {
		if err := fn(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// Progress is a change of how far an event of a local account got.
type Progress struct {
	Log    protocol.Log
	Event  protocol.EventID
	Author protocol.Account
	State  State
	Reason string
}

// ProgressFunc is told of progress after it was committed.
type ProgressFunc func(context.Context, Progress)

// OnProgress registers who wants to know how far events got, for example to tell open pages.
func OnProgress(h *Host, fn ProgressFunc) { h.reg.progress = append(h.reg.progress, fn) }

// Progressed tells everybody who registered.
func (r *Registry) Progressed(ctx context.Context, p Progress) {
	for _, fn := range r.progress {
		r.safely("progress", func() { fn(ctx, p) })
	}
}

// FollowFunc is told of committed events, in the order of their commits, at least once.
type FollowFunc func(context.Context, Entry)

// Follow registers work after commit that may be lost in a crash: what must not be lost is a projection.
func Follow(h *Host, fn FollowFunc) { h.reg.follows = append(h.reg.follows, fn) }

// Followed tells everybody who registered.
func (r *Registry) Followed(ctx context.Context, e Entry) {
	for _, fn := range r.follows {
		r.safely("follow", func() { fn(ctx, e) })
	}
}

// safely runs what a slice does after a commit: there a panic ends neither the node nor the work for others. The log gets its
// type and place; its value may hold what people wrote.
func (r *Registry) safely(what string, fn func()) {
	defer func() {
		if v := recover(); v != nil && r.logger != nil {
			r.logger.Error("a slice panicked", "in", what, "value", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	fn()
}

type annotation struct {
	field string
	of    reflect.Type
	load  func(Tx, protocol.Account, Entry) (any, error)
}

// Annotate adds a typed field to every message shown to a local account. A nil result leaves the field out.
func Annotate[T any](h *Host, field string, load func(Tx, protocol.Account, Entry) (*T, error)) {
	h.reg.annotations = append(h.reg.annotations, annotation{field, typeOf[T](), func(tx Tx, a protocol.Account, e Entry) (any, error) {
		v, err := load(tx, a, e)
		if v == nil || err != nil {
			return nil, err
		}
		return v, nil
	}})
}

// Added is a field that a slice adds to messages.
type Added struct {
	Field string
	Type  reflect.Type
}

// Added returns the fields that slices add to messages, for the description of the API.
func (r *Registry) Added() (out []Added) {
	for _, a := range r.annotations {
		out = append(out, Added{a.field, a.of})
	}
	return out
}

// Annotations returns the fields that the slices add to a message shown to an account.
func (h *Host) Annotations(tx Tx, viewer protocol.Account, e Entry) (map[string]any, error) {
	var out map[string]any
	for _, a := range h.reg.annotations {
		v, err := a.load(tx, viewer, e)
		if err != nil {
			return nil, fmt.Errorf("annotate with %s: %w", a.field, err)
		}
		if v == nil {
			continue
		}
		if out == nil {
			out = map[string]any{}
		}
		out[a.field] = v
	}
	return out, nil
}

// Starts returns the work to do at start.
func (r *Registry) Starts() []func(context.Context) error { return r.starts }

// Jobs returns the repeated work.
func (r *Registry) Jobs() []Job { return r.jobs }

// Operations returns all operations, ordered by path and method.
func (r *Registry) Operations() []Operation {
	out := append([]Operation(nil), r.operations...)
	sort.Slice(out, func(i, j int) bool {
		if out[i].Path != out[j].Path {
			return out[i].Path < out[j].Path
		}
		return out[i].Method < out[j].Method
	})
	return out
}

// Operation returns the operation of a name.
func (r *Registry) Operation(name string) (Operation, bool) {
	for _, op := range r.operations {
		if op.Name == name {
			return op, true
		}
	}
	return Operation{}, false
}

// Frames returns the live frames that slices declared.
func (r *Registry) Frames() []FrameType { return r.frames }

func split(route string) (method, path string) {
	method, path, ok := strings.Cut(route, " ")
	if !ok || !strings.HasPrefix(path, "/") {
		panic(fmt.Sprintf("feature: route %q is not METHOD /path", route))
	}
	return method, path
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
