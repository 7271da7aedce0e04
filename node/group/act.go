package group

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Act implements feature.Groups.
func (g *Groups) Act(tx feature.Tx, log protocol.Log, by protocol.Account, body membership.Body) (*membership.Op, error) {
	return g.act(tx, log, by, body, nil)
}

// Answer implements feature.Groups.
func (g *Groups) Answer(tx feature.Tx, log protocol.Log, by, who protocol.Account, ticket []byte) (*membership.Op, error) {
	if len(ticket) > protocol.MaxTicket {
		return nil, feature.ErrBadRequest
	}
	return g.act(tx, log, by, &membership.Add{Account: who}, ticket)
}

// act signs an operation where the author may do that and it would change something.
func (g *Groups) act(tx feature.Tx, log protocol.Log, by protocol.Account, body membership.Body, ticket []byte) (*membership.Op, error) {
	now, err := g.now(tx, log)
	if err != nil {
		return nil, err
	}
	if err := g.welcomable(tx, now.state, body); err != nil {
		return nil, err
	}
	if err := useful(now.state, body); err != nil {
		return nil, err
	}
	return g.sign(tx, log, by, body, ticket)
}

// sign makes an operation, keeps it, sends it, and does what it brings.
func (g *Groups) sign(tx feature.Tx, log protocol.Log, by protocol.Account, body membership.Body, ticket []byte) (*membership.Op, error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	before, err := g.view(tx, r)
	if err != nil {
		return nil, err
	}
	body, secret, err := g.complete(tx, log, by, body)
	if err != nil {
		return nil, err
	}
	if !before.state.Allows(by, body) {
		return nil, refusal(before.state, by, body)
	}
	dev, err := g.Keys.Device(by)
	if err != nil {
		return nil, err
	}
	author, err := signer.Author(tx, g.Identities, by, dev.ID)
	if err != nil {
		return nil, err
	}
	var op *membership.Op
	step := step{before: before}
	err = g.change(tx, &r, func(graph *membership.Graph) ([]*membership.Op, error) {
		draft, err := graph.Draft(author, g.wall(), body)
		if err != nil {
			return nil, err
		}
		if op, err = draft.Sign(dev.DSK); err != nil {
			return nil, feature.ErrBadRequest.With("The group cannot take this: %v.", err)
		}
		step.begin(graph)
		in, err := graph.Insert(op)
		if err != nil || len(in.Added) == 0 {
			return nil, fmt.Errorf("sign a group operation: %w", errors.Join(err, membership.ErrOp))
		}
		step.end(graph, in.Added)
		return in.Added, nil
	})
	if err != nil {
		return nil, err
	}
	if step.now, err = g.view(tx, r); err != nil {
		return nil, err
	}
	if err := g.outbox.Op(tx, log, op.Encode()); err != nil {
		return nil, err
	}
	if secret != nil {
		if err := g.handTopic(tx, step.now, by, dev.ID, *secret); err != nil {
			return nil, err
		}
	}
	if err := g.tell(tx, step, op, by, dev.ID, ticket); err != nil {
		return nil, err
	}
	if err := g.dismiss(tx, step, op, by, dev.ID); err != nil {
		return nil, err
	}
	return op, g.settle(tx, r, step)
}

// complete fills in what the caller left out: the fence of a Remove or Leave, and a new topic secret with a Remove.
func (g *Groups) complete(tx feature.Tx, log protocol.Log, by protocol.Account, body membership.Body) (membership.Body, *[32]byte, error) {
	switch b := body.(type) {
	case *membership.Leave:
		if len(b.Fence) > 0 {
			return b, nil, nil
		}
		fence, err := g.fence(tx, log, by)
		return &membership.Leave{Fence: fence}, nil, err
	case *membership.Remove:
		full := *b
		var err error
		if len(full.Fence) == 0 {
			if full.Fence, err = g.fence(tx, log, b.Account); err != nil {
				return nil, nil, err
			}
		}
		if full.Topic != nil {
			return &full, nil, nil
		}
		secret, err := g.newSecret()
		if err != nil {
			return nil, nil, err
		}
		commitment := membership.TopicCommitment(secret)
		full.Topic = &commitment
		return &full, &secret, nil
	}
	return body, nil, nil
}

