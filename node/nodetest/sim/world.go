// Package sim plays stories of groups in virtual time: whole nodes of one process over a network in memory, a script that
// follows from a seed, and what has to hold when the network is whole again.
//
// A seed fixes everything: the script, the delays, what breaks and when, which transactions fail, the keys, and, since stories over the
// wire are told in processes of their own in which package still leaves nothing to chance, the order of whatever happens at one instant. A process tells
// some seeds one after another; a failing one is told again, with those before it, by -seed and -threads as its last line says, and
// takes the same course frame for frame (decision 0110). Stories over libp2p are told in the process of the test, and their seed replays the script only.
//
// It is made for the bubble of testing/synctest.
//
// It drives nodes through their operations, as every client does, and looks into their logs by a slice of its own.
package sim

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"conclave/node"
	"conclave/node/directory"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/contact"
	"conclave/node/mailbox"
	"conclave/node/nodetest"
	"conclave/node/nodetest/wire"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

const passphrase = "correct horse battery staple"

// Ground is what the nodes of a world stand on.
type Ground interface {
	// Host brings a node with that key onto the network.
	Host(key ed25519.PrivateKey) (node.Network, error)
	// Part cuts the network, Part(nil) heals it.
	Part(sides map[net.PeerID]int)
	// Break loses every connection of a host.
	Break(net.PeerID)
}

// overWire is the network in memory.
type overWire struct{ *wire.Net }

