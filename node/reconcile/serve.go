package reconcile

import (
	"context"
	"errors"
	"slices"

	"conclave/crypto/canon"
	"conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	set "conclave/protocol/reconcile"
)

// serve registers who answers.
func (c *Catcher) serve() {
	c.counted(kindDigest, c.serveDigest)
	answer(c, kindOps, c.answerOps)
	answer(c, kindEvents, c.answerEvents)
	answer(c, kindPeople, c.answerPeople)
	answer(c, kindGlance, c.answerGlance)
	answer(c, kindTopic, c.answerTopic)
	c.counted(kindIDs, c.answerIDs)
}

// answer registers what answers a kind of request from one moment of the store.
func answer[Q, A any](c *Catcher, kind string, fn func(tx feature.Tx, peer net.PeerID, req Q) (A, error)) {
	c.counted(kind, func(_ context.Context, from string, body []byte) ([]byte, error) {
		req, err := canon.Unmarshal[Q](body)
		if err != nil {
			return nil, feature.ErrBadRequest
		}
		return reply(c, func(tx feature.Tx) (A, error) { return fn(tx, net.PeerID(from), req) })
	})
}

func reply[A any](c *Catcher, fn func(feature.Tx) (A, error)) ([]byte, error) {
	var a A
	if err := c.Store.View(func(tx feature.Tx) (err error) {
		a, err = fn(tx)
		return err
	}); err != nil {
		return nil, public(err)
	}
	return canon.Marshal(a)
}

