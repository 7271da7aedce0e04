package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"conclave/protocol/net"
)

// Host is a node on the network; it implements what node.Network asks of one.
type Host struct {
	net   *Net
	id    net.PeerID
	of    net.PeerID // whose guest it is; "" for a node
	place int
	calls atomic.Uint64 // connections begun, for their delays
	asked atomic.Uint64 // requests made

	running chan struct{} // closed by Run once on is set
	on      net.Handlers
	life    context.Context
	end     context.CancelFunc
	tasks   sync.WaitGroup
	closing sync.Once

	mu     sync.Mutex
	shut   bool
	known  map[net.PeerID]bool    // of whom an address is known
	conns  map[net.PeerID][]*conn // the newest last
	slots  map[net.PeerID]*slot
	taking map[net.PeerID]chan struct{} // held by the lane of a peer that is heard
	errs   map[net.PeerID]string
	told   map[net.PeerID]bool
	moved  []net.PeerID
	wake   chan struct{}
}

func newHost(n *Net, id net.PeerID, place int) *Host {
	h := &Host{
		net: n, id: id, place: place, running: make(chan struct{}), wake: make(chan struct{}, 1),
		known: map[net.PeerID]bool{}, conns: map[net.PeerID][]*conn{}, slots: map[net.PeerID]*slot{},
		taking: map[net.PeerID]chan struct{}{}, errs: map[net.PeerID]string{}, told: map[net.PeerID]bool{},
	}
	h.life, h.end = context.WithCancel(context.Background())
	return h
}

// ID is the text form of the host's public key.
func (h *Host) ID() net.PeerID { return h.id }

// Offend does nothing: nobody is blocked on this wire.
func (h *Host) Offend(net.PeerID) {}

// Know does nothing: there is room for everybody.
func (h *Host) Know([]net.PeerID) {}

// Addrs returns the one address of the host.
func (h *Host) Addrs() []string {
	return []string{fmt.Sprintf("/ip4/10.0.0.%d/tcp/8422/p2p/%s", h.place+1, h.id)}
}

// Run takes what comes and tells of connections until ctx ends or Close is called, then closes the host.
func (h *Host) Run(ctx context.Context, on net.Handlers) error {
	if !h.enter() {
		return nil
	}
	h.on = on
	close(h.running)
	stop := context.AfterFunc(ctx, h.end)
	h.follow()
	stop()
	h.tasks.Done()
	return h.Close()
}

// Close ends all connections and waits until no handler runs any more.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.mu.Lock()
		h.shut = true
		h.mu.Unlock()
		h.end()
		h.net.end(h)
		h.tasks.Wait()
	})
	return nil
}

func (h *Host) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shut {
		return false
	}
	h.tasks.Add(1)
	return true
}

func (h *Host) over() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shut
}

// gain takes a new connection.
func (h *Host) gain(c *conn, inbound bool) {
	p := c.other(h).id
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[p] = append(h.conns[p], c)
	h.known[p] = true
	h.slot(p).meet(inbound)
	h.note(p)
}

// lose forgets a connection that is dead.
func (h *Host) lose(c *conn) {
	p := c.other(h).id
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[p] = slices.DeleteFunc(h.conns[p], func(x *conn) bool { return x == c })
	if l := h.slot(p).lane; l != nil && l.conn == c {
		l.stop(errBroken)
	}
	h.note(p)
}

