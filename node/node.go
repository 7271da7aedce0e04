// Package node wires a Conclave node together. Open builds it from top to bottom, Run lets it work until its context ends,
// Close ends it. What the node offers to clients is in its Registry; the bridge and the control socket serve that.
//
// A Node is safe for concurrent use once it is open.
package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/alarm"
	"conclave/node/delivery"
	"conclave/node/directory"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/gossip"
	"conclave/node/group"
	"conclave/node/keyring"
	"conclave/node/live"
	"conclave/node/mailbox"
	"conclave/node/preview"
	"conclave/node/reconcile"
	"conclave/node/session"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Config says what a node is made of.
type Config struct {
	Data   string   // folder; empty keeps everything in memory
	Listen []string // multiaddrs; nil for the default ones, empty for none
	// GroupListen are the multiaddrs of the second host, for gossip. Empty: the node does not gossip. Nil: where Listen is, at
	// port 8423, or at any port where Listen takes any.
	GroupListen []string
	PublicURL   string        // "https://node.example", empty where there is none
	HTTPAddr    func() string // host:port of the page once it listens, for addresses while there is no public URL
	Version     string
	Logger      *slog.Logger
	Unlimited   bool // no limits on peers: load tests
	NAT         bool
	Relays      []string
	Network     func(ed25519.PrivateKey) (Network, error) // makes the host of that key, and there is no gossip; nil takes one of protocol/net, made of Listen to Relays
	AcceptLoss  bool                                      // opens a store that lost what it had reported as stored; its sessions are compared with those of the peers
	Rows        *storage.Memory                           // keeps the store in place of the folder: simulations
	Mailbox     mailbox.Mode                              // for whom this node keeps blobs while theirs is away; zero: for contacts
	MailboxAt   []string                                  // multiaddrs with /p2p/ of the nodes that keep blobs for accounts that chose none
	Cost        vault.Cost                                // of passphrases; zero takes the real one, others are for tests and demos
	Previews    feature.Previewer                         // looks at pages of the web; nil takes the one of package preview
	Now         func() time.Time
	More        []feature.Feature   // slices beside the node's own
	Verified    *directory.Verified // identity logs that nodes of this process verified: simulations; nil: the node's own

	settle time.Duration // how long after a start jobs that are due wait; zero takes the real time
}

// Node is one node. See the package comment.
type Node struct {
	config   Config
	started  time.Time
	master   *keyring.Master
	store    *storage.Store
	keys     *keyring.Keyring
	host     Network
	live     *live.Hub
	registry *feature.Registry

	directory *directory.Directory
	sessions  *session.Sessions
	delivery  *delivery.Delivery
	timeline  *timeline.Timeline
	catcher   *reconcile.Catcher
	groups    *group.Groups
	gossip    *gossip.Overlay
	slices    *feature.Host // what the node itself asks of the slices
	alarms    *alarm.Clock
	keeper    *mailbox.Keeper
	owner     *mailbox.Owner
	guests    *mailbox.Guests
	stocked   accounts
	queue     queue
	keeping   keeping
	keyStock  keyStock
	strangers *strangers
}

// Open builds a node: it takes the folder's lock, opens the store, binds the addresses and unlocks what the node may unlock by
// itself. Nothing is taken from peers before Run.
func Open(ctx context.Context, c Config) (n *Node, err error) {
	c = c.orDefault()
	n = &Node{config: c, started: c.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err := n.openStore(); err != nil {
		return n, err
	}
	if n.host, err = c.Network(n.master.PeerKey()); err != nil {
		return n, err
	}
	n.registry = feature.NewRegistry()
	n.live = live.New(c.Logger, c.Now)
	n.live.OnAttend(n.registry.Attend)
	n.strangers = newStrangers()
	n.wire()
	if err := n.owner.Load(ctx); err != nil {
		return n, fmt.Errorf("read which nodes are mailboxes: %w", err)
	}
	for _, start := range n.registry.Starts() {
		if err := start(ctx); err != nil {
			return n, fmt.Errorf("start: %w", err)
		}
	}
	if err := n.pace(ctx); err != nil {
		return n, fmt.Errorf("read when jobs ran: %w", err)
	}
	return n, nil
}

func (c Config) orDefault() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Network != nil {
		c.GroupListen = []string{}
	} else {
		c.Network = c.overSockets
	}
	if c.GroupListen == nil {
		c.GroupListen = gossip.Beside(c.Listen)
	}
	if c.Previews == nil {
		c.Previews = preview.New(preview.Config{})
	}
	if c.settle == 0 {
		c.settle = settle
	}
	if c.HTTPAddr == nil {
		c.HTTPAddr = func() string { return "" }
	}
	return c
}

