package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	set "conclave/protocol/reconcile"
)

// What one round asks at the most. What it does not come to is left to the next.
const (
	maxPasses    = 64      // comparisons of one round
	maxOpRequest = 64      // requests for operations
	maxNeed      = 1 << 16 // ids that one session brings
	maxSurplus   = 1 << 30 // events that a peer is believed to have beyond those
)

// errBad means that a peer answered what no honest node answers.
var errBad = errors.New("the peer gave a wrong answer")

// round is one visit to a node about one group.
type round struct {
	c    *Catcher
	w    way
	seen bool             // a glance was asked for
	same bool             // the last pass found both sides level
	via  protocol.Account // through whom the node is found
	bad  int              // wrong things among what came
	news int              // what came and was taken
}

// errNothing means that there is nothing to compare here now: the group is locked, gone, or not joined.
var errNothing = errors.New("nothing of the group can be read here now")

// run asks until both sides have the same, or nothing new comes.
func (r *round) run(ctx context.Context) (s feature.SyncState, err error) {
	for range maxPasses {
		before := r.news
		if s, err = r.pass(ctx); err != nil {
			return feature.SyncUnknown, err
		}
		if r.same || r.news == before {
			return s, nil
		}
	}
	return s, nil
}

// pass compares once and fetches what is missing.
func (r *round) pass(ctx context.Context) (s feature.SyncState, err error) {
	at := r.c.Delivery.Present()
	mine, err := r.position()
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		return s, err
	}
	joining := err != nil
	theirs, err := ask[digestAnswer](ctx, r, kindDigest, digestRequest{Log: r.w.log, Tips: mine.tips, Digest: mine.digest})
	if err != nil {
		return s, err
	}
	if len(theirs.Tips) > maxTips || len(theirs.Roots) > maxRoots {
		return s, fmt.Errorf("%w: %d tips, %d roots", errBad, len(theirs.Tips), len(theirs.Roots))
	}
	fresh, err := r.lacks(theirs.Tips)
	if err != nil {
		return s, err
	}
	if joining || mine.newest == 0 {
		if err := r.root(ctx, theirs.Roots); err != nil {
			return s, err
		}
	}
	if fresh || joining {
		if err := r.glance(ctx); err != nil {
			return s, err
		}
		return feature.Behind, r.operations(ctx, mine.tips)
	}
	if theirs.Former {
		return feature.SyncUnknown, nil
	}
	if mine.alone { // nobody there is a member any more: only what something here waits for is asked of it
		return feature.SyncUnknown, r.gaps(ctx)
	}
	if err := r.strangers(ctx); err != nil {
		return s, err
	}
	if theirs.Digest == mine.digest {
		if err := r.c.lack(r.w, nil, 0, 0); err != nil {
			return s, err
		}
		if r.same = slices.Equal(theirs.Tips, mine.tips); r.same {
			return feature.InSync, errors.Join(r.reconciled(ctx, at), r.topic(ctx, mine.tips))
		}
		return feature.InSync, r.gaps(ctx)
	}
	buckets, err := set.DecodeBuckets(theirs.Buckets)
	if err != nil {
		return s, fmt.Errorf("%w: %w", errBad, err)
	}
	return feature.InSync, r.compare(ctx, mine, buckets)
}

func (r *round) position() (p position, err error) {
	turn := r.c.turn(r.w.log)
	err = r.c.Store.View(func(tx feature.Tx) error {
		s, err := r.c.sides(tx, r.w.log, r.w.peer)
		if err != nil {
			return err
		}
		p, err = r.c.position(tx, s, turn, r.w)
		return err
	})
	if errors.Is(err, feature.ErrLocked) {
		err = errNothing
	}
	return p, err
}

// ask puts a request to the node of the round.
func ask[A any](ctx context.Context, r *round, kind string, req any) (a A, err error) {
	raw, err := r.raw(ctx, kind, req)
	if err != nil {
		return a, err
	}
	if a, err = canon.Unmarshal[A](raw); err != nil {
		return a, fmt.Errorf("%w: %s: %w", errBad, kind, err)
	}
	return a, nil
}

func (r *round) raw(ctx context.Context, kind string, req any) ([]byte, error) {
	body := canon.MustMarshal(req)
	answer, err := r.c.Directory.AskPeer(ctx, r.via, r.w.peer, kind, body)
	r.c.counts.out.Add(uint64(len(body)))
	r.c.counts.in.Add(uint64(len(answer)))
	return answer, err
}