// note has the handlers told what became of a peer. The caller holds the lock.
func (h *Host) note(p net.PeerID) {
	if !slices.Contains(h.moved, p) {
		h.moved = append(h.moved, p)
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// follow tells of connections that begin and end, one at a time.
func (h *Host) follow() {
	for {
		select {
		case <-h.life.Done():
			return
		case <-h.wake:
		}
		h.mu.Lock()
		moved := h.moved
		h.moved = nil
		h.mu.Unlock()
		for _, p := range moved {
			is := h.Connected(p)
			tell := h.on.Disconnected
			if is {
				tell = h.on.Connected
			}
			if is != h.told[p] && tell != nil {
				tell(p)
			}
			h.told[p] = is
		}
	}
}

// newest is the connection to use for a peer, nil for none.
func (h *Host) newest(p net.PeerID) *conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	if all := h.conns[p]; len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// Connect makes sure of a connection. The addresses count as those of the peer; without any it must be known.
func (h *Host) Connect(ctx context.Context, to net.PeerID, addrs []string) error {
	if to == h.id {
		return errors.New("connect to itself")
	}
	if len(addrs) > 0 {
		h.mu.Lock()
		h.known[to] = true
		h.mu.Unlock()
	}
	_, err := h.dial(ctx, to)
	return err
}

func (h *Host) dial(ctx context.Context, to net.PeerID) (*conn, error) {
	if c := h.newest(to); c != nil {
		return c, nil
	}
	if !h.enter() {
		return nil, ErrClosed
	}
	defer h.tasks.Done()
	h.mu.Lock()
	known := h.known[to]
	h.mu.Unlock()
	err := ErrNowhere
	if known {
		ctx, cancel := context.WithCancel(ctx)
		defer context.AfterFunc(h.life, cancel)()
		err = h.net.call(ctx, h, to)
		cancel()
	}
	c := h.newest(to) // the peer may have called meanwhile
	h.mu.Lock()
	defer h.mu.Unlock()
	if c != nil {
		delete(h.errs, to)
		return c, nil
	}
	if err == nil {
		err = errBroken
	}
	h.errs[to] = err.Error()
	return nil, fmt.Errorf("connect to %s: %w", to, err)
}

// Connected tells whether there is a connection with the peer, as far as the host knows.
func (h *Host) Connected(to net.PeerID) bool { return h.newest(to) != nil }

// OverLoopback is never so.
func (*Host) OverLoopback(net.PeerID) bool { return false }

// Peers returns the connected peers and those this host tried to reach, in order of their ids.
func (h *Host) Peers() []net.PeerStatus {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []net.PeerStatus
	for p, all := range h.conns {
		if len(all) > 0 {
			c := all[len(all)-1]
			out = append(out, net.PeerStatus{Peer: p, Connected: true, Inbound: c.ends[0] != h, Transport: "wire", Since: c.began})
		}
	}
	for p, err := range h.errs {
		if len(h.conns[p]) == 0 {
			out = append(out, net.PeerStatus{Peer: p, LastError: err})
		}
	}
	slices.SortFunc(out, func(a, b net.PeerStatus) int { return cmp.Compare(a.Peer, b.Peer) })
	return out
}

// Request asks a peer, calling it if need be, and returns its answer. It takes at most 30 s.
func (h *Host) Request(ctx context.Context, to net.PeerID, kind string, body []byte) ([]byte, error) {
	if !h.enter() {
		return nil, ErrClosed
	}
	defer h.tasks.Done()
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	defer context.AfterFunc(h.life, cancel)()
	c, err := h.dial(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("request %s of %s: %w", kind, to, err)
	}
	way, n := uint64(h.place)<<40|uint64(c.other(h).place)<<32|1<<24, h.asked.Add(1)
	if err := h.cross(ctx, c, h.net.delay(way, 2*n)); err != nil {
		return nil, fmt.Errorf("request %s of %s: %w", kind, to, err)
	}
	h.net.tap(h, c.other(h), kind, len(body))
	answer, why := c.other(h).serve(net.Call{From: h.id, Kind: kind, Body: slices.Clone(body)})
	if err := h.cross(ctx, c, h.net.delay(way, 2*n+1)); err != nil {
		return nil, fmt.Errorf("request %s of %s: %w", kind, to, err)
	}
	if why != nil {
		return nil, fmt.Errorf("request %s of %s: %w", kind, to, why)
	}
	h.net.tap(c.other(h), h, kind, len(answer))
	return slices.Clone(answer), nil
}

// cross is the way of a packet. What goes into a dead connection is missed only when time is up.
func (h *Host) cross(ctx context.Context, c *conn, d time.Duration) error {
	if err := sleep(ctx, d); err != nil {
		return err
	}
	if c.over() {
		<-ctx.Done()
		return errBroken
	}
	return nil
}

// serve answers a request; of errors the peer learns their kind only.
func (h *Host) serve(call net.Call) ([]byte, error) {
	if !h.enter() {
		return nil, errBroken
	}
	defer h.tasks.Done()
	select {
	case <-h.running:
	case <-h.life.Done():
		return nil, errBroken
	}
	ctx, cancel := context.WithTimeout(h.life, requestWait)
	defer cancel()
	out, err := h.on.Serve(ctx, call)
	for _, known := range []error{net.ErrNotFound, net.ErrRefused, net.ErrTooMany} {
		if errors.Is(err, known) {
			return nil, known
		}
	}
	if err != nil {
		return nil, net.ErrInternal
	}
	return out, nil
}