// openStore opens the folder: its master key, its store and the keys that its rows lie under.
func (n *Node) openStore() (err error) {
	c := n.config
	options := storage.Options{InMemory: c.Data == "" || c.Rows != nil, Memory: c.Rows, Logger: c.Logger, AcceptLoss: c.AcceptLoss}
	if c.Data == "" {
		var key [32]byte
		rand.Read(key[:])
		n.master = keyring.MasterFrom(key)
	} else {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		if n.master, err = keyring.OpenMaster(c.Data, rand.Reader); err != nil {
			return err
		}
		options.Dir = filepath.Join(c.Data, "store")
	}
	options.Key = n.master.Store()
	if n.store, err = storage.Open(options); err != nil {
		return err
	}
	n.keys, err = keyring.New(c.Data, n.master, n.store)
	return err
}

// wire makes the parts and hands each its collaborators.
func (n *Node) wire() {
	c := n.config
	n.directory = directory.New(directory.Config{
		Store: n.store, Realm: n.keys.Node(), Network: n.host, Public: c.PublicURL, Host: n.addressHost, Now: c.Now, Logger: c.Logger, Verified: c.Verified,
		Mailboxes: func(tx feature.Tx, a protocol.Account) ([]string, error) { return n.owner.Told(tx, a) },
		Visit: func(ctx context.Context, mailbox string, a protocol.Account) ([]identity.Signed, error) {
			chain, _, err := n.guests.Person(ctx, mailbox, a)
			return chain, err
		},
	})
	n.sessions = session.New(session.Config{
		Keys: n.keys, Identities: n.directory, Secret: n.registry.CheckLink, Routes: n.host.Addrs,
		Mailboxes: func(tx feature.Tx, a protocol.Account) ([]string, error) { return n.owner.Told(tx, a) },
		NewQueue:  func(a protocol.Account) { n.owner.Renew(a) },
		Now:       c.Now, Random: n.random(),
	})
	n.directory.Serve(session.KindPrekeys, n.sessions.Serve(n.store))
	n.directory.Serve(session.KindPosition, n.sessions.ServePosition(n.store))
	n.delivery = delivery.New(delivery.Config{
		Store: n.store, Realm: n.keys.Node(), Registry: n.registry, Sessions: n.sessions, Directory: n.directory, Network: n.host,
		Post: post{n}, Keys: n.keys, Accuse: n.accuse, Now: c.Now, Random: n.random(), Logger: c.Logger,
	})
	n.mailboxes()
	n.groups = group.New(group.Config{
		Store: n.store, Keys: n.keys, Identities: n.directory, Registry: watchers{n}, TopicKept: func() { n.gossip.Stir() }, Self: string(n.host.ID()), Contacts: n.accepted,
		Now: c.Now, Random: n.random(), Logger: c.Logger,
	})
	n.timeline = timeline.New(timeline.Config{
		Store: n.store, Logger: c.Logger, Registry: n.registry, Keys: n.keys, Local: n.directory.Local, Groups: n.groups, Outbox: n.delivery,
		Logged: func(log protocol.Log, id protocol.EventID, gap bool) { n.catcher.Logged(log, id, gap) }, Clock: protocol.NewClock(c.Now), Now: c.Now, Random: n.random(),
	})
	n.groups.With(n.delivery.Carry(guests{n.groups, n}), n.timeline)
	n.catcher = reconcile.New(reconcile.Config{
		Store: n.store, Groups: n.groups, Timeline: n.timeline, Directory: n.directory, Delivery: n.delivery, Network: n.host,
		Changed: func(log protocol.Log) { n.slices.TellConversation(log) }, Appeared: n.delivery.Moved, Report: n.registry.Report, Accuse: n.accuse, Now: c.Now, Logger: c.Logger,
	})
	n.delivery.Report(n.catcher)
	n.directory.OnMet(n.catcher.Met)
	n.gossip = n.overlay()
	n.delivery.GossipBy(n.gossip)
	n.groups.SyncWith(n.catcher.Sync)
	n.keys.OnUnlock(n.renew)
	n.keys.LeaveWith(n.sessions)
	n.keys.OnUnlock(n.keys.Collect)
	n.keys.OnUnlock(n.stock)
	n.keys.OnUnlock(n.owner.Unlocked)
	n.keys.OnUnlock(n.delivery.Unlocked)
	n.keys.OnUnlock(n.timeline.Unlocked)
	n.keys.OnUnlock(n.catcher.Unlocked)
	n.keys.OnUnlock(n.groups.Unlocked)
	n.keys.OnUnlock(n.gossip.Unlocked)
	n.alarms = alarm.New(n.store, n.keys.Node(), n.registry, c.Now, c.Logger)
	services := feature.Services{
		Now: c.Now, Random: n.random(), Logger: c.Logger, Store: n.store, Realms: n.keys, Keys: n.keys,
		Timeline: n.timeline, Groups: n.groups, Directory: n.directory, Delivery: n.delivery.With(n.timeline), Live: n.live, Alarms: n.alarms, Previews: c.Previews, Node: n,
	}
	for _, f := range slices.Concat([]feature.Feature{n.directory.Feature(), n.owner.Feature(), n.keeper.Feature(), n.own()}, features(c.Cost), c.More) {
		feature.Install(n.registry, services, f)
	}
}

