package solo

import (
	"context"
	"errors"
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Delivery records what would leave the node.
type Delivery struct {
	n *Node

	mu       sync.Mutex // guards what follows
	states   map[protocol.EventID]feature.State
	refuse   error
	refused  int
	sent     []*protocol.Event
	receipts []protocol.Receipt
	retried  []protocol.EventID
	recalled []protocol.EventID
	ops      [][]byte
	welcomes []Welcome
	signals  []Signal
	owed     []Owed

	connected map[protocol.Account]bool
}

func newDelivery(n *Node) *Delivery {
	return &Delivery{n: n, states: map[protocol.EventID]feature.State{}, connected: map[protocol.Account]bool{}}
}

// Enqueue implements timeline.Outbox.
func (d *Delivery) Enqueue(tx feature.Tx, c feature.Conversation, e *protocol.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		d.refused++
		return d.refuse
	}
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.sent = append(d.sent, e)
	})
	return nil
}

// EnqueueGroup implements timeline.Outbox.
func (d *Delivery) EnqueueGroup(tx feature.Tx, c feature.Conversation, e *protocol.Event, _ []byte) error {
	return d.Enqueue(tx, c, e)
}

// Op implements group.Outbox.
func (d *Delivery) Op(tx feature.Tx, _ protocol.Log, op []byte) error {
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ops = append(d.ops, op)
	})
	return nil
}

// Control implements group.Outbox.
func (d *Delivery) Control(tx feature.Tx, pair session.Pair, items ...protocol.Item) error {
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, item := range items {
			if w, err := protocol.DecodeWelcome(item.Data); err == nil && item.Kind == protocol.ItemWelcome {
				d.welcomes = append(d.welcomes, Welcome{To: pair.Peer, Welcome: w})
			}
		}
	})
	return nil
}

// Brief implements group.Outbox: nobody here is told.
func (d *Delivery) Brief(feature.Tx, protocol.Log, session.Pair) error { return nil }

// Welcome is a word to an account of another node that it was added to a group.
type Welcome struct {
	To protocol.Account
	protocol.Welcome
}

// Ops returns the operations that would leave the node.
func (d *Delivery) Ops() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([][]byte(nil), d.ops...)
}

// Welcomes returns the welcomes that would leave the node.
func (d *Delivery) Welcomes() []Welcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Welcome(nil), d.welcomes...)
}

// Refuse makes Enqueue fail, nil lets it work again. It returns how often it failed before.
func (d *Delivery) Refuse(err error) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = err
	return d.refused
}

// Sent returns the events that would leave the node.
func (d *Delivery) Sent() []*protocol.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]*protocol.Event(nil), d.sent...)
}

// Receipts returns the cursors that would leave the node.
func (d *Delivery) Receipts() []protocol.Receipt {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]protocol.Receipt(nil), d.receipts...)
}

// Retried returns what was taken up again.
func (d *Delivery) Retried() []protocol.EventID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]protocol.EventID(nil), d.retried...)
}

// Reaches sets how far a message got, and has the slices told.
func (d *Delivery) Reaches(e protocol.EventID, by *Person, log protocol.Log, s feature.State, reason string) {
	d.mu.Lock()
	d.states[e] = s
	d.mu.Unlock()
	d.n.Registry.Progressed(context.Background(), feature.Progress{Log: log, Event: e, Author: by.ID, State: s, Reason: reason})
}

// State implements feature.Delivery: sending, until a test says otherwise.
func (d *Delivery) State(_ feature.Tx, _ protocol.Log, e protocol.EventID) (feature.State, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.states[e]; ok {
		return s, "the other node is gone", nil
	}
	return feature.Sending, "", nil
}

// Retry implements feature.Delivery.
func (d *Delivery) Retry(_ feature.Tx, _ protocol.Log, e protocol.EventID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.states[e] != feature.Failed {
		return feature.ErrNotFound
	}
	d.retried = append(d.retried, e)
	return nil
}

// Recall implements feature.Delivery.
func (d *Delivery) Recall(tx feature.Tx, _ protocol.Log, e protocol.EventID) error {
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.recalled = append(d.recalled, e)
	})
	return nil
}

// Recalled returns the messages that were kept from leaving.
func (d *Delivery) Recalled() []protocol.EventID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]protocol.EventID(nil), d.recalled...)
}

// Receipt implements feature.Delivery.
func (d *Delivery) Receipt(tx feature.Tx, r protocol.Receipt) error {
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.receipts = append(d.receipts, r)
	})
	return nil
}

// Owe implements feature.Delivery.
func (d *Delivery) Owe(tx feature.Tx, log protocol.Log, reader protocol.Account, to []protocol.Account) error {
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.owed = append(d.owed, Owed{log, reader, to})
	})
	return nil
}

// Owed is that others are to be told how far somebody read.
type Owed struct {
	Log    protocol.Log
	Reader protocol.Account
	To     []protocol.Account
}

// Owed returns who would be told how far others read.
func (d *Delivery) Owed() []Owed {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Owed(nil), d.owed...)
}

// Reached implements feature.Delivery: who is connected has everything.
func (d *Delivery) Reached(_ feature.Tx, _ protocol.Log, _ protocol.EventID, members []protocol.Account) (map[protocol.Account]bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[protocol.Account]bool{}
	for _, m := range members {
		out[m] = d.connected[m]
	}
	return out, nil
}

