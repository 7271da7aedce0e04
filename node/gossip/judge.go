package gossip

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	chain "conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/group/chains"
	"conclave/protocol"
	"conclave/protocol/net"
	router "conclave/protocol/net/gossip"
	"conclave/protocol/outer"
)

// What is passed on, and for how long (SPEC.md, gossip between nodes).
const (
	freshFor       = 10 * time.Minute // a message that was seen earlier is not passed on again
	perSecond      = 50               // messages of a device
	burst          = 500
	blindPerMinute = 60                 // messages that cannot be judged here: of one peer, and of all
	wrongPerMinute = 2 * blindPerMinute // wrong signatures that a peer is not blamed for: it may pass on as many unjudged ones
	maxKnown       = 16384
	maxSpeakers    = 4096
)

func perMinute(n int) rate.Limit { return rate.Every(time.Minute / time.Duration(n)) }

// place is a number of a chain; of a message that cannot be judged with all that it says, so that it stands in no other's way.
type place struct {
	log   protocol.Log
	chain chain.ChainID
	n     uint32
	blind [32]byte
}

// said is what was judged under a place.
type said struct {
	id    [32]byte // hash of the Inner
	outer [32]byte // and of the Outer in which it came
	at    time.Time
}

// judge is the verdict on a message of a topic. It opens no message and writes nothing.
func (o *Overlay) judge(_ context.Context, from net.PeerID, name string, data []byte) (v router.Verdict) {
	defer func() { o.counts.verdict(v) }()
	t := o.topic(name)
	if t == nil {
		return router.Ignore
	}
	inner, err := outer.Open(t.keys, name, data)
	if err != nil {
		return router.Reject
	}
	m, err := chain.DecodeInner(inner)
	if err != nil || len(m.Heads) == 0 {
		return router.Reject
	}
	x := message{log: t.log, Inner: m, from: from, hash: sha256.Sum256(inner), outer: sha256.Sum256(data)}
	if err := o.Store.View(func(tx feature.Tx) (err error) {
		v, err = o.weigh(tx, &x)
		return err
	}); err != nil {
		o.Logger.Warn("a message of a topic could not be judged", "err", err)
		return router.Ignore
	}
	if x.home != "" && (v == router.Accept || x.twin) {
		o.from.Add(x.outer, x.home)
	}
	if x.twin { // what shows that a device signed two messages is kept, but not spread
		o.arrived(arrival{from: x.home, log: x.log, inner: inner})
	}
	return v
}

func (o *Overlay) topic(name string) *topic {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.topics[name]
}

// message is one under judgement.
type message struct {
	chain.Inner
	log         protocol.Log
	from        net.PeerID // gossip host that passed it on
	hash, outer [32]byte
	home        net.PeerID // the node that answers for it: its author's, or the one that passed it on
	twin        bool       // another message stands under its number
}

// weigh judges what belongs to the topic.
func (o *Overlay) weigh(tx feature.Tx, x *message) (router.Verdict, error) {
	c, past, err := o.Groups.Witness(tx, x.log, x.Inner)
	switch {
	case errors.Is(err, chains.ErrNoChain), errors.Is(err, feature.ErrLocked):
		return o.unjudged(x), nil
	case errors.Is(err, feature.ErrNotFound):
		return router.Ignore, nil // the group is gone
	case errors.Is(err, group.ErrForged):
		return o.forged(x), nil
	case err != nil:
		return router.Ignore, err
	}
	home, listed, err := o.author(tx, c)
	if err != nil || !listed {
		return router.Ignore, err
	}
	x.home = home
	switch ok, err := o.Groups.Speaks(tx, x.log, c, x.Inner); {
	case errors.Is(err, feature.ErrLocked), errors.Is(err, feature.ErrNotFound):
		return router.Ignore, nil
	case err != nil || !ok:
		return router.Ignore, err
	}
	if past == chains.Another {
		return o.equivocates(x), nil
	}
	switch e, err := o.Timeline.Get(tx, x.log, x.ID); {
	case errors.Is(err, feature.ErrNotFound):
		if past == chains.Said {
			return router.Ignore, nil
		}
	case err != nil:
		return router.Ignore, err
	case o.Now().Sub(e.Received) >= freshFor || e.Stamp == nil || e.Stamp.Proof.Chain != x.Chain || e.Stamp.Proof.N != x.N:
		return router.Ignore, nil
	}
	if v, known := o.recall(x, place{log: x.log, chain: x.Chain, n: x.N}); known {
		return v, nil
	}
	if !o.Unlimited && !limiter(o.speech, c.Dev, perSecond, burst).AllowN(o.Now(), 1) {
		return router.Ignore, nil
	}
	o.remember(x, place{log: x.log, chain: x.Chain, n: x.N})
	return router.Accept, nil
}

