// Package delivery carries what local accounts append to the devices of others, and takes in what comes for them.
//
// Out: the outbox row is written in the transaction that logs the event, sealed in the same transaction where a session is
// there; a courier for each node of a peer offers the rows of a pair of devices in order, and deletes them when the other
// node says that they are durable there. In: a blob is opened, its event logged, the ratchet advanced and the id of the blob
// noted in one transaction; only then is it acknowledged (SPEC.md, envelopes and acknowledgements).
//
// It promises that nothing is lost or shown twice whenever either node dies, that a newer message of a pair is never offered
// before an older one, and that what a peer sends costs bounded work. A Delivery is safe for concurrent use.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/crypto/identity"
	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Network is what the delivery needs of the host.
type Network interface {
	Ready(context.Context, net.PeerID) error
	Lane(context.Context, net.PeerID) (Lane, error)
	Connect(context.Context, net.PeerID, []string) error
	Connected(net.PeerID) bool
	OverLoopback(net.PeerID) bool
	Peers() []net.PeerStatus
}

// Lane carries blobs to one node in order, as net.Lane does. Two lanes are equal only if they are the same.
type Lane interface {
	Put(context.Context, net.Queue, net.Token, []byte) (Pending, error)
	Done() <-chan struct{}
}

// Pending is a blob on its way, as net.Pending is.
type Pending interface {
	Done() <-chan struct{}
	Result() (net.Code, error)
}