// Signal is a passing fact that would leave the node.
type Signal struct {
	Log  protocol.Log // zero where it is spread
	From protocol.Account
	To   []protocol.Account // where it is spread
	Kind string
	Body []byte
}

// Signals returns the passing facts that would leave the node.
func (d *Delivery) Signals() []Signal {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Signal(nil), d.signals...)
}

// Signal implements feature.Delivery: the slices of this node are told.
func (d *Delivery) Signal(ctx context.Context, log protocol.Log, from protocol.Account, kind string, body []byte) error {
	d.mu.Lock()
	d.signals = append(d.signals, Signal{Log: log, From: from, Kind: kind, Body: body})
	d.mu.Unlock()
	var c feature.Conversation
	if err := d.n.Store.View(func(tx feature.Tx) (err error) {
		c, err = d.n.Timeline.Conversation(tx, log)
		return err
	}); err != nil {
		return err
	}
	return d.n.Registry.Signalled(ctx, kind, from, c, body)
}

// Spread implements feature.Delivery: everybody is reached who lives elsewhere and is connected.
func (d *Delivery) Spread(_ context.Context, from protocol.Account, to []protocol.Account, kind string, body func([]protocol.Account) ([]byte, error)) ([]protocol.Account, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var some []protocol.Account
	for _, a := range to {
		if d.connected[a] {
			some = append(some, a)
		}
	}
	if len(some) == 0 {
		return nil, nil
	}
	raw, err := body(some)
	if err == nil {
		d.signals = append(d.signals, Signal{From: from, To: some, Kind: kind, Body: raw})
	}
	return some, err
}

// Connect has the node of an account be connected.
func (d *Delivery) Connect(p *Person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.connected[p.ID] = true
}

// Reach implements feature.Delivery: nobody is connected unless a test says so.
func (d *Delivery) Reach(a protocol.Account) feature.Reach {
	d.mu.Lock()
	defer d.mu.Unlock()
	return feature.Reach{Connected: d.connected[a]}
}

// Peers implements feature.Delivery.
func (d *Delivery) Peers() []feature.Peer { return nil }

// Frame is what watchers of an account were told.
type Frame struct {
	To   protocol.Account
	Type string
	Data any
}

// Live records what watchers are told.
type Live struct {
	mu     sync.Mutex // guards what follows
	frames []Frame
	more   chan struct{} // closed and replaced at each frame

	attended map[protocol.Account]bool
}

func newLive() *Live { return &Live{more: make(chan struct{}), attended: map[protocol.Account]bool{}} }

// Tell implements feature.Watchers.
func (l *Live) Tell(accounts []protocol.Account, frame string, data any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range accounts {
		l.frames = append(l.frames, Frame{To: a, Type: frame, Data: data})
	}
	close(l.more)
	l.more = make(chan struct{})
}

// Watched implements feature.Watchers: everybody is.
func (*Live) Watched(protocol.Account) bool { return true }

// Attended implements feature.Watchers: who was opened by Attend.
func (l *Live) Attended(a protocol.Account) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attended[a]
}

// Attend opens or closes the only page of a person.
func (n *Node) Attend(who *Person, there bool) {
	n.Live.mu.Lock()
	n.Live.attended[who.ID] = there
	n.Live.mu.Unlock()
	n.Registry.Attend(who.ID, there)
}

// CloseSession implements feature.Watchers.
func (l *Live) CloseSession(protocol.Account, string) {}

func (l *Live) snapshot() ([]Frame, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Frame(nil), l.frames...), l.more
}

// Told returns the frames of a type that a person was told until now.
func Told[T any](n *Node, who *Person, frame string) (out []T) {
	frames, _ := n.Live.snapshot()
	for _, f := range frames {
		if v, ok := f.Data.(T); ok && f.To == who.ID && f.Type == frame {
			out = append(out, v)
		}
	}
	return out
}

// Await waits until a person was told a frame that is right, and returns it.
func Await[T any](n *Node, who *Person, frame string, right func(T) bool) T {
	n.t.Helper()
	limit := time.After(time.Minute)
	for {
		_, more := n.Live.snapshot()
		told := Told[T](n, who, frame)
		for _, v := range told {
			if right(v) {
				return v
			}
		}
		select {
		case <-more:
		case <-limit:
			n.t.Fatalf("%s was never told a right %s; told: %+v", who.Name, frame, told)
		}
	}
}

// Wire stands for the network below the directory: nobody answers unless a test gives Answer.
type Wire struct {
	Answer func(kind string, body []byte) ([]byte, error)
}

var errNobody = errors.New("nobody is there")

// Request implements directory.Network.
func (w *Wire) Request(_ context.Context, _ net.PeerID, kind string, body []byte) ([]byte, error) {
	if w.Answer == nil {
		return nil, errNobody
	}
	return w.Answer(kind, body)
}

// Connect implements directory.Network.
func (w *Wire) Connect(context.Context, net.PeerID, []string) error {
	if w.Answer == nil {
		return errNobody
	}
	return nil
}

// Connected implements directory.Network.
func (w *Wire) Connected(net.PeerID) bool { return w.Answer != nil }

// OverLoopback implements directory.Network.
func (w *Wire) OverLoopback(net.PeerID) bool { return false }

// Addrs implements directory.Network.
func (w *Wire) Addrs() []string { return nil }