func (c *Catcher) serveDigest(_ context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[digestRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	turn := c.turn(req.Log)
	return reply(c, func(tx feature.Tx) (digestAnswer, error) { return c.answerDigest(tx, turn, net.PeerID(from), req) })
}

// public is what another node is told: nothing of groups that are not its own, and to come again while members here are locked.
func public(err error) error {
	if errors.Is(err, feature.ErrLocked) {
		return feature.ErrTooMany
	}
	return err
}

// member returns the sides where the peer hosts a current member, else feature.ErrForbidden.
func (c *Catcher) member(tx feature.Tx, log protocol.Log, peer net.PeerID) (*sides, error) {
	s, err := c.sides(tx, log, peer)
	if err != nil {
		return nil, err
	}
	if len(s.theirs) == 0 {
		return nil, feature.ErrForbidden
	}
	return s, nil
}

// endings are the operations by which the accounts of a former member node went; feature.ErrForbidden for any other node.
func (c *Catcher) endings(tx feature.Tx, log protocol.Log, peer net.PeerID) ([]membership.ID, error) {
	ends, err := c.Groups.Endings(tx, log, string(peer))
	if err == nil && len(ends) == 0 {
		err = feature.ErrForbidden
	}
	return ends, err
}

func (c *Catcher) answerDigest(tx feature.Tx, turn uint64, peer net.PeerID, req digestRequest) (a digestAnswer, err error) {
	if len(req.Tips) > maxTips {
		return a, feature.ErrBadRequest
	}
	s, err := c.member(tx, req.Log, peer)
	if errors.Is(err, feature.ErrForbidden) {
		ends, err := c.endings(tx, req.Log, peer)
		for _, id := range ends[:min(len(ends), maxTips)] {
			a.Tips = append(a.Tips, protocol.EventID(id))
		}
		a.Former = true
		return a, err
	}
	if err != nil {
		return a, err
	}
	p, err := c.position(tx, s, turn, way{req.Log, peer})
	if err != nil {
		return a, err
	}
	a.Tips, a.Digest = p.tips, p.digest
	if a.Roots, err = c.roots(tx, req.Log); err != nil {
		return a, err
	}
	if p.digest != req.Digest {
		a.Buckets = set.EncodeBuckets(p.buckets, 0)
	}
	for _, tip := range req.Tips {
		if _, err := c.Groups.Op(tx, req.Log, membership.ID(tip)); err != nil {
			c.hear(way{req.Log, peer})
			return a, nil
		}
	}
	if p.digest != req.Digest && slices.Equal(p.tips, req.Tips) {
		c.hear(way{req.Log, peer})
	}
	return a, nil
}

// roots are the newest events here: what the asking node's own events follow while it has none.
func (c *Catcher) roots(tx feature.Tx, log protocol.Log) (out []root, err error) {
	tips, err := c.Timeline.Tips(tx, log)
	for _, p := range tips[max(0, len(tips)-maxRoots):] {
		out = append(out, root{Ord: p.Ord, ID: p.ID})
	}
	return out, err
}

func (c *Catcher) answerOps(tx feature.Tx, peer net.PeerID, req opsRequest) (a opsAnswer, err error) {
	if len(req.Beyond) > maxTips {
		return a, feature.ErrBadRequest
	}
	switch _, err := c.member(tx, req.Log, peer); {
	case err == nil:
		a.Ops, a.More, err = c.Groups.OpsAfter(tx, req.Log, nil, idsOf(req.Beyond), req.After, answerBytes)
		return bounded(a), err
	case !errors.Is(err, feature.ErrForbidden):
		return a, err
	}
	ends, err := c.endings(tx, req.Log, peer)
	if err != nil {
		return a, err
	}
	a.Ops, a.More, err = c.Groups.OpsAfter(tx, req.Log, ends, idsOf(req.Beyond), req.After, answerBytes)
	return bounded(a), err
}

// bounded keeps an answer within what an array holds.
func bounded(a opsAnswer) opsAnswer {
	if len(a.Ops) > canon.MaxArray {
		a.Ops, a.More = a.Ops[:canon.MaxArray], true
	}
	return a
}

func (c *Catcher) answerEvents(tx feature.Tx, peer net.PeerID, req eventsRequest) (a eventsAnswer, err error) {
	if len(req.IDs) > maxEvents {
		return a, feature.ErrBadRequest
	}
	s, err := c.member(tx, req.Log, peer)
	if err != nil {
		return a, err
	}
	type found struct {
		place protocol.Place
		proven
	}
	var all []found
	size := 0
	for _, id := range req.IDs {
		raw, stamp, err := c.Timeline.Raw(tx, req.Log, id)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return a, err
		}
		e, err := protocol.DecodeEvent(raw)
		if err != nil {
			return a, err
		}
		if _, theirs, err := s.read(e); err != nil {
			return a, err
		} else if !theirs {
			a.Withheld = append(a.Withheld, id)
			continue
		}
		if size += len(raw); size > answerBytes && len(all) > 0 {
			a.More = true
			break
		}
		all = append(all, found{e.Place(), proven{Event: raw, Stamp: stamp}})
	}
	slices.SortFunc(all, func(x, y found) int { return x.place.Compare(y.place) })
	given := map[group.ChainID]bool{}
	for _, f := range all {
		a.Events = append(a.Events, f.proven)
		chain := f.Stamp.Proof.Chain
		if given[chain] {
			continue
		}
		given[chain] = true
		cert, err := c.Groups.Cert(tx, req.Log, chain)
		if err != nil {
			return a, err
		}
		a.Certs = append(a.Certs, cert)
	}
	return a, nil
}

func (c *Catcher) answerPeople(tx feature.Tx, peer net.PeerID, req peopleRequest) (out []person, err error) {
	if len(req.Accounts) > maxPeople {
		return nil, feature.ErrBadRequest
	}
	var within []membership.ID
	_, err = c.member(tx, req.Log, peer)
	if errors.Is(err, feature.ErrForbidden) {
		within, err = c.endings(tx, req.Log, peer)
	}
	if err != nil {
		return nil, err
	}
	named, err := c.Groups.Named(tx, req.Log, within...)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, a := range req.Accounts {
		if !named[a] {
			continue
		}
		p, err := c.Directory.Person(tx, a)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if size += len(canon.MustMarshal(p)); size > answerBytes && len(out) > 0 {
			break
		}
		out = append(out, p)
	}
	return out, nil
}

func (c *Catcher) answerGlance(tx feature.Tx, peer net.PeerID, req glanceRequest) (a glanceAnswer, err error) {
	if _, err := c.member(tx, req.Log, peer); err != nil {
		return a, err
	}
	a.Checkpoint, a.State, err = c.Groups.Glimpse(tx, req.Log)
	return a, err
}
