package gossip

import (
	"context"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	router "conclave/protocol/net/gossip"
)

// host is a second host at work.
type host struct {
	*router.Host
	key  hostKey
	done chan struct{}
	stop context.CancelFunc
	last bool // it does not listen: another one does
}

// settleHosts makes the hosts those of some keys. A host whose key is about to end opens again without listening, for
// the one that follows it takes its port: it reaches by itself those who know nothing of the other yet.
func (o *Overlay) settleHosts(keys []hostKey) {
	o.mu.Lock()
	had := o.hosts
	o.mu.Unlock()
	var kept []*host
	for i, k := range keys {
		at := slices.IndexFunc(had, func(h *host) bool { return h.key == k && h.last == (i > 0) })
		if at >= 0 {
			kept = append(kept, had[at])
		}
	}
	for _, h := range had {
		if !slices.Contains(kept, h) {
			o.replaceHosts(slices.DeleteFunc(slices.Clone(had), func(x *host) bool { return !slices.Contains(kept, x) }))
			h.close()
		}
	}
	var now []*host
	for i, k := range keys {
		if at := slices.IndexFunc(kept, func(h *host) bool { return h.key == k }); at >= 0 {
			now = append(now, kept[at])
			continue
		}
		h, err := o.open(k, i > 0)
		if err != nil {
			o.Logger.Warn("the host for gossip does not start; messages go other ways", "err", err)
			continue
		}
		now = append(now, h)
	}
	o.replaceHosts(now)
}

func (o *Overlay) replaceHosts(hosts []*host) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hosts = hosts
}

func (o *Overlay) open(k hostKey, last bool) (*host, error) {
	listen := o.Listen
	if last {
		listen = []string{}
	}
	c := router.Config{
		Key: k.private(), Listen: listen, Logger: o.Logger, Nodes: o.largest(), NAT: o.NAT && !last, Unlimited: o.Unlimited, Dropped: o.dropped,
	}
	inner, err := router.New(c)
	if err != nil {
		o.Logger.Warn("the host for gossip listens at another port", "err", err)
		c.Listen = at("0", listen)
		if inner, err = router.New(c); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &host{Host: inner, key: k, done: make(chan struct{}), stop: stop, last: last}
	go func() {
		defer close(h.done)
		if err := inner.Run(ctx); err != nil {
			o.Logger.Warn("the host for gossip did not close well", "err", err)
		}
	}()
	return h, nil
}

// largest is how many nodes the largest group has, this one included.
func (o *Overlay) largest() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.circles {
		n = max(n, len(c.nodes)+1)
	}
	return n
}

func (o *Overlay) dropped(peer net.PeerID, why string) {
	homes := o.homesOf(peer)
	o.Logger.Warn("a node was shut out of gossip", "nodes", homes, "gossip", peer, "why", why)
	for _, home := range homes {
		o.Report(feature.Incident{Kind: feature.PeerBlocked, Peer: string(home)})
	}
}

func (h *host) close() {
	h.stop()
	<-h.done
}

func (o *Overlay) closeHosts() {
	o.mu.Lock()
	hosts := o.hosts
	o.hosts = nil
	clear(o.topics)
	o.mu.Unlock()
	for _, h := range hosts {
		h.close()
	}
}

// told is what other nodes are told of the hosts.
func (h *host) told() protocol.GossipHost {
	addrs := h.Addrs()
	addrs = slices.DeleteFunc(addrs, func(a string) bool { return len(a) > protocol.MaxGossipAddr })
	addrs = addrs[:min(len(addrs), protocol.MaxGossipAddrs)]
	if addrs == nil {
		addrs = []string{}
	}
	return protocol.GossipHost{Peer: string(h.ID()), Addrs: addrs, Until: h.key.Until}
}

func until(ms uint64) time.Time { return time.UnixMilli(int64(ms)) }
