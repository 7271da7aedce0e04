package group

import (
	"crypto/sha256"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// view is a group as its operations make it. It never changes and is shared.
type view struct {
	id    [32]byte // mhead of all heads
	log   protocol.Log
	state *membership.State
	tips  []protocol.EventID
	mhead [32]byte // of the tips
	ended [32]byte // hash of the valid Remove and Leave operations, without Removes that follow a Leave
	whole bool     // the tips are all heads: who names them saw everything
	talk  feature.Conversation
}

// sees tells whether somebody whose heads were these saw all operations of the view.
func (v *view) sees(heads []protocol.EventID) bool { return v.whole && slices.Equal(heads, v.tips) }

// now returns a group as a transaction sees it: feature.ErrNotFound for none and for one whose operations are not here,
// feature.ErrLocked while its members here are locked.
func (g *Groups) now(tx feature.Tx, log protocol.Log) (*view, error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	return g.view(tx, r)
}

func (g *Groups) view(tx feature.Tx, r row) (*view, error) {
	if _, err := g.Keys.Conversation(tx, r.Log); err != nil {
		g.views.Remove(r.View)
		return nil, err
	}
	if v, ok := g.views.Get(r.View); ok {
		return v, nil
	}
	v := &view{id: r.View, log: r.Log}
	err := g.read(tx, r, func(graph *membership.Graph) error {
		v.state = graph.Resolve()
		tips := graph.Tips()
		v.mhead = mhead(r.Log, tips)
		v.whole = len(tips) == len(graph.Heads())
		v.ended = endedBy(graph)
		v.tips = make([]protocol.EventID, len(tips))
		for i, id := range tips {
			v.tips[i] = protocol.EventID(id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.talk = describe(r.Log, v.state)
	g.views.Add(v.id, v)
	return v, nil
}

func endedBy(graph *membership.Graph) [32]byte {
	var ids []membership.ID
	for id, valid := range endings(graph) {
		if valid && !graph.Follows(id) {
			ids = append(ids, id)
		}
	}
	membership.SortIDs(ids)
	h := sha256.New()
	for _, id := range ids {
		h.Write(id[:])
	}
	return [32]byte(h.Sum(nil))
}

func describe(log protocol.Log, s *membership.State) feature.Conversation {
	c := feature.Conversation{Log: log, Kind: "group", State: s}
	if s.Policy().Form == membership.Channel {
		c.Kind = "channel"
	}
	for _, p := range s.Members() {
		c.Members = append(c.Members, p.Account)
	}
	return c
}

// Conversation implements timeline.Groups. While a group's operations are on their way there is a glance at it, or nothing to
// describe.
func (g *Groups) Conversation(tx feature.Tx, log protocol.Log) (feature.Conversation, error) {
	if s := g.glance(tx, log); s != nil {
		return describe(log, s), nil
	}
	v, err := g.now(tx, log)
	if err != nil {
		return feature.Conversation{}, err
	}
	return v.talk, nil
}

// Heads implements timeline.Groups.
func (g *Groups) Heads(tx feature.Tx, log protocol.Log) ([]protocol.EventID, error) {
	if g.glance(tx, log) != nil {
		return nil, feature.ErrNotFound // who sees no more than a glance has nothing to say yet
	}
	v, err := g.now(tx, log)
	if err != nil {
		return nil, err
	}
	return append([]protocol.EventID(nil), v.tips...), nil
}
