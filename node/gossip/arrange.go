package gossip

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	router "conclave/protocol/net/gossip"
)

// plan is what should be.
type plan struct {
	circles map[protocol.Log]*circle
	fresh   map[protocol.Log]secrets
	records map[net.PeerID]record // of nodes that share a group
}

// arrange makes everything what it should be now.
func (o *Overlay) arrange(ctx context.Context) (deadline, error) {
	now := o.Now()
	first, last := days(now)
	next := deadline{day: first, last: last, at: now.Add(lookAgain), real: time.Now()}
	p, err := o.plan()
	if err != nil {
		return next, err
	}
	if len(p.fresh) > 0 {
		if err := o.Store.Update(ctx, func(tx feature.Tx) error {
			for log, s := range p.fresh {
				if err := o.saveSecrets(tx, log, s); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return next, err
		}
	}
	o.mu.Lock()
	o.circles = p.circles
	o.mu.Unlock()
	if len(p.circles) == 0 {
		o.enter(nil, nil, nil)
		o.settleHosts(nil)
		return next, nil
	}
	var keys []hostKey
	if err := o.Store.Update(ctx, func(tx feature.Tx) (err error) {
		keys, err = o.keys(tx)
		return err
	}); err != nil {
		return next, err
	}
	o.settleHosts(keys)
	allowed, homes := p.allowed(now)
	o.enter(p.topics(now), allowed, homes)
	again, err := o.tellAll(ctx, p)
	next.at = p.soonest(next.at)
	if !again.IsZero() && again.Before(next.at) {
		next.at = again
	}
	return next, err
}

// plan looks at all groups. One that is locked stays as it was.
func (o *Overlay) plan() (plan, error) {
	p := plan{circles: map[protocol.Log]*circle{}, fresh: map[protocol.Log]secrets{}, records: map[net.PeerID]record{}}
	o.mu.Lock()
	had := o.circles
	o.mu.Unlock()
	return p, o.Store.View(func(tx feature.Tx) error {
		logs, err := o.Groups.Logs(tx)
		if err != nil {
			return err
		}
		for _, log := range logs {
			c, fresh, err := o.circle(tx, log)
			switch {
			case errors.Is(err, feature.ErrLocked):
				c = had[log].silent()
			case errors.Is(err, feature.ErrNotFound):
				continue
			case err != nil:
				return err
			}
			if c != nil {
				p.circles[log] = c
			}
			if fresh != nil {
				p.fresh[log] = *fresh
			}
		}
		for _, c := range p.circles {
			for _, n := range c.nodes {
				if _, ok := p.records[n]; ok {
					continue
				}
				if p.records[n], err = o.record(tx, n); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// silent is a circle in which nobody of this node can write now.
func (c *circle) silent() *circle {
	if c == nil {
		return nil
	}
	out := *c
	out.own = nil
	return &out
}

// allowed is who may connect, with addresses, and for whom each gossip host stands. Where two nodes name one host, its
// addresses are taken in turns: none can push the other's out.
func (p plan) allowed(now time.Time) (map[net.PeerID][]string, map[net.PeerID][]net.PeerID) {
	addrs, homes := map[net.PeerID][]string{}, map[net.PeerID][]net.PeerID{}
	lists := map[net.PeerID][][]string{}
	for home, r := range p.records {
		for _, h := range r.Hosts {
			if peer := net.PeerID(h.Peer); until(h.Until).After(now) {
				lists[peer] = append(lists[peer], h.Addrs)
				homes[peer] = append(homes[peer], home)
			}
		}
	}
	for peer, all := range lists {
		slices.Sort(homes[peer])
		addrs[peer] = interleave(all)
	}
	return addrs, homes
}

// maxDialled is how many addresses of one host are tried.
const maxDialled = 16

func interleave(lists [][]string) (out []string) {
	for i := 0; i < protocol.MaxGossipAddrs; i++ {
		for _, l := range lists {
			if i < len(l) && len(out) < maxDialled && !slices.Contains(out, l[i]) {
				out = append(out, l[i])
			}
		}
	}
	return out
}

// topics are all that are to be listened to.
func (p plan) topics(now time.Time) map[string]*topic {
	out := map[string]*topic{}
	for _, c := range p.circles {
		peers := []net.PeerID{}
		for _, n := range c.nodes {
			for _, h := range p.records[n].Hosts {
				if until(h.Until).After(now) && !slices.Contains(peers, net.PeerID(h.Peer)) {
					peers = append(peers, net.PeerID(h.Peer))
				}
			}
		}
		for name, t := range c.topics(now, peers) {
			out[name] = t
		}
	}
	return out
}

// soonest is the first moment at which something known now is over.
func (p plan) soonest(at time.Time) time.Time {
	for _, c := range p.circles {
		for _, h := range c.heard {
			if !h.until.IsZero() && h.until.Before(at) {
				at = h.until
			}
		}
	}
	for _, r := range p.records {
		for _, h := range r.Hosts {
			if end := until(h.Until); end.Before(at) {
				at = end
			}
		}
	}
	return at
}

// enter joins and leaves topics, and lets in whom it should.
func (o *Overlay) enter(topics map[string]*topic, allowed map[net.PeerID][]string, homes map[net.PeerID][]net.PeerID) {
	o.mu.Lock()
	had, hosts := o.topics, o.hosts
	o.topics, o.homes = topics, homes
	o.mu.Unlock()
	for _, h := range hosts {
		h.Allow(allowed)
		for name := range had {
			if topics[name] == nil {
				h.Leave(name)
			}
		}
		for name, t := range topics {
			if err := h.Join(name, t.peers, router.Handlers{Validate: o.judge, Deliver: o.deliver}); err != nil {
				o.Logger.Warn("a topic of a group is not listened to", "err", err)
			}
		}
	}
}

func (o *Overlay) homesOf(peer net.PeerID) []net.PeerID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.homes[peer]
}
