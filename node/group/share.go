package group

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Endings returns the valid operations by which accounts of another node that are no members any more went: with their past they
// are all that the node may still be told.
func (g *Groups) Endings(tx feature.Tx, log protocol.Log, peer string) (out []membership.ID, err error) {
	ends, err := g.ends(tx, log)
	if err != nil {
		return nil, err
	}
	for id, a := range ends {
		homes, err := g.homes(tx, a)
		if err != nil {
			return nil, err
		}
		if slices.Contains(homes, peer) {
			out = append(out, id)
		}
	}
	membership.SortIDs(out)
	return out, nil
}

// Former is a node on which no member lives, and somebody there who was one.
type Former struct {
	Peer string // text of its peer id
	Who  protocol.Account
}

// Formers are the other nodes on which only former members live, sorted.
func (g *Groups) Formers(tx feature.Tx, log protocol.Log) (out []Former, err error) {
	ends, err := g.ends(tx, log)
	if err != nil {
		return nil, err
	}
	for _, a := range ends {
		homes, err := g.homes(tx, a)
		if err != nil {
			return nil, err
		}
		for _, peer := range homes {
			if hosts, err := g.Hosts(tx, log, peer); err != nil {
				return nil, err
			} else if len(hosts) == 0 && peer != g.Self {
				out = append(out, Former{peer, a})
			}
		}
	}
	slices.SortFunc(out, func(a, b Former) int { return cmp.Or(cmp.Compare(a.Peer, b.Peer), bytes.Compare(a.Who[:], b.Who[:])) })
	return slices.CompactFunc(out, func(a, b Former) bool { return a.Peer == b.Peer }), nil
}

// ends are the valid operations by which accounts went that are no members any more.
func (g *Groups) ends(tx feature.Tx, log protocol.Log) (map[membership.ID]protocol.Account, error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	now, err := g.view(tx, r)
	if err != nil {
		return nil, err
	}
	ends := map[membership.ID]protocol.Account{}
	return ends, g.read(tx, r, func(graph *membership.Graph) error {
		for _, op := range graph.Ops() {
			if a := ended(op); !a.IsZero() && now.state.Role(a) == 0 && graph.Valid(op.ID) {
				ends[op.ID] = a
			}
		}
		return nil
	})
}

// homes are the peer ids of the nodes of an account; none where its identity log is not here.
func (g *Groups) homes(tx feature.Tx, a protocol.Account) (peers []string, err error) {
	log, err := g.Identities.Log(tx, a)
	if errors.Is(err, feature.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, d := range log.Head().Devices {
		peers = append(peers, string(d.PeerID))
	}
	return peers, nil
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