// reconciled notes that the peer has everything that was here when the pass began.
func (r *round) reconciled(ctx context.Context, at uint64) error {
	if err := r.gaps(ctx); err != nil {
		return err
	}
	return r.c.Store.Update(ctx, func(tx feature.Tx) error { return r.c.Delivery.Reconciled(tx, r.w.log, r.w.peer, at) })
}

// root has the log begin behind the newest events, so that what is written here before they came stands after them.
func (r *round) root(ctx context.Context, roots []root) error {
	if len(roots) == 0 {
		return nil
	}
	places := make([]protocol.Place, len(roots))
	for i, x := range roots {
		if x.Ord == 0 || x.Ord > protocol.MaxOrdJump || x.ID.IsZero() {
			return nil // others would not take what follows it
		}
		places[i] = protocol.Place{Ord: x.Ord, ID: x.ID}
	}
	return quiet(r.c.Store.Update(ctx, func(tx feature.Tx) error { return r.c.Timeline.Begin(tx, r.w.log, places) }))
}

// quiet makes of a group that is locked or gone that there is nothing to do.
func quiet(err error) error {
	if errors.Is(err, feature.ErrLocked) || errors.Is(err, feature.ErrNotFound) {
		return errNothing
	}
	return err
}

// compare finds what the peer has in the buckets that differ, and fetches it. Where that is nothing, it is the peer that lacks
// something.
func (r *round) compare(ctx context.Context, mine position, theirs []set.Fingerprint) error {
	end := horizon(mine.newest, theirs)
	last := set.BucketOf(end)
	ranges := set.Differ(set.Between(mine.buckets, 0, last), set.Between(theirs, 0, last))
	if len(ranges) == 0 {
		return nil
	}
	turn := r.c.turn(r.w.log)
	need, err := r.session(ctx, ranges, end)
	if err != nil && !errors.Is(err, set.ErrRounds) {
		return err
	}
	ids := make([]protocol.EventID, len(need))
	for i, id := range need {
		ids[i] = protocol.EventID(id)
	}
	if err := r.c.lack(r.w, ids, surplus(mine.buckets, theirs, last), turn); err != nil {
		return err
	}
	return r.events(ctx, ids)
}

// surplus is how many more events the peer has in the buckets past one, as far as counts show it.
func surplus(mine, theirs []set.Fingerprint, last set.Bucket) (n int) {
	count := map[set.Bucket]uint64{}
	for _, f := range mine {
		count[f.Bucket] = f.Count
	}
	for _, f := range theirs {
		if f.Bucket > last && f.Count > count[f.Bucket] {
			n = min(maxSurplus, n+int(min(maxSurplus, f.Count-count[f.Bucket])))
		}
	}
	return n
}

// horizon is the last ord that is asked for: the end of the bucket after that of the newest event here, or of the first one after
// that in which the peer has anything.
func horizon(newest uint64, theirs []set.Fingerprint) uint64 {
	end := set.EndOfNext(newest)
	for _, f := range theirs {
		if f.Bucket <= set.BucketOf(newest) {
			continue
		}
		if f.Bucket > set.BucketOf(end) {
			end = set.EndOfNext((uint64(f.Bucket) - 1) * set.BucketSize)
		}
		break
	}
	return end
}

// session finds the ids in some ranges that only the peer has.
func (r *round) session(ctx context.Context, ranges []set.Range, end uint64) (need []set.ID, err error) {
	var mine *set.Set
	if err := r.c.Store.View(func(tx feature.Tx) error {
		s, err := r.c.sides(tx, r.w.log, r.w.peer)
		if err != nil {
			return err
		}
		mine, err = s.common(r.w.log, ranges)
		return err
	}); err != nil {
		return nil, err
	}
	i := set.NewInitiator(mine, set.Options{MaxOrd: end})
	req := idsRequest{Log: r.w.log, Session: tag(rand.Uint64(), rand.Uint64()), Ranges: set.EncodeRanges(ranges), Message: i.Start()}
	for {
		raw, err := r.raw(ctx, kindIDs, req)
		if err != nil {
			return nil, err
		}
		turn, err := i.Take(raw)
		if err != nil && !errors.Is(err, set.ErrRounds) {
			return nil, fmt.Errorf("%w: %w", errBad, err)
		}
		need = append(need, turn.Need...)
		if err != nil || turn.Next == nil || len(need) >= maxNeed {
			return need, err
		}
		req.Ranges, req.Message = nil, turn.Next
	}
}
