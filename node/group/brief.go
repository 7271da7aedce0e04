package group

import (
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Briefing returns all operations of a group, parents first, and whom they name: those first who signed any, and without the identity logs
// of whom nobody can read them. There are no operations where they have more than limit bytes: a group of that size is asked for.
func (g *Groups) Briefing(tx feature.Tx, log protocol.Log, limit int) (ops [][]byte, people []protocol.Account, err error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, nil, err
	}
	err = g.read(tx, r, func(graph *membership.Graph) error {
		more := false
		if ops, more, err = fresh(graph, graph.Ops(), nil, membership.Place{}, limit); err != nil {
			return err
		}
		if more || len(ops) > protocol.MaxBriefOps {
			ops = nil
			return nil
		}
		state := graph.Resolve()
		for _, op := range graph.Ops() {
			if !slices.Contains(people, op.Author.Account) {
				people = append(people, op.Author.Account)
			}
		}
		for _, m := range state.Members() {
			if len(people) < protocol.MaxBriefPeople && !slices.Contains(people, m.Account) {
				people = append(people, m.Account)
			}
		}
		return nil
	})
	return ops, people, err
}

// Awaits tells whether a local account waits for the operations of a group, to which somebody welcomed it.
func (g *Groups) Awaits(tx feature.Tx, log protocol.Log, from protocol.Account) (bool, error) {
	r, err := g.row(tx, log)
	return err == nil && r.From == from, ignore(err)
}
