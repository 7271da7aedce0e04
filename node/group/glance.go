package group

import (
	"errors"
	"fmt"
	"time"

	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// When a checkpoint is due: after so many operations, or when the first one behind the last checkpoint is so old.
const (
	checkpointAfter = 64
	checkpointAge   = 7 * 24 * time.Hour
)

// Glimpse returns the newest valid checkpoint of a group and the state that it states; feature.ErrNotFound where there is none.
func (g *Groups) Glimpse(tx feature.Tx, log protocol.Log) (op []byte, seen membership.Glance, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, seen, err
	}
	err = g.read(tx, r, func(graph *membership.Graph) error {
		last, _ := checkpointed(graph)
		if last == nil {
			return feature.ErrNotFound
		}
		s, err := graph.At(last.Body.(*membership.Checkpoint).Heads)
		if err != nil {
			return err
		}
		op, seen = last.Encode(), s.Glance()
		return nil
	})
	return op, seen, err
}

// checkpointed returns the newest valid checkpoint, nil for none, and the operations since.
func checkpointed(graph *membership.Graph) (last *membership.Op, since []*membership.Op) {
	for _, op := range graph.Ops() {
		if op.Kind() != membership.KindCheckpoint {
			since = append(since, op)
		} else if graph.Valid(op.ID) && (last == nil || op.Lamport >= last.Lamport) {
			last, since = op, since[:0]
		}
	}
	return last, since
}

// Show keeps what another node lets see of a group that an account here waits to join, until the operations say what is so. The
// checkpoint must be signed by a member that the glance itself shows as an admin; ErrStranger names its author in stranger.
func (g *Groups) Show(tx feature.Tx, log protocol.Log, checkpoint []byte, seen membership.Glance) (stranger protocol.Account, err error) {
	r, err := g.row(tx, log)
	if err != nil || r.From.IsZero() {
		return stranger, err
	}
	op, err := membership.Open(checkpoint, func(a membership.Author) ([32]byte, error) {
		stranger = a.Account
		return signer.Key(tx, g.Identities, a)
	})
	if err != nil {
		if errors.Is(err, signer.ErrStranger) {
			return stranger, err
		}
		return protocol.Account{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	c, ok := op.Body.(*membership.Checkpoint)
	if !ok || op.Group != log {
		return protocol.Account{}, fmt.Errorf("%w: no checkpoint of the group", ErrForged)
	}
	s, err := seen.State(log, c)
	if err != nil || s.Role(op.Author.Account) < membership.Admin {
		return protocol.Account{}, fmt.Errorf("%w: a glance at the group: %w", ErrForged, errors.Join(err, membership.ErrCheckpoint))
	}
	g.glances.Add(log, s)
	return protocol.Account{}, nil
}

// glance returns what there is to see of a group whose operations are on their way.
func (g *Groups) glance(tx feature.Tx, log protocol.Log) *membership.State {
	s, ok := g.glances.Get(log)
	if !ok {
		return nil
	}
	if r, err := g.row(tx, log); err != nil || r.From.IsZero() {
		g.glances.Remove(log)
		return nil
	}
	if _, err := g.Keys.Conversation(tx, log); err != nil {
		return nil // who waits to join is locked
	}
	return s
}

// stale tells whether a checkpoint is due.
func (g *Groups) stale(graph *membership.Graph) bool {
	_, since := checkpointed(graph)
	if len(since) == 0 {
		return false
	}
	age := g.Now().Sub(time.UnixMilli(int64(min(since[0].Wall, g.wall()))))
	return len(since) >= checkpointAfter || age >= checkpointAge
}

// checkpointer returns the local officer that signs a checkpoint if one is due, and how many go before it.
func (g *Groups) checkpointer(tx feature.Tx, r row, now *view) (by protocol.Account, rank int, err error) {
	due := false
	if err := g.read(tx, r, func(graph *membership.Graph) error {
		due = g.stale(graph)
		return nil
	}); err != nil || !due {
		return by, 0, err
	}
	for rank, officer := range now.state.Officers() {
		if g.Identities.Local(tx, officer) && g.Keys.Unlocked(officer) && now.state.Role(officer) >= membership.Admin {
			return officer, rank, nil
		}
	}
	return by, 0, nil
}

// checkpoint signs what is so.
func (g *Groups) checkpoint(tx feature.Tx, log protocol.Log, by protocol.Account) error {
	r, err := g.row(tx, log)
	if err != nil {
		return err
	}
	var body *membership.Checkpoint
	if err := g.read(tx, r, func(graph *membership.Graph) (err error) {
		if g.stale(graph) {
			body, err = graph.NewCheckpoint()
		}
		return err
	}); err != nil || body == nil {
		return err
	}
	_, err = g.sign(tx, log, by, body, nil)
	return err
}