func (o overWire) Host(key ed25519.PrivateKey) (node.Network, error) {
	h, err := o.Net.Host(key)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// world is the nodes, their people, and what was said.
type world struct {
	ctx    context.Context
	ground Ground
	dir    string
	log    func(format string, args ...any)
	debug  io.Writer
	homes  []*home
	people []*person
	mailAt []string // addresses of the mailboxes of all accounts
}

// home is a node that is started and stopped; what is on its disk stays.
type home struct {
	w     *world
	name  string
	data  string
	rows  *storage.Memory
	skew  atomic.Int64 // of its clock, nanoseconds
	wrong atomic.Bool  // transactions fail now and then
	keeps mailbox.Mode // for whom it is a mailbox
	dice  func() bool

	node *node.Node // nil while it is down
	in   feature.Services
	peer net.PeerID
	stop context.CancelFunc
	done chan error
}

// person is somebody with an account.
type person struct {
	home   *home
	name   string
	acct   protocol.Account
	sealed bool
	link   string
}

// home makes a node that was never started.
func (w *world) home(dice uint64) *home {
	i := len(w.homes)
	rng := rand.New(rand.NewPCG(dice, uint64(i)))
	name := fmt.Sprint("node", i)
	h := &home{w: w, name: name, data: filepath.Join(w.dir, name), dice: func() bool { return rng.IntN(25) == 0 }}
	h.rows = &storage.Memory{Fault: h.fault}
	w.homes = append(w.homes, h)
	return h
}

// verified are the identity logs of the people of all worlds: a troupe plays in many.
var verified = directory.NewVerified()

// errFault is what a transaction fails with that the script lets fail.
var errFault = errors.New("the disk has a bad moment")

func (h *home) fault() error {
	if h.wrong.Load() && h.dice() {
		return errFault
	}
	return nil
}

func (h *home) now() time.Time { return time.Now().Add(time.Duration(h.skew.Load())) }

func (h *home) start() error {
	logger := slog.New(slog.DiscardHandler)
	if h.w.debug != nil {
		logger = slog.New(slog.NewTextHandler(h.w.debug, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", h.name)
	}
	spy := feature.Feature{Name: "spy", Install: func(host *feature.Host) { h.in = host.Services }}
	n, err := node.Open(h.w.ctx, node.Config{
		Data: h.data, Rows: h.rows, Network: h.w.ground.Host, Cost: nodetest.Cheap, Now: h.now, Logger: logger, More: []feature.Feature{spy},
		Verified: verified, Mailbox: h.keeps, MailboxAt: h.w.mailAt,
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", h.name, err)
	}
	h.node, h.peer, h.done = n, net.PeerID(n.PeerID()), make(chan error, 1)
	var ctx context.Context
	ctx, h.stop = context.WithCancel(h.w.ctx)
	go func() { h.done <- n.Run(ctx) }()
	return nil
}

func (h *home) up() bool { return h.node != nil }

// down stops a node in an orderly way.
func (h *home) down() error {
	if !h.up() {
		return nil
	}
	h.stop()
	err := <-h.done
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	err = errors.Join(err, h.node.Close())
	h.node = nil
	if err != nil {
		return fmt.Errorf("stop %s: %w", h.name, err)
	}
	return nil
}

// crash kills a node: nothing is written or sent any more from now on.
func (h *home) crash() {
	if !h.up() {
		return
	}
	h.rows.Cut()
	h.w.ground.Break(h.peer)
	h.stop()
	<-h.done
	_ = h.node.Close() // what it would still say is lost
	h.node = nil
}

// found makes the people of a home, the first of whom owns it.
func (h *home) found(names ...string) error {
	var owner protocol.Account
	for i, name := range names {
		req := account.CreateRequest{Name: name, Passphrase: passphrase}
		if i == 0 {
			req.SetupToken = h.node.SetupToken()
		} else {
			invite, err := call[account.NewInvite](h, feature.Actor{Account: owner, Owner: true}, "invite.create", account.InviteRequest{})
			if err != nil {
				return err
			}
			req.Invite = invite.Token
		}
		made, err := call[account.Opened](h, feature.Actor{}, "account.create", req)
		if err != nil {
			return err
		}
		p := &person{home: h, name: name, acct: made.Account.Acct}
		me, err := call[account.Me](h, p.actor(), "me.get", feature.Nothing{})
		if err != nil {
			return err
		}
		p.link = me.ContactLink
		h.w.people = append(h.w.people, p)
		if i == 0 {
			owner = p.acct
		}
	}
	return nil
}

func (p *person) actor() feature.Actor { return feature.Actor{Account: p.acct} }

// meet makes two people contacts by the link of the second.
func (p *person) meet(q *person) error {
	_, err := call[contact.Contact](p.home, p.actor(), "contact.add", contact.LeadRequest{Link: q.link})
	return err
}

// seal has the account open only by a log-in after every start.
func (p *person) seal() error {
	_, err := call[feature.Nothing](p.home, p.actor(), "me.seal", account.SealRequest{Sealed: true, Passphrase: passphrase})
	p.sealed = err == nil
	return err
}

// logIn opens the account after a start.
func (p *person) logIn() error {
	_, err := call[account.Opened](p.home, feature.Actor{}, "session.open", account.OpenRequest{Name: p.name, Passphrase: passphrase})
	return err
}

// open tells whether somebody can act now.
func (p *person) open() bool { return p.home.up() && p.home.in.Keys.Unlocked(p.acct) }

var errDown = errors.New("the node is down")

// call runs an operation of a node for somebody.
func call[Res any](h *home, who feature.Actor, op string, req any) (Res, error) {
	return callIn[Res](h.w.ctx, h, who, op, req)
}

// callKeyed is call under an idempotency key.
func callKeyed[Res any](h *home, who feature.Actor, key, op string, req any) (Res, error) {
	return callIn[Res](feature.WithKey(h.w.ctx, feature.Key{Value: key}), h, who, op, req)
}

func callIn[Res any](ctx context.Context, h *home, who feature.Actor, op string, req any) (out Res, err error) {
	if !h.up() {
		return out, errDown
	}
	o, ok := h.node.Registry().Operation(op)
	if !ok {
		return out, fmt.Errorf("there is no operation %s", op)
	}
	got, err := o.Call(feature.WithActor(ctx, who), req)
	if err != nil {
		return out, fmt.Errorf("%s: %w", op, err)
	}
	return got.(Res), nil
}

// tempDir is a folder for what nodes keep beside their rows, in memory where there is such a place.
func tempDir() (string, error) {
	dir := ""
	if i, err := os.Stat("/dev/shm"); err == nil && i.IsDir() {
		dir = "/dev/shm"
	}
	return os.MkdirTemp(dir, "conclave-sim-*")
}

// close stops all and forgets it.
func (w *world) close() error {
	var errs []error
	for _, h := range w.homes {
		errs = append(errs, h.down(), h.rows.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}

// names of people, in the order in which they are made.
var names = strings.Fields("ana ben cleo dan eve finn gwen hugo ida jon kim leo")