// Run lets the node work until the context ends or a part of it fails for good.
func (n *Node) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return n.host.Run(ctx, net.Handlers{
			Receive: n.admit, Serve: n.directory.Answer, Connected: n.connected, Disconnected: n.disconnected, Offended: n.offended,
		})
	})
	group.Go(func() error { return n.introduce(ctx) })
	group.Go(func() error { return n.delivery.Run(ctx) })
	group.Go(func() error { return n.catcher.Run(ctx) })
	group.Go(func() error { return n.timeline.Run(ctx) })
	group.Go(func() error { return n.keeper.Run(ctx) })
	group.Go(func() error { return n.owner.Run(ctx) })
	group.Go(func() error { return n.groups.Run(ctx) })
	group.Go(func() error { return n.gossip.Run(ctx) })
	group.Go(func() error { return n.registry.Run(ctx) })
	group.Go(func() error { return n.alarms.Run(ctx) })
	group.Go(func() error { return n.store.Maintain(ctx) })
	for _, job := range n.allJobs() {
		group.Go(func() error { return n.repeat(ctx, job) })
	}
	return group.Wait()
}

func (n *Node) connected(peer net.PeerID) {
	n.delivery.Connected(peer)
	n.catcher.Connected(peer)
	n.keeper.Connected(peer)
}

func (n *Node) disconnected(peer net.PeerID) {
	n.delivery.Disconnected(peer)
	n.catcher.Disconnected(peer)
}

// Close ends the node: the network first, the store last.
func (n *Node) Close() error {
	var errs []error
	if n.guests != nil {
		errs = append(errs, n.guests.Close())
	}
	if n.host != nil {
		errs = append(errs, n.host.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(errs...)
}

// Registry is what the slices registered: operations, frames, authentication.
func (n *Node) Registry() *feature.Registry { return n.registry }

// Live is the hub of live connections.
func (n *Node) Live() *live.Hub { return n.live }

// SetupToken is the token of the set-up link, empty once the node has an account.
func (n *Node) SetupToken() string {
	op, ok := n.registry.Operation("setup.get")
	if !ok {
		return ""
	}
	out, err := op.Call(context.Background(), feature.Nothing{})
	if s, is := out.(account.Setup); err == nil && is && s.Claimed {
		return ""
	}
	return account.SetupToken(n.keys, n)
}

// Ready tells why the node cannot serve now, nil if it can: the store takes a write and syncs it.
func (n *Node) Ready(ctx context.Context) error {
	if err := n.store.Err(); err != nil {
		return err
	}
	key := n.keys.Node().Key(storage.Settings, storage.H([]byte("probe")))
	return n.store.Update(ctx, func(tx feature.Tx) error {
		return storage.PutAs(tx, n.keys.Node(), key, uint64(n.config.Now().UnixMilli()))
	})
}

func (n *Node) random() io.Reader { return rand.Reader }

func (n *Node) addressHost() string {
	if n.config.PublicURL == "" {
		return n.config.HTTPAddr()
	}
	u, err := url.Parse(n.config.PublicURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// PeerID implements feature.Node.
func (n *Node) PeerID() string { return string(n.host.ID()) }

// Addresses implements feature.Node.
func (n *Node) Addresses() []string { return n.host.Addrs() }

// Version implements feature.Node.
func (n *Node) Version() string { return n.config.Version }

// Started implements feature.Node.
func (n *Node) Started() time.Time { return n.started }

// DataDir implements feature.Node.
func (n *Node) DataDir() string { return n.config.Data }

// Public implements feature.Node: the public URL, or where the page is on this machine.
func (n *Node) Public() string {
	if n.config.PublicURL == "" && n.config.HTTPAddr() != "" {
		return "http://" + n.config.HTTPAddr()
	}
	return n.config.PublicURL
}
