package nodetest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"conclave/node"
	"conclave/node/delivery"
	"conclave/node/mailbox"
	"conclave/protocol/net"
)

// Rift is the network of some nodes of this process: real hosts on loopback between which it can open. Its nodes have no host for
// gossip. The zero Rift is closed.
type Rift struct {
	mu     sync.Mutex // guards what follows
	shores []*shore
	side   map[net.PeerID]int
	healed chan struct{} // closed when the rift closes; nil while it is closed
}

var errRift = errors.New("the network is cut")

// Host makes the host of a node; it is the Network of a node.Config.
func (r *Rift) Host(key ed25519.PrivateKey) (node.Network, error) {
	s := &shore{rift: r, key: key, turned: make(chan struct{}, 1), met: map[net.PeerID]bool{}}
	if err := s.listen("/ip4/127.0.0.1/tcp/0"); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shores = append(r.shores, s)
	return s, nil
}

// Open ends all connections at once. From then on only nodes of the same side find one another, by peer id; those not named are
// on side 0.
func (r *Rift) Open(sides map[string]int) error {
	r.mu.Lock()
	r.side, r.healed = map[net.PeerID]int{}, make(chan struct{})
	for peer, side := range sides {
		r.side[net.PeerID(peer)] = side
	}
	shores := slices.Clone(r.shores)
	r.mu.Unlock()
	for _, s := range shores {
		if err := s.bounce(); err != nil {
			return err
		}
	}
	return nil
}

// Heal lets all nodes find one another again.
func (r *Rift) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.healed != nil {
		close(r.healed)
		r.healed = nil
	}
	r.side = nil
}

// between returns what ends when nothing lies between two nodes any more, nil where nothing does.
func (r *Rift) between(a, b net.PeerID) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.side[a] == r.side[b] {
		return nil
	}
	return r.healed
}

// shore is the host of one node. It is closed and opened again, under the same address, to end its connections.
type shore struct {
	rift   *Rift
	key    ed25519.PrivateKey
	turned chan struct{}

	mu   sync.Mutex // guards what follows
	host node.Sockets
	over bool
	met  map[net.PeerID]bool // of whom the node was told that they are connected
}

func (s *shore) now() node.Sockets {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.host
}

func (s *shore) listen(addr string) error {
	h, err := net.New(net.Config{Key: s.key, Listen: []string{addr}, Unlimited: true})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host = node.Sockets{Host: h}
	return nil
}

// bounce ends all connections.
func (s *shore) bounce() (err error) {
	old := s.now()
	addr, _, _ := strings.Cut(old.Addrs()[0], "/p2p/")
	if err := old.Close(); err != nil {
		return err
	}
	for range 100 { // the port may not be free at once
		if err = s.listen(addr); err == nil {
			s.turned <- struct{}{}
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("listen again on %s: %w", addr, err)
}

// Run implements node.Network.
func (s *shore) Run(ctx context.Context, on net.Handlers) error {
	heard := on
	heard.Connected = func(p net.PeerID) { s.note(p, true); on.Connected(p) }
	heard.Disconnected = func(p net.PeerID) { s.note(p, false); on.Disconnected(p) }
	for {
		if err := s.now().Run(ctx, heard); err != nil || ctx.Err() != nil || s.ended() {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.turned:
		}
		s.mu.Lock()
		met := s.met
		s.met = map[net.PeerID]bool{}
		s.mu.Unlock()
		for p := range met {
			on.Disconnected(p)
		}
	}
}

func (s *shore) note(p net.PeerID, met bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if met {
		s.met[p] = true
	} else {
		delete(s.met, p)
	}
}

func (s *shore) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// Close implements node.Network.
func (s *shore) Close() error {
	s.mu.Lock()
	s.over = true
	h := s.host
	s.mu.Unlock()
	return h.Close()
}

func (s *shore) ID() net.PeerID                 { return s.now().ID() }
func (s *shore) Addrs() []string                { return s.now().Addrs() }
func (s *shore) Peers() []net.PeerStatus        { return s.now().Peers() }
func (s *shore) Offend(p net.PeerID)            { s.now().Offend(p) }
func (s *shore) Know(all []net.PeerID)          { s.now().Know(all) }
func (s *shore) Connected(p net.PeerID) bool    { return s.now().Connected(p) }
func (s *shore) OverLoopback(p net.PeerID) bool { return s.now().OverLoopback(p) }

// Guest implements node.Network. Guests are not cut off.
func (s *shore) Guest() (mailbox.Guest, error) { return s.now().Guest() }

// Connect implements node.Network.
func (s *shore) Connect(ctx context.Context, p net.PeerID, addrs []string) error {
	if s.rift.between(s.ID(), p) != nil {
		return errRift
	}
	return s.now().Connect(ctx, p, addrs)
}

// Ready implements node.Network.
func (s *shore) Ready(ctx context.Context, p net.PeerID) error {
	if healed := s.rift.between(s.ID(), p); healed != nil {
		select {
		case <-healed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.now().Ready(ctx, p)
}

// Lane implements node.Network.
func (s *shore) Lane(ctx context.Context, p net.PeerID) (delivery.Lane, error) {
	if s.rift.between(s.ID(), p) != nil {
		return nil, errRift
	}
	return s.now().Lane(ctx, p)
}

// Request implements node.Network.
func (s *shore) Request(ctx context.Context, p net.PeerID, kind string, body []byte) ([]byte, error) {
	if s.rift.between(s.ID(), p) != nil {
		return nil, errRift
	}
	return s.now().Request(ctx, p, kind, body)
}
