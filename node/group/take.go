package group

import (
	"errors"
	"slices"

	"golang.org/x/time/rate"

	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Taken is what came of operations from elsewhere.
type Taken struct {
	Added     []membership.ID     // new here, with those that had waited for them
	Missing   []membership.ID     // operations to ask for, which some of these name and nobody sent
	Strangers []protocol.Account  // authors whose identity log is not here or too old: their operations were not taken
	Refused   int                 // operations that are nobody's, another group's, or never could be valid
	Forked    []membership.Author // of what was added: devices that had signed another operation under the same number
	Over      []membership.Author // of what was not taken: their account signed more than this node takes in so short a time
}

// TakeOps takes operations of a group that is here, from whomever and in any order. Errors are faults of the store,
// feature.ErrNotFound for a group that is not here, and feature.ErrLocked.
func (g *Groups) TakeOps(tx feature.Tx, log protocol.Log, ops [][]byte) (Taken, error) {
	var out Taken
	r, err := g.row(tx, log)
	if err != nil {
		return out, err
	}
	list, err := g.openOps(tx, r, ops, &out)
	if err != nil {
		return out, err
	}
	var s step
	if r.View == [32]byte{} {
		i := slices.IndexFunc(list, func(op *membership.Op) bool { return op.ID == membership.ID(log) })
		if i < 0 {
			out.Missing = append(out.Missing, membership.ID(log))
			return out, nil
		}
		if err := g.found(tx, &r, list[i]); err != nil {
			return out, err
		}
		s.added = append(s.added, list[i])
		list = slices.Delete(list, i, i+1)
	} else if s.before, err = g.view(tx, r); err != nil {
		return out, err
	}
	if err := g.insert(tx, &r, list, &s, &out); err != nil {
		return out, err
	}
	if len(s.added) == 0 {
		return out, nil
	}
	for _, op := range s.added {
		out.Added = append(out.Added, op.ID)
	}
	if s.now, err = g.view(tx, r); err != nil {
		return out, err
	}
	return out, g.settle(tx, r, s)
}

// openOps decodes and verifies operations, without those that are here.
func (g *Groups) openOps(tx feature.Tx, r row, ops [][]byte, out *Taken) (list []*membership.Op, err error) {
	fresh := make([][]byte, 0, len(ops))
	known := func(graph *membership.Graph) error {
		for _, b := range ops {
			if id, err := membership.IDOf(b); err != nil {
				out.Refused++
			} else if graph == nil || !graph.Has(id) {
				fresh = append(fresh, b)
			}
		}
		return nil
	}
	if r.View == [32]byte{} {
		err = known(nil)
	} else {
		err = g.read(tx, r, known)
	}
	if err != nil {
		return nil, err
	}
	for _, b := range fresh {
		var author protocol.Account
		op, err := membership.Open(b, func(a membership.Author) ([32]byte, error) {
			author = a.Account
			return signer.Key(tx, g.Identities, a)
		})
		switch {
		case err == nil && !g.bears(r.Log, author, len(b)):
			out.Over = append(out.Over, op.Author)
		case errors.Is(err, signer.ErrStranger):
			if !slices.Contains(out.Strangers, author) {
				out.Strangers = append(out.Strangers, author)
			}
		case errors.Is(err, membership.ErrOp) || errors.Is(err, membership.ErrSignature):
			out.Refused++
		case err != nil:
			return nil, err
		default:
			list = append(list, op)
		}
	}
	return list, nil
}

// insert puts operations into the graph of a group.
func (g *Groups) insert(tx feature.Tx, r *row, list []*membership.Op, s *step, out *Taken) error {
	if len(list) == 0 {
		return nil
	}
	return g.change(tx, r, func(graph *membership.Graph) (added []*membership.Op, err error) {
		s.begin(graph)
		for _, op := range list {
			in, err := graph.Insert(op)
			if err != nil {
				out.Refused++
			}
			out.Refused += len(in.Refused)
			added = append(added, in.Added...)
			for _, op := range in.Added {
				if graph.Forked(op) {
					out.Forked = append(out.Forked, op.Author)
				}
			}
		}
		out.Missing = append(out.Missing, graph.Wanted()...)
		s.end(graph, added)
		return added, nil
	})
}

// How many bytes of operations of one account a group takes: at once, and from then on. All members of the largest group can be
// added by one of them at once.
const (
	opsAtOnce    = 4 << 20
	opsPerMinute = 32 << 10
	maxSigners   = 4096 // accounts and groups of which that is counted
)

type account struct {
	log protocol.Log
	who protocol.Account
}

// bears counts an operation against its author, and tells whether it may be taken. An operation that waits for others counts
// each time that it comes.
func (g *Groups) bears(log protocol.Log, author protocol.Account, size int) bool {
	k := account{log, author}
	l, ok := g.signed.Get(k)
	if !ok {
		l = rate.NewLimiter(opsPerMinute/60, opsAtOnce)
		if had, ok, _ := g.signed.PeekOrAdd(k, l); ok {
			l = had
		}
	}
	return l.AllowN(g.Now(), size)
}

// Op implements feature.Groups.
func (g *Groups) Op(tx feature.Tx, log protocol.Log, id membership.ID) (op *membership.Op, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	err = g.read(tx, r, func(graph *membership.Graph) error {
		var ok bool
		if op, ok = graph.Op(id); !ok {
			return feature.ErrNotFound
		}
		return nil
	})
	return op, err
}

// Ops is OpsAfter for all that is here, from the first on.
func (g *Groups) Ops(tx feature.Tx, log protocol.Log, beyond []membership.ID, limit int) (ops [][]byte, more bool, err error) {
	return g.OpsAfter(tx, log, nil, beyond, membership.Place{}, limit)
}

// Forks returns the evidence of devices that signed two operations under one number.
func (g *Groups) Forks(tx feature.Tx, log protocol.Log) (out []membership.Fork, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	err = g.read(tx, r, func(graph *membership.Graph) error {
		out = graph.Forks()
		return nil
	})
	return out, err
}
