package reconcile

import (
	"bytes"
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
	answer(c, kindDigest, c.answerDigest)
	answer(c, kindOps, c.answerOps)
	answer(c, kindEvents, c.answerEvents)
	answer(c, kindPeople, c.answerPeople)
	c.Directory.Serve(kindIDs, c.answerIDs)
}

// answer registers what answers a kind of request from one moment of the store.
func answer[Q, A any](c *Catcher, kind string, fn func(tx feature.Tx, peer net.PeerID, req Q) (A, error)) {
	c.Directory.Serve(kind, func(_ context.Context, from string, body []byte) ([]byte, error) {
		req, err := canon.Unmarshal[Q](body)
		if err != nil {
			return nil, feature.ErrBadRequest
		}
		var a A
		err = c.Store.View(func(tx feature.Tx) (err error) {
			a, err = fn(tx, net.PeerID(from), req)
			return err
		})
		if err != nil {
			return nil, public(err)
		}
		return canon.Marshal(a)
	})
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

func (c *Catcher) answerDigest(tx feature.Tx, peer net.PeerID, req digestRequest) (a digestAnswer, err error) {
	if len(req.Tips) > maxTips {
		return a, feature.ErrBadRequest
	}
	if _, err := c.member(tx, req.Log, peer); errors.Is(err, feature.ErrForbidden) {
		ends, err := c.Groups.Endings(tx, req.Log, string(peer))
		if err == nil && len(ends) == 0 {
			err = feature.ErrForbidden
		}
		for _, id := range ends[:min(len(ends), maxTips)] {
			a.Tips = append(a.Tips, protocol.EventID(id))
		}
		a.Former = true
		return a, err
	} else if err != nil {
		return a, err
	}
	p, err := c.position(tx, req.Log, peer)
	if err != nil {
		return a, err
	}
	a.Tips, a.Digest = p.tips, p.digest
	if a.Roots, err = c.roots(tx, req.Log, peer); err != nil {
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

// roots are the newest events here that the peer may not read: what its own events follow while it knows of no other.
func (c *Catcher) roots(tx feature.Tx, log protocol.Log, peer net.PeerID) (out []root, err error) {
	s, err := c.sides(tx, log, peer)
	if err != nil {
		return nil, err
	}
	tips, err := c.Timeline.Tips(tx, log)
	if err != nil {
		return nil, err
	}
	for _, p := range tips[max(0, len(tips)-maxRoots):] {
		raw, _, err := c.Timeline.Raw(tx, log, p.ID)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e, err := protocol.DecodeEvent(raw)
		if err != nil {
			return nil, err
		}
		if _, theirs, err := s.read(e); err != nil {
			return nil, err
		} else if !theirs {
			out = append(out, root{Ord: p.Ord, ID: p.ID})
		}
	}
	return out, nil
}

func (c *Catcher) answerOps(tx feature.Tx, peer net.PeerID, req opsRequest) (a opsAnswer, err error) {
	if len(req.Beyond) > maxTips {
		return a, feature.ErrBadRequest
	}
	switch _, err := c.member(tx, req.Log, peer); {
	case err == nil:
		a.Ops, a.More, err = c.Groups.Ops(tx, req.Log, idsOf(req.Beyond), answerBytes)
		return bounded(a), err
	case !errors.Is(err, feature.ErrForbidden):
		return a, err
	}
	ends, err := c.Groups.Endings(tx, req.Log, string(peer))
	if err != nil {
		return a, err
	}
	if len(ends) == 0 {
		return a, feature.ErrForbidden
	}
	a.Ops, a.More, err = c.Groups.OpsWithin(tx, req.Log, ends, idsOf(req.Beyond), answerBytes)
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
		if !bytes.Equal(cert, nil) {
			a.Certs = append(a.Certs, cert)
		}
	}
	return a, nil
}

func (c *Catcher) answerPeople(tx feature.Tx, peer net.PeerID, req peopleRequest) (out []person, err error) {
	if len(req.Accounts) > maxPeople {
		return nil, feature.ErrBadRequest
	}
	if _, err := c.member(tx, req.Log, peer); errors.Is(err, feature.ErrForbidden) {
		if ends, err := c.Groups.Endings(tx, req.Log, string(peer)); err != nil {
			return nil, err
		} else if len(ends) == 0 {
			return nil, feature.ErrForbidden
		}
	} else if err != nil {
		return nil, err
	}
	named, err := c.Groups.Named(tx, req.Log)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, a := range req.Accounts {
		if !named[a] {
			continue
		}
		log, err := c.Directory.Log(tx, a)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p := person{Account: a, Chain: log.From(0), Addresses: c.Directory.Routes(tx, a)}
		if size += len(canon.MustMarshal(p)); size > answerBytes && len(out) > 0 {
			break
		}
		out = append(out, p)
	}
	return out, nil
}