// recall is the verdict on what was judged before. Its author wraps a message once, so another wrapping is no news, whoever
// made it.
func (o *Overlay) recall(x *message, at place) (router.Verdict, bool) {
	was, ok := o.known.Get(at)
	switch {
	case !ok:
		return router.Ignore, false
	case was.id != x.hash:
		return o.equivocates(x), true
	case was.outer == x.outer && o.Now().Sub(was.at) < freshFor:
		return router.Accept, true
	}
	return router.Ignore, true
}

func (o *Overlay) remember(x *message, at place) {
	o.known.Add(at, said{id: x.hash, outer: x.outer, at: o.Now()})
}

// unjudged is the verdict on a message of a chain that is not known here, or of a group that is locked. Some are passed on:
// others may know more.
func (o *Overlay) unjudged(x *message) router.Verdict {
	if homes := o.homesOf(x.from); len(homes) > 0 {
		x.home = homes[0]
	}
	at := place{log: x.log, chain: x.Chain, n: x.N, blind: x.hash}
	if v, known := o.recall(x, at); known {
		return v
	}
	now := o.Now()
	if !limiter(o.unseen, x.from, perMinute(blindPerMinute), blindPerMinute).AllowN(now, 1) || !o.blind.AllowN(now, 1) {
		return router.Ignore
	}
	o.remember(x, at)
	return router.Accept
}

// forged is the verdict on a wrong signature. An honest node that does not know the chain passes some on; who brings more
// than such a node may is to blame.
func (o *Overlay) forged(x *message) router.Verdict {
	if limiter(o.wrong, x.from, perMinute(wrongPerMinute), wrongPerMinute).AllowN(o.Now(), 1) {
		return router.Ignore
	}
	return router.Reject
}

// equivocates is the verdict on a message whose number its device gave to another one. An honest node passes on the one
// that it saw first, so only the author's own node is to blame.
func (o *Overlay) equivocates(x *message) router.Verdict {
	x.twin = true
	if slices.Contains(o.homesOf(x.from), x.home) {
		return router.Reject
	}
	return router.Ignore
}

// author finds the node on which the device of a chain lives; false for one that its account lists no more.
func (o *Overlay) author(tx feature.Tx, c chain.Cert) (net.PeerID, bool, error) {
	log, err := o.Directory.Log(tx, protocol.Account(c.Acct))
	if errors.Is(err, feature.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	d, ok := log.Device(identity.DeviceID(c.Dev))
	if !ok {
		return "", false, nil
	}
	home, err := net.ParsePeerID(string(d.PeerID))
	return home, err == nil, nil
}

// limiter returns the bucket of somebody, and makes it with the first use.
func limiter[K comparable](of *lru.Cache[K, *rate.Limiter], who K, each rate.Limit, burst int) *rate.Limiter {
	if l, ok := of.Get(who); ok {
		return l
	}
	fresh := rate.NewLimiter(each, burst)
	if had, ok, _ := of.PeekOrAdd(who, fresh); ok {
		return had
	}
	return fresh
}