// Wait returns the answer to a Put once there is one, or the error of the context if that ends before.
func Wait(ctx context.Context, p Pending) (net.Code, error) {
	select {
	case <-p.Done():
		return p.Result()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Directory is what the delivery needs of the address book.
type Directory interface {
	Log(feature.Tx, protocol.Account) (*identity.Log, error)
	Local(feature.Tx, protocol.Account) bool
	Forked(feature.Tx, protocol.Account) bool
	Secret(feature.Tx, protocol.Account) []byte
	Merge(feature.Tx, protocol.Account, []identity.Signed) error
	Reach(context.Context, protocol.Account, net.PeerID) error
	AskPeer(ctx context.Context, to protocol.Account, peer net.PeerID, kind string, body []byte) ([]byte, error)
	Refresh(context.Context, protocol.Account) error
	SetAddresses(feature.Tx, protocol.Account, []string) error
	MailboxesOf(feature.Tx, protocol.Account) ([]string, error)
	SetMailboxes(feature.Tx, protocol.Account, []string) error
	Person(feature.Tx, protocol.Account) (protocol.Person, error)
	Adopt(tx feature.Tx, p protocol.Person, claims func([]string) []string) error
}

// Timeline is the door to the logs, for what comes in.
type Timeline interface {
	IngestDirect(tx feature.Tx, local protocol.Account, e *protocol.Event) error
	IngestGroup(tx feature.Tx, e *protocol.Event, stamp feature.Stamp) error
	Get(feature.Tx, protocol.Log, protocol.EventID) (feature.Entry, error)
	Conversation(feature.Tx, protocol.Log) (feature.Conversation, error)
}

// Config is what a Delivery is made of.
type Config struct {
	Store     *storage.Store
	Realm     *storage.Realm // the node's
	Registry  *feature.Registry
	Sessions  *session.Sessions
	Directory Directory
	Network   Network
	Post      Post // nil: there are no mailboxes
	Keys      interface {
		Device(protocol.Account) (feature.Device, error)
		Unlocked(protocol.Account) bool
	}
	Accuse func(feature.Incident) // told of what a peer offered that no honest one does; must not block; may be nil
	Now    func() time.Time
	Random io.Reader
	Logger *slog.Logger
}

// Delivery is the post office of the node. See the package comment.
type Delivery struct {
	Config
	timeline Timeline

	undecryptable atomic.Uint64

	mu       sync.Mutex
	seq      uint64
	couriers map[net.PeerID]*courier
	pending  map[net.PeerID]map[session.Pair]bool
	lastSeen map[net.PeerID]time.Time
	spawn    func(net.PeerID) // starts a courier; nil while the delivery does not run
	dirty    map[receiptKey]bool
	flush    chan struct{}
	opened   []protocol.Account    // unlocked since their inbox was looked at
	waiting  []protocol.Account    // in their inbox something waits until another account is unlocked
	compared map[session.Pair]bool // the peer was asked in this run how far it is
	woken    map[session.Pair]bool // something was queued for them since the clerk looked
	afresh   map[session.Pair]bool // something of them is to be offered that was offered before
	news     []feature.Progress    // not told yet
	signals  []received            // not handed on yet
	early    []*early              // records of groups that are not here yet
	hearing  hearing
	owing    chan struct{}
	clerk    chan struct{}
	unlocked chan struct{}

	roads      *road.Book
	groups     Groups
	reconciler Reconciler
	gossip     Gossip
	laden      map[net.PeerID]map[protocol.Log]bool // roads that a courier is to look at, or looked at
	opening    map[way]bool                         // something was queued for them since the clerk looked
	shifted    map[protocol.Log]bool                // their membership changed since then
	incidents  map[incident]bool                    // not told yet
	tolls      map[way]*toll                        // answered and not written
	collect    chan struct{}
	calls      map[callee]bool // nodes to connect with
	calling    chan struct{}

	pauses   map[deposit]time.Time      // mailboxes that are not tried before
	renewals map[session.Pair]time.Time // when a peer was last asked to seal again what came through a mailbox
	boarding map[way]boarding           // when something was last packed for a node that is away

	parks   map[protocol.Log]*tally // what waits for an operation or a key
	stirred chan struct{}
}

// New returns a delivery that takes events and keeps them; Run carries them.
func New(c Config) *Delivery {
	d := &Delivery{
		Config:   c,
		couriers: map[net.PeerID]*courier{}, pending: map[net.PeerID]map[session.Pair]bool{}, lastSeen: map[net.PeerID]time.Time{},
		woken: map[session.Pair]bool{}, afresh: map[session.Pair]bool{}, compared: map[session.Pair]bool{}, clerk: make(chan struct{}, 1),
		dirty: map[receiptKey]bool{}, flush: make(chan struct{}, 1), unlocked: make(chan struct{}, 1),
		laden: map[net.PeerID]map[protocol.Log]bool{}, opening: map[way]bool{}, shifted: map[protocol.Log]bool{},
		incidents: map[incident]bool{}, tolls: map[way]*toll{}, collect: make(chan struct{}, 1),
		calls: map[callee]bool{}, calling: make(chan struct{}, 1),
		pauses: map[deposit]time.Time{}, renewals: map[session.Pair]time.Time{},
		boarding: map[way]boarding{}, parks: map[protocol.Log]*tally{}, stirred: make(chan struct{}, 1), hearing: newHearing(), owing: make(chan struct{}, 1),
	}
	d.roads = &road.Book{Realm: c.Realm, Now: c.Now, Next: d.next}
	return d
}

// With gives the delivery the logs into which it puts what comes. The two need one another; it is called once, while the node
// is wired.
func (d *Delivery) With(t Timeline) *Delivery {
	d.timeline = t
	return d
}

// Run carries until the context ends: it takes up what waits in the store, keeps a courier for each node that something
// waits for, opens what came while accounts were locked, and sends receipts.
func (d *Delivery) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	d.mu.Lock()
	d.spawn = func(peer net.PeerID) {
		c := newCourier(d, peer)
		d.couriers[peer] = c
		group.Go(func() error {
			defer d.dismiss(c)
			if err := d.guard("courier", func() error { return c.run(ctx) }); !errors.Is(err, errPanicked) {
				return err
			}
			return nil // another one is sent in its place
		})
	}
	d.mu.Unlock()
	group.Go(func() error { // while this runs the group is not done, so nobody is spawned behind its end
		<-ctx.Done()
		d.mu.Lock()
		d.spawn = nil
		d.mu.Unlock()
		return nil
	})
	group.Go(func() error {
		if err := d.resume(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	group.Go(func() error { return d.steady(ctx, "clerk", func() error { return d.attend(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "receipts", func() error { return d.sendReceipts(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "cursors", func() error { return d.payDebts(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "inbox", func() error { return d.openInboxes(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "greetings", func() error { return d.greet(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "tolls", func() error { return d.collectTolls(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "mailboxes", func() error { return d.deposits(ctx) }) })
	group.Go(func() error { return d.steady(ctx, "parked records", func() error { return d.unpark(ctx) }) })
	return group.Wait()
}

// dismiss makes way for another courier where one ended without having retired.
func (d *Delivery) dismiss(c *courier) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.couriers[c.peer] == c {
		delete(d.couriers, c.peer)
	}
}

// resume finds what waits in the store.
func (d *Delivery) resume(ctx context.Context) error {
	return d.Store.View(func(tx feature.Tx) error {
		if err := d.each(tx, d.Realm.Key(storage.Outbox), "", func(k storage.Key, p parcel) (bool, error) {
			d.mu.Lock()
			d.seq = max(d.seq, p.Seq)
			d.mu.Unlock()
			if p.State.open() {
				d.wake(tx, p.Pair)
			}
			return ctx.Err() == nil, ctx.Err()
		}); err != nil {
			return err
		}
		return d.resumeRoads(ctx, tx)
	})
}

// wake makes sure that a courier looks after a pair.
func (d *Delivery) wake(tx feature.Tx, p session.Pair) {
	peer, ok := d.home(tx, p)
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pending[peer] == nil {
		d.pending[peer] = map[session.Pair]bool{}
	}
	d.pending[peer][p] = true
	delete(d.pauses, deposit{pair: p})
	if c := d.couriers[peer]; c != nil {
		c.nudge()
	} else if d.spawn != nil {
		d.spawn(peer)
	}
}

// home is the node that a peer's device lives on.
func (d *Delivery) home(tx feature.Tx, p session.Pair) (net.PeerID, bool) {
	log, err := d.Directory.Log(tx, p.Peer)
	if err != nil {
		return "", false
	}
	dev, ok := log.Device(identity.DeviceID(p.PeerDev))
	if !ok {
		return "", false
	}
	peer, err := net.ParsePeerID(string(dev.PeerID))
	return peer, err == nil
}

// Connected is called when a node connected: what waits for it goes at once.
func (d *Delivery) Connected(peer net.PeerID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastSeen[peer] = d.Now()
	if c := d.couriers[peer]; c != nil {
		c.nudge()
	}
	d.payUp()
}

// Disconnected is called when the last connection with a node ended.
func (d *Delivery) Disconnected(peer net.PeerID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastSeen[peer] = d.Now()
}

// Unlocked is called when an account was unlocked: its inbox is opened and its outbox goes on, once the delivery runs.
func (d *Delivery) Unlocked(_ context.Context, a protocol.Account) error {
	d.mu.Lock()
	d.opened = append(d.opened, a)
	d.mu.Unlock()
	d.lookIn()
	return nil
}

// lookIn has the inboxes opened.
func (d *Delivery) lookIn() {
	select {
	case d.unlocked <- struct{}{}:
	default:
	}
}

// errPanicked ends what guard caught.
var errPanicked = errors.New("a panic was caught")

// guard keeps a panic on a peer's input from ending the node. The log gets its type and place: the value may hold text.
func (d *Delivery) guard(what string, fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.Logger.Error("panic in delivery", "in", what, "value", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return fn()
}

// calm is how long work that panicked waits before it begins again.
const calm = time.Second

// steady runs work that the node cannot be without: after a panic it begins again.
func (d *Delivery) steady(ctx context.Context, what string, fn func() error) error {
	for {
		if err := d.guard(what, fn); !errors.Is(err, errPanicked) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(calm):
		}
	}
}
