package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"conclave/node/delivery"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Guest is a host without a name: its key is made for it and thrown away with it, and it answers nobody.
type Guest interface {
	Connect(ctx context.Context, to net.PeerID, addrs []string) error
	Request(ctx context.Context, to net.PeerID, kind string, body []byte) ([]byte, error)
	Lane(ctx context.Context, to net.PeerID) (delivery.Lane, error)
	Close() error
}

// Guests are the hosts without a name over which this node deposits: one for each mailbox, made anew every day, so that
// no mailbox can join what comes today with what came yesterday, or with what another one gets. It is safe for concurrent use.
type Guests struct {
	Self net.PeerID
	New  func() (Guest, error)
	Now  func() time.Time

	mu     sync.Mutex
	open   map[net.PeerID]*visit
	closed bool
}

// visit is a guest at one mailbox.
type visit struct {
	guest Guest
	made  time.Time
	used  time.Time
}

// A guest is left after a day, or when it was not needed for a while; so many are kept at a time.
const (
	guestDay  = 24 * time.Hour
	guestIdle = 10 * time.Minute
	maxGuests = 64
)

// ErrSelf means that a mailbox is this node.
var ErrSelf = errors.New("the mailbox is this node")

// ParseAddress splits a mailbox's multiaddr into the address and the peer id behind /p2p/.
func ParseAddress(text string) (addr string, peer net.PeerID, err error) {
	at, id, ok := strings.Cut(text, "/p2p/")
	if !ok || strings.Contains(id, "/") || len(text) > protocol.MaxAddress {
		return "", "", fmt.Errorf("mailbox %q: want a multiaddr that ends with /p2p/ and a peer id", text)
	}
	peer, err = net.ParsePeerID(id)
	return at, peer, err
}

// visit returns the guest for a mailbox, connected.
func (g *Guests) visit(ctx context.Context, mailbox string) (Guest, net.PeerID, error) {
	addr, peer, err := ParseAddress(mailbox)
	if err != nil {
		return nil, "", err
	}
	if peer == g.Self {
		return nil, "", ErrSelf
	}
	guest, err := g.at(peer)
	if err != nil {
		return nil, "", err
	}
	return guest, peer, guest.Connect(ctx, peer, []string{addr})
}

func (g *Guests) at(peer net.PeerID) (Guest, error) {
	now := g.Now()
	var over []Guest
	defer func() {
		for _, old := range over {
			_ = old.Close() // its lanes end with ErrLost, and what was under way is offered again
		}
	}()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errors.New("the node stops")
	}
	for id, v := range g.open {
		if now.Sub(v.made) >= guestDay || id != peer && now.Sub(v.used) >= guestIdle {
			over = append(over, v.guest)
			delete(g.open, id)
		}
	}
	if v := g.open[peer]; v != nil {
		v.used = now
		return v.guest, nil
	}
	if len(g.open) >= maxGuests {
		return nil, errors.New("too many mailboxes are in use")
	}
	guest, err := g.New()
	if err != nil {
		return nil, err
	}
	if g.open == nil {
		g.open = map[net.PeerID]*visit{}
	}
	g.open[peer] = &visit{guest, now, now}
	return guest, nil
}

// Lane returns a lane to a mailbox, which does not learn whose it is, and the mailbox's peer id.
func (g *Guests) Lane(ctx context.Context, mailbox string) (delivery.Lane, net.PeerID, error) {
	guest, peer, err := g.visit(ctx, mailbox)
	if err != nil {
		return nil, peer, err
	}
	lane, err := guest.Lane(ctx, peer)
	return lane, peer, err
}

// Close ends all of them.
func (g *Guests) Close() error {
	g.mu.Lock()
	open := g.open
	g.open, g.closed = nil, true
	g.mu.Unlock()
	var errs []error
	for _, v := range open {
		errs = append(errs, v.guest.Close())
	}
	return errors.Join(errs...)
}
