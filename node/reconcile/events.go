package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"conclave/crypto/group"
	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/node/timeline"
	"conclave/protocol"
)

// events fetches events in the order in which the peer named them, each batch in a transaction of its own.
func (r *round) events(ctx context.Context, ids []protocol.EventID) error {
	ids = r.c.worth(r.w, ids)
	for len(ids) > 0 {
		batch := ids[:min(len(ids), maxEvents)]
		left, err := r.batch(ctx, batch, true)
		if err != nil {
			return err
		}
		if r.bad >= maxBad {
			return fmt.Errorf("%w: %d of its events are wrong or never came", errBad, r.bad)
		}
		ids = append(left, ids[len(batch):]...)
	}
	return nil
}

// gaps fetches what events here name as parents and what was not among the differences.
func (r *round) gaps(ctx context.Context) error {
	var missing []protocol.EventID
	if err := r.c.Store.View(func(tx feature.Tx) (err error) {
		missing, err = r.c.Timeline.Missing(tx, r.w.log)
		return err
	}); err != nil {
		return err
	}
	for batch := range slices.Chunk(r.c.worth(r.w, missing[:min(len(missing), maxNeed)]), maxEvents) {
		if _, err := r.batch(ctx, batch, false); err != nil {
			return err
		}
	}
	return nil
}

// maxBad is how many wrong things end a round.
const maxBad = 64

// came is an event that was asked for.
type came struct {
	event *protocol.Event
	stamp feature.Stamp
	cert  []byte
}

// batch fetches some events. promised tells that the peer said that it has them; left are those for which the answer had no
// room.
func (r *round) batch(ctx context.Context, ids []protocol.EventID, promised bool) (left []protocol.EventID, err error) {
	a, err := ask[eventsAnswer](ctx, r, kindEvents, eventsRequest{Log: r.w.log, IDs: ids})
	if err != nil {
		return nil, err
	}
	list, err := r.open(a, ids)
	if err != nil {
		return nil, err
	}
	rest := map[protocol.EventID]bool{}
	for _, id := range ids {
		rest[id] = true
	}
	for _, x := range list {
		delete(rest, x.event.ID)
	}
	var withheld []protocol.EventID
	for _, id := range a.Withheld {
		if rest[id] {
			withheld = append(withheld, id)
			delete(rest, id)
		}
	}
	if promised && len(withheld) == len(ids) {
		r.c.spare(r.w, withheld)
		return nil, fmt.Errorf("%w: what was promised is withheld", errNothing) // the membership may have changed meanwhile
	}
	if a.More && len(list) == 0 {
		return nil, fmt.Errorf("%w: no room for a single event", errBad)
	}
	if a.More {
		left = slices.DeleteFunc(slices.Clone(ids), func(id protocol.EventID) bool { return !rest[id] })
	} else if promised {
		for id := range rest {
			r.c.shun(r.w, id)
		}
		r.bad += len(rest)
	}
	if promised { // what something here waits for is asked for by itself, and forgone then; of others nothing is to be kept
		r.c.spare(r.w, withheld)
		withheld = nil
	}
	return left, r.ingest(ctx, list, withheld)
}

// open decodes what came; only what was asked for is looked at.
func (r *round) open(a eventsAnswer, asked []protocol.EventID) ([]came, error) {
	if len(a.Events) > len(asked) || len(a.Withheld) > len(asked) || len(a.Certs) > len(a.Events) {
		return nil, fmt.Errorf("%w: more events than were asked for", errBad)
	}
	certs := map[group.ChainID][]byte{}
	for _, raw := range a.Certs {
		s, err := group.DecodeCert(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBad, err)
		}
		c, err := s.Cert()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBad, err)
		}
		certs[c.Chain] = raw
	}
	list := make([]came, 0, len(a.Events))
	for _, p := range a.Events {
		e, err := protocol.DecodeEvent(p.Event)
		if err != nil || e.Log != r.w.log || !slices.Contains(asked, e.ID) {
			r.bad++
			continue
		}
		list = append(list, came{e, p.Stamp, certs[p.Stamp.Proof.Chain]})
	}
	slices.SortFunc(list, func(x, y came) int { return x.event.Place().Compare(y.event.Place()) })
	return slices.CompactFunc(list, func(x, y came) bool { return x.event.ID == y.event.ID }), nil
}

// ingest logs what came, in one transaction. Authors whose identity log is behind are fetched once.
func (r *round) ingest(ctx context.Context, list []came, withheld []protocol.EventID) error {
	for _, last := range []bool{false, true} {
		var strangers []protocol.Account
		var wrong, here []protocol.EventID
		var twins []*protocol.Event
		n := 0
		if err := r.c.Store.Update(ctx, func(tx feature.Tx) error {
			strangers, wrong, here, twins, n = nil, nil, nil, nil, 0
			s, err := r.c.sides(tx, r.w.log, r.w.peer)
			if err != nil {
				return err
			}
			if err := r.c.Timeline.Forgo(tx, r.w.log, withheld); err != nil {
				return err
			}
			for _, x := range list {
				err := r.log(tx, s, x)
				switch {
				case err == nil:
					n++
				case errors.Is(err, timeline.ErrDuplicate):
					here = append(here, x.event.ID)
				case errors.Is(err, groups.ErrStranger):
					strangers = append(strangers, x.event.Author)
				case errors.Is(err, timeline.ErrBehind):
				case errors.Is(err, groups.ErrTwin): // its author's doing, not that of who passes it on
					twins = append(twins, x.event)
				case errors.Is(err, timeline.ErrRefused), errors.Is(err, groups.ErrForged), errors.Is(err, groups.ErrNoChain):
					r.c.Logger.Info("an event of a group was not taken", "peer", r.w.peer, "err", err)
					wrong = append(wrong, x.event.ID)
				default:
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		r.news += n
		for _, id := range here {
			r.c.got(r.w.log, id)
		}
		r.c.spare(r.w, withheld)
		if last || len(strangers) == 0 {
			r.bad += len(wrong)
			for _, e := range twins {
				r.c.shun(r.w, e.ID)
				r.c.Report(feature.Incident{Kind: feature.TwinRecord, Peer: string(r.w.peer), Log: r.w.log, Account: e.Author, Device: e.Device})
			}
			for _, id := range wrong {
				r.c.shun(r.w, id)
			}
			return nil
		}
		slices.SortFunc(strangers, func(a, b protocol.Account) int { return slices.Compare(a[:], b[:]) })
		if err := r.people(ctx, slices.Compact(strangers)); err != nil {
			return err
		}
	}
	return nil
}

// log verifies and logs one event.
func (r *round) log(tx feature.Tx, s *sides, x came) error {
	if err := r.c.Groups.Verify(tx, r.w.log, x.event, x.stamp, x.cert); err != nil {
		return err
	}
	ours, _, err := s.read(x.event)
	if errors.Is(err, feature.ErrNotFound) {
		return timeline.ErrBehind
	}
	if err != nil {
		return err
	}
	if !ours {
		return fmt.Errorf("%w: nobody here may read it", timeline.ErrRefused)
	}
	if withheld, err := r.c.Timeline.Withheld(tx, x.event); err != nil {
		return err
	} else if withheld {
		return timeline.ErrBehind // until the deletion came, or a node that gives the body too
	}
	return r.c.Timeline.IngestGroup(tx, x.event, x.stamp)
}
