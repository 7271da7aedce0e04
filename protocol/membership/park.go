package membership

import (
	"slices"

	"conclave/protocol"
)

// parking holds operations whose parents have not come, oldest first for each account.
type parking struct {
	ops     map[ID]*Op
	lacks   map[ID]int                // parents still missing, by parked operation
	waiters map[ID][]ID               // parked operations, by the parent they wait for
	queue   map[protocol.Account][]ID // parked operations of an account, in the order of arrival
}

func newParking() parking {
	return parking{ops: map[ID]*Op{}, lacks: map[ID]int{}, waiters: map[ID][]ID{}, queue: map[protocol.Account][]ID{}}
}

// park keeps op until the missing parents come, and returns what gave way.
func (p *parking) park(op *Op, missing []ID) (dropped []ID) {
	if _, ok := p.ops[op.ID]; ok {
		return nil
	}
	if len(p.queue[op.Author.Account]) >= MaxParkedEach {
		dropped = append(dropped, p.drop(op.Author.Account))
	} else if len(p.ops) >= MaxParked {
		dropped = append(dropped, p.drop(p.greediest()))
	}
	p.ops[op.ID] = op
	p.lacks[op.ID] = len(missing)
	for _, m := range missing {
		p.waiters[m] = append(p.waiters[m], op.ID)
	}
	p.queue[op.Author.Account] = append(p.queue[op.Author.Account], op.ID)
	return dropped
}

// release tells that an operation is in the graph, and returns those that wait for nothing more.
func (p *parking) release(id ID) (ready []*Op) {
	waiting := p.waiters[id]
	delete(p.waiters, id)
	for _, w := range waiting {
		if p.lacks[w]--; p.lacks[w] == 0 {
			ready = append(ready, p.ops[w])
			p.forget(p.ops[w])
		}
	}
	return ready
}

// abandon gives up all that waits for an operation that will never be in the graph, however indirectly.
func (p *parking) abandon(id ID) (out []ID) {
	lost := []ID{id}
	for next := 0; next < len(lost); next++ {
		for _, w := range slices.Clone(p.waiters[lost[next]]) {
			p.remove(p.ops[w])
			lost = append(lost, w)
		}
	}
	return lost[1:]
}

// wanted returns what is waited for and not parked itself, sorted.
func (p *parking) wanted() (out []ID) {
	for id := range p.waiters {
		if _, parked := p.ops[id]; !parked {
			out = append(out, id)
		}
	}
	SortIDs(out)
	return out
}

// drop gives up the oldest parked operation of an account.
func (p *parking) drop(a protocol.Account) ID {
	op := p.ops[p.queue[a][0]]
	p.remove(op)
	return op.ID
}

// remove takes an operation out of everything.
func (p *parking) remove(op *Op) {
	for _, parent := range op.Parents {
		rest := slices.DeleteFunc(p.waiters[parent], func(id ID) bool { return id == op.ID })
		if p.waiters[parent] = rest; len(rest) == 0 {
			delete(p.waiters, parent)
		}
	}
	p.forget(op)
}

func (p *parking) forget(op *Op) {
	a := op.Author.Account
	delete(p.ops, op.ID)
	delete(p.lacks, op.ID)
	p.queue[a] = slices.DeleteFunc(p.queue[a], func(id ID) bool { return id == op.ID })
	if len(p.queue[a]) == 0 {
		delete(p.queue, a)
	}
}

// greediest returns the account with most parked operations.
func (p *parking) greediest() (worst protocol.Account) {
	for a, q := range p.queue {
		if len(q) > len(p.queue[worst]) || len(q) == len(p.queue[worst]) && string(a[:]) < string(worst[:]) {
			worst = a
		}
	}
	return worst
}

// byAge returns operations in the order of (lamport, id).
func byAge(ops map[ID]*Op) []*Op {
	out := make([]*Op, 0, len(ops))
	for _, op := range ops {
		out = append(out, op)
	}
	slices.SortFunc(out, (*Op).compare)
	return out
}
