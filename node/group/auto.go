package group

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// turn is how long an officer waits for each more senior one to follow a Leave with a Remove.
const turn = 5 * time.Second

// attend has Run look at a group.
func (g *Groups) attend(log protocol.Log) {
	g.mu.Lock()
	g.stirred[log] = true
	g.mu.Unlock()
	select {
	case g.stir <- struct{}{}:
	default:
	}
}

func (g *Groups) takeStirred() map[protocol.Log]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := g.stirred
	g.stirred = map[protocol.Log]bool{}
	return out
}

// Unlocked has Run look at all groups again: an account that was unlocked may have something to do in them.
func (g *Groups) Unlocked(context.Context, protocol.Account) error { return g.attendAll() }

func (g *Groups) attendAll() error {
	return g.Store.View(func(tx feature.Tx) error {
		return g.rows(tx, func(r row) { g.attend(r.Log) })
	})
}

// Run does what local officers do by themselves until the context ends: after somebody left, the most senior one follows with
// a Remove, which changes the topic secret and closes what the other devices of that account might still sign; after every 64
// operations or 7 days, it states what is so. It also deletes what is left of groups that nobody here keeps.
func (g *Groups) Run(ctx context.Context) error {
	if err := g.attendAll(); err != nil {
		return err
	}
	due := map[protocol.Log]time.Time{}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.stir:
		case <-timer.C:
		}
		for log := range g.takeStirred() {
			if wait, ok := g.look(ctx, log); !ok {
				delete(due, log)
			} else if _, waits := due[log]; !waits {
				due[log] = g.Now().Add(wait)
			}
		}
		next := time.Hour
		for log, when := range due {
			if wait := when.Sub(g.Now()); wait > 0 {
				next = min(next, wait)
				continue
			}
			delete(due, log)
			g.note(g.Store.Update(ctx, func(tx feature.Tx) error { return g.follow(tx, log) }))
		}
		timer.Reset(next)
	}
}

func (g *Groups) note(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		g.Logger.Warn("a group could not be tended", "err", err)
	}
}

// look finds out whether a local officer has something to do in a group, and how long it leaves that to others.
func (g *Groups) look(ctx context.Context, log protocol.Log) (wait time.Duration, ok bool) {
	g.note(g.clean(ctx, log))
	g.note(g.Store.View(func(tx feature.Tx) error {
		todo, err := g.pending(tx, log)
		if err != nil || len(todo) == 0 {
			return ignore(err)
		}
		ok = true
		if rank := todo[0].rank; rank > 0 {
			wait = time.Duration(rank)*turn + rand.N(turn)
		}
		return nil
	}))
	return wait, ok
}

// ignore passes over groups that are not here or cannot be opened now.
func ignore(err error) error {
	if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
		return nil
	}
	return err
}

// duty is a Remove that follows a Leave, or a checkpoint of nobody.
type duty struct {
	by, of protocol.Account
	rank   int // officers before it
}

// pending returns whom local, unlocked officers are to remove because they left.
func (g *Groups) pending(tx feature.Tx, log protocol.Log) (out []duty, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	now, err := g.view(tx, r)
	if err != nil {
		return nil, err
	}
	var gone []protocol.Account
	if err := g.read(tx, r, func(graph *membership.Graph) error {
		gone = leavers(graph)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, a := range gone {
		for rank, officer := range now.state.Officers() {
			remove := &membership.Remove{Account: a, Fence: []membership.Mark{}}
			if g.Identities.Local(tx, officer) && g.Keys.Unlocked(officer) && now.state.Allows(officer, remove) {
				out = append(out, duty{by: officer, of: a, rank: rank})
				break
			}
		}
	}
	by, rank, err := g.checkpointer(tx, r, now)
	if err == nil && !by.IsZero() {
		out = append(out, duty{by: by, rank: rank})
	}
	return out, err
}

// leavers returns the accounts that left, are no members, and that no Remove followed which saw it.
func leavers(graph *membership.Graph) (out []protocol.Account) {
	state := graph.Resolve()
	followed := map[protocol.Account][]membership.ID{}
	for _, op := range graph.Ops() {
		if b, ok := op.Body.(*membership.Remove); ok && graph.Valid(op.ID) {
			followed[b.Account] = append(followed[b.Account], op.ID)
		}
	}
	seen := map[protocol.Account]bool{}
	for _, op := range graph.Ops() {
		a := op.Author.Account
		if op.Kind() != membership.KindLeave || seen[a] || state.Role(a) > 0 || !graph.Valid(op.ID) {
			continue
		}
		closed := false
		for _, id := range followed[a] {
			closed = closed || graph.Saw(id, op.ID)
		}
		if !closed {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// follow removes who left, and states what is so where that is due.
func (g *Groups) follow(tx feature.Tx, log protocol.Log) error {
	todo, err := g.pending(tx, log)
	if err != nil {
		return ignore(err)
	}
	for _, d := range todo {
		if d.of.IsZero() {
			if err := g.checkpoint(tx, log, d.by); err != nil {
				return err
			}
			continue
		}
		fence, err := g.lastWords(tx, log, d.of)
		if err != nil {
			return err
		}
		if _, err := g.sign(tx, log, d.by, &membership.Remove{Account: d.of, Fence: fence}, nil); err != nil {
			return err
		}
	}
	return nil
}

// lastWords is the fence of a Remove that follows a Leave: what was seen here, and what the Leave itself says was sent before it, as
// far as that can be believed.
// A message that comes later than the Leave stays part of the history.
func (g *Groups) lastWords(tx feature.Tx, log protocol.Log, a protocol.Account) (fence []membership.Mark, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	if fence, err = g.fence(tx, log, a); err != nil {
		return nil, err
	}
	return fence, g.read(tx, r, func(graph *membership.Graph) error {
		for _, op := range graph.Ops() {
			if b, ok := op.Body.(*membership.Leave); ok && op.Author.Account == a && graph.Valid(op.ID) {
				fence = membership.NewFence(append(fence, credible(b.Fence, fence)...)...)
			}
		}
		return nil
	})
}
