package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Signal implements feature.Delivery. In a direct conversation a signal is sealed like everything else, which costs one durable
// write, and offered once to the devices whose nodes are connected and with which there is a session; in a group it is sealed
// once for all member nodes and nothing is written. Nobody waits for an answer.
func (d *Delivery) Signal(ctx context.Context, log protocol.Log, from protocol.Account, kind string, body []byte) error {
	if len(kind) > protocol.MaxKind || len(body) > protocol.MaxSignal {
		return feature.ErrTooLarge
	}
	signal := protocol.Signal{Log: log, Kind: kind, Body: body, At: uint64(d.Now().UnixMilli())}
	var c feature.Conversation
	if err := d.Store.View(func(tx feature.Tx) (err error) {
		c, err = d.timeline.Conversation(tx, log)
		return err
	}); err != nil {
		return err
	}
	if slices.ContainsFunc(c.Members, func(m protocol.Account) bool { return m != from && d.Keys.Unlocked(m) }) {
		// a slice is told once, whoever of the conversation lives here
		if err := d.Registry.Signalled(ctx, kind, from, c, body); err != nil {
			return err
		}
	}
	if c.Group() {
		return d.signalGroup(ctx, from, signal)
	}
	return d.signalDirect(ctx, c, from, signal)
}

// sealedSignal is a signal on its way.
type sealedSignal struct {
	peer net.PeerID
	pair session.Pair
	out  session.Sealed
}

func (d *Delivery) signalDirect(ctx context.Context, c feature.Conversation, from protocol.Account, signal protocol.Signal) error {
	item := protocol.Item{Kind: protocol.ItemSignal, Data: canon.MustMarshal(signal)}
	d.listen()
	var sealed []sealedSignal
	err := d.Store.Update(ctx, func(tx feature.Tx) error {
		sealed = nil
		pairs, err := d.others(tx, c, from)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			peer, ok := d.home(tx, p)
			if !ok || !d.Network.Connected(peer) || d.Registry.Admit(tx, from, p.Peer) != nil {
				continue
			}
			out, ok, err := d.sealSignal(tx, p, item)
			if err != nil {
				return err
			}
			if ok {
				sealed = append(sealed, sealedSignal{peer, p, out})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range sealed {
		d.putSignal(ctx, s)
	}
	return nil
}

// sealSignal seals a passing fact for a device; ok is false where that is not possible now, or the device is known not to
// listen.
func (d *Delivery) sealSignal(tx feature.Tx, p session.Pair, item protocol.Item) (out session.Sealed, ok bool, err error) {
	if !d.compares(p) {
		tx.OnCommit(func() { d.wakeLater(p) }) // its courier asks
		return out, false, nil
	}
	if d.deaf(p) {
		return out, false, nil
	}
	r, err := d.Sessions.Route(tx, p)
	if err != nil || r.Backlog {
		return out, false, nil // what waits to be sealed comes first
	}
	out, err = d.Sessions.Seal(tx, p, ratchet.Content, item)
	if errors.Is(err, session.ErrNoSession) || errors.Is(err, session.ErrWait) {
		return out, false, nil
	}
	return out, err == nil, err
}

// putSignal offers a sealed signal once; false where it was lost.
func (d *Delivery) putSignal(ctx context.Context, s sealedSignal) bool {
	pending, ok := d.putPassing(ctx, s.peer, net.Queue(s.out.Queue), net.Token(s.out.Token), s.out.Blob)
	if ok {
		d.awaitWord(s.pair, pending)
	}
	return ok
}

// passingPatience is how long a passing fact waits for room on a lane.
const passingPatience = 2 * time.Second

func (d *Delivery) putPassing(ctx context.Context, peer net.PeerID, queue net.Queue, token net.Token, blob []byte) (Pending, bool) {
	ctx, cancel := context.WithTimeout(ctx, passingPatience)
	defer cancel()
	lane, err := d.Network.Lane(ctx, peer)
	if err != nil {
		return nil, false
	}
	pending, err := lane.Put(ctx, queue, token, blob)
	if err != nil {
		d.Logger.Debug("a signal was lost", "peer", peer, "err", err)
	}
	return pending, err == nil
}

// others are the pairs with the devices of the members of a direct conversation that live elsewhere.
func (d *Delivery) others(tx feature.Tx, c feature.Conversation, from protocol.Account) (pairs []session.Pair, err error) {
	dev, err := d.Keys.Device(from)
	if err != nil || c.Group() {
		return nil, err
	}
	for _, member := range c.Members {
		if member == from || d.Directory.Local(tx, member) {
			continue
		}
		log, err := d.Directory.Log(tx, member)
		if err != nil {
			return nil, err
		}
		for _, peer := range log.Head().Devices {
			pairs = append(pairs, session.Pair{Own: from, OwnDev: dev.ID, Peer: member, PeerDev: protocol.Device(peer.ID)})
		}
	}
	return pairs, nil
}

// compares tells whether the peer of a pair was asked in this run how far it is: before that nothing may be sent.
func (d *Delivery) compares(p session.Pair) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.compared[p]
}

// signal takes in a passing fact; false means that it is refused.
func (d *Delivery) signal(tx feature.Tx, p session.Pair, raw []byte) (bool, error) {
	s, err := protocol.DecodeSignal(raw)
	if err != nil || s.Log != protocol.DirectLog(p.Own, p.Peer) {
		return false, nil
	}
	c, err := d.timeline.Conversation(tx, s.Log)
	if err != nil {
		return true, nil // of a conversation that is not here: a signal is never a reason to make one
	}
	if peer, ok := d.home(tx, p); ok && s.Fresh(d.Now()) && d.mayPass(peer) {
		d.passOn(tx, received{p.Peer, c, s})
	}
	return true, nil
}

// maxPassing bounds the signals that wait for the clerk; those beyond it are lost.
const maxPassing = 1024

// passOn has the clerk hand a signal to its slice after the commit.
func (d *Delivery) passOn(tx feature.Tx, r received) {
	tx.OnCommit(func() {
		d.mu.Lock()
		if len(d.signals) < maxPassing {
			d.signals = append(d.signals, r)
		}
		d.mu.Unlock()
		d.ring()
	})
}

// received is a signal that the clerk hands to its slice.
type received struct {
	from         protocol.Account
	conversation feature.Conversation
	signal       protocol.Signal
}
