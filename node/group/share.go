package group

import (
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Endings returns the valid operations by which accounts of another node that are no members any more went: with their past they
// are all that the node may still be told.
func (g *Groups) Endings(tx feature.Tx, log protocol.Log, peer string) (out []membership.ID, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	now, err := g.view(tx, r)
	if err != nil {
		return nil, err
	}
	ends := map[membership.ID]protocol.Account{}
	if err := g.read(tx, r, func(graph *membership.Graph) error {
		for _, op := range graph.Ops() {
			if a := ended(op); !a.IsZero() && now.state.Role(a) == 0 && graph.Valid(op.ID) {
				ends[op.ID] = a
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	for id, a := range ends {
		identities, err := g.Identities.Log(tx, a)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, d := range identities.Head().Devices {
			if string(d.PeerID) == peer {
				out = append(out, id)
				break
			}
		}
	}
	membership.SortIDs(out)
	return out, nil
}

// OpsAfter returns operations that are not in the past of those named, in the order of their places and after one, of limit bytes
// at the most but one at least; more tells that there are others. Where within names any, only those in the past of these are
// returned, themselves included. Of beyond, what is not here is passed over.
func (g *Groups) OpsAfter(
	tx feature.Tx, log protocol.Log, within, beyond []membership.ID, after membership.Place, limit int,
) (ops [][]byte, more bool, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, false, err
	}
	err = g.read(tx, r, func(graph *membership.Graph) (err error) {
		all := graph.Ops()
		if within != nil {
			if all, err = graph.Past(within); err != nil {
				return err
			}
		}
		ops, more, err = fresh(graph, all, beyond, after, limit)
		return err
	})
	return ops, more, err
}

func fresh(graph *membership.Graph, all []*membership.Op, beyond []membership.ID, after membership.Place, limit int) (ops [][]byte, more bool, err error) {
	known := slices.DeleteFunc(slices.Clone(beyond), func(id membership.ID) bool { return !graph.Has(id) })
	past, err := graph.Past(known)
	if err != nil {
		return nil, false, err
	}
	seen := make(map[membership.ID]bool, len(past))
	for _, op := range past {
		seen[op.ID] = true
	}
	all = slices.DeleteFunc(all, func(op *membership.Op) bool { return seen[op.ID] || op.Place().Compare(after) <= 0 })
	slices.SortFunc(all, func(a, b *membership.Op) int { return a.Place().Compare(b.Place()) })
	size := 0
	for _, op := range all {
		if size += len(op.Encode()); size > limit && len(ops) > 0 {
			return ops, true, nil
		}
		ops = append(ops, op.Encode())
	}
	return ops, false, nil
}

// Named returns the accounts that the operations of a group name as members or authors, former ones included; where within
// names any operations, only those in the past of these count, themselves included.
func (g *Groups) Named(tx feature.Tx, log protocol.Log, within ...membership.ID) (map[protocol.Account]bool, error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	out := map[protocol.Account]bool{}
	err = g.read(tx, r, func(graph *membership.Graph) error {
		ops := graph.Ops()
		if len(within) > 0 {
			if ops, err = graph.Past(within); err != nil {
				return err
			}
		}
		for _, op := range ops {
			out[op.Author.Account] = true
			if a := newcomer(op.Body); !a.IsZero() {
				out[a] = true
			}
			if b, ok := op.Body.(*membership.Create); ok {
				for _, a := range b.Creators {
					out[a] = true
				}
			}
		}
		return nil
	})
	return out, err
}