func (g *Groups) fence(tx feature.Tx, log protocol.Log, a protocol.Account) ([]membership.Mark, error) {
	marks, err := g.log.Marks(tx, log, a)
	if err != nil {
		return nil, fmt.Errorf("find out what was seen of a member: %w", err)
	}
	return membership.NewFence(marks...), nil
}

// useful refuses what would change nothing.
func useful(s *membership.State, body membership.Body) error {
	idle := false
	switch b := body.(type) {
	case *membership.Add:
		idle = s.Role(b.Account) > 0
	case *membership.Grant:
		idle = s.Role(b.Account) >= b.Role
	case *membership.Revoke:
		idle = s.Role(b.Account) <= membership.Member
	case *membership.Remove:
		idle = s.Role(b.Account) == 0
	case *membership.SetMeta:
		idle = !slices.ContainsFunc(b.Fields, func(f membership.Field) bool { return string(s.Meta(f.Key)) != string(f.Value) })
	case *membership.SetPolicy:
		idle = samePolicy(s.Policy(), b.Policy)
	case *membership.TopicRekey:
		idle = s.Topic() == b.Topic
	}
	if idle {
		return feature.ErrConflict.With("This is so already.")
	}
	return nil
}

func samePolicy(a, b membership.Policy) bool {
	rules := (a.Rules == nil) == (b.Rules == nil) && (a.Rules == nil || *a.Rules == *b.Rules)
	a.Rules, b.Rules = nil, nil
	return rules && a == b
}

// refusal says why a state does not allow what somebody wants to do.
func refusal(s *membership.State, by protocol.Account, body membership.Body) error {
	p := s.Policy()
	role, who := membership.Role(0), protocol.Account{}
	switch b := body.(type) {
	case *membership.Add:
		role, who = p.Add, b.Account
		role = min(role, membership.Admin)
	case *membership.Grant:
		role, who = max(membership.Admin, b.Role), b.Account
	default:
		return feature.ErrForbidden
	}
	if s.Role(by) < role {
		return feature.ErrForbidden
	}
	if s.Role(who) == 0 && uint64(s.Len()) >= p.MaxMembers {
		return feature.ErrConflict.With("The group is full.")
	}
	return feature.ErrConflict.With("There is no room for another one with such a role.")
}

// step is a change of the membership while it is made.
type step struct {
	before, now *view // before is nil for a group that is new here
	added       []*membership.Op
	ends        map[membership.ID]bool        // Remove and Leave operations before the change, and whether they were valid
	hidden      map[protocol.Account]struct{} // whose messages may be judged otherwise than before
}

// begin notes what ends memberships.
func (s *step) begin(graph *membership.Graph) { s.ends = endings(graph) }

// end compares.
func (s *step) end(graph *membership.Graph, added []*membership.Op) {
	s.added = append(s.added, added...)
	s.hidden = map[protocol.Account]struct{}{}
	for id, valid := range endings(graph) {
		if s.ends[id] == valid {
			continue
		}
		op, _ := graph.Op(id)
		s.hidden[ended(op)] = struct{}{}
	}
}

// endings returns the Remove and Leave operations of a graph, and whether they are valid.
func endings(graph *membership.Graph) map[membership.ID]bool {
	out := map[membership.ID]bool{}
	for _, op := range graph.Ops() {
		if !ended(op).IsZero() {
			out[op.ID] = graph.Valid(op.ID)
		}
	}
	return out
}

// ended returns whose membership an operation ends, the zero account for none.
func ended(op *membership.Op) protocol.Account {
	switch b := op.Body.(type) {
	case *membership.Remove:
		return b.Account
	case *membership.Leave:
		return op.Author.Account
	}
	return protocol.Account{}
}

func (s *step) judged() []protocol.Account {
	return slices.SortedFunc(maps.Keys(s.hidden), func(a, b protocol.Account) int { return slices.Compare(a[:], b[:]) })
}

// was tells the role of an account before.
func (s *step) was(a protocol.Account) membership.Role {
	if s.before == nil {
		return 0
	}
	return s.before.state.Role(a)
}
