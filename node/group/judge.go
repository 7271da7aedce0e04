package group

import (
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/node/group/chains"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// At implements feature.Groups.
func (g *Groups) At(tx feature.Tx, log protocol.Log, heads []protocol.EventID) (*membership.State, error) {
	r, err := g.row(tx, log)
	if err != nil {
		return nil, err
	}
	return g.at(tx, r, heads)
}

func (g *Groups) at(tx feature.Tx, r row, heads []protocol.EventID) (*membership.State, error) {
	now, err := g.view(tx, r)
	if err != nil {
		return nil, err
	}
	if now.sees(heads) {
		return now.state, nil
	}
	ids := idsOf(heads)
	key := mhead(r.Log, ids)
	if s, ok := g.states.Get(key); ok {
		return s, nil
	}
	var s *membership.State
	err = g.read(tx, r, func(graph *membership.Graph) (err error) {
		s, err = graph.At(ids)
		return err
	})
	if errors.Is(err, membership.ErrUnknown) {
		return nil, fmt.Errorf("%w: %w", feature.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	g.states.Add(key, s)
	return s, nil
}

// Judge implements timeline.Groups.
func (g *Groups) Judge(tx feature.Tx, e *protocol.Event, mark membership.Mark) (shown bool, err error) {
	r, err := g.row(tx, e.Log)
	if err != nil {
		return false, err
	}
	now, err := g.view(tx, r)
	if err != nil {
		return false, err
	}
	if now.sees(e.Heads) {
		return now.state.Role(e.Author) > 0, nil // its author saw all that could hide it
	}
	err = g.read(tx, r, func(graph *membership.Graph) (err error) {
		shown, err = graph.Shown(membership.Message{Heads: idsOf(e.Heads), Account: e.Author, Mark: mark})
		return err
	})
	if errors.Is(err, membership.ErrUnknown) {
		return false, fmt.Errorf("%w: %w", timeline.ErrBehind, err)
	}
	return shown, err
}

// MayRead implements timeline.Groups.
func (g *Groups) MayRead(tx feature.Tx, reader protocol.Account, e *protocol.Event) (bool, error) {
	r, err := g.row(tx, e.Log)
	if err != nil {
		return false, err
	}
	then, err := g.at(tx, r, e.Heads)
	if err != nil {
		return false, err
	}
	if then.Role(reader) > 0 {
		return true, nil
	}
	now, err := g.view(tx, r)
	if err != nil || now.state.Role(reader) == 0 {
		return false, err
	}
	switch p := then.Policy(); p.History {
	case membership.HistoryAll:
		return true, nil
	case membership.HistorySince:
		return e.HLC>>16 >= p.Since, nil
	}
	return false, nil
}

// Here implements chains.Views.
func (v views) Here(tx feature.Tx, log protocol.Log) error {
	_, err := v.g.row(tx, log)
	return err
}

// View implements chains.Views.
func (v views) View(tx feature.Tx, log protocol.Log) (chains.View, error) {
	now, err := v.g.now(tx, log)
	if err != nil {
		return chains.View{}, err
	}
	return chains.View{ID: now.id, Log: log, MHead: now.mhead, Ended: now.ended, Members: now.talk.Members}, nil
}

// Knows implements chains.Views.
func (v views) Knows(tx feature.Tx, log protocol.Log, heads []protocol.EventID) error {
	r, err := v.g.row(tx, log)
	if err != nil {
		return err
	}
	return v.g.knows(tx, r, heads)
}

// knows tells whether all heads are here.
func (g *Groups) knows(tx feature.Tx, r row, heads []protocol.EventID) error {
	now, err := g.view(tx, r)
	if err != nil || now.sees(heads) {
		return err
	}
	return g.read(tx, r, func(graph *membership.Graph) error {
		for _, id := range heads {
			if !graph.Has(membership.ID(id)) {
				return timeline.ErrBehind
			}
		}
		return nil
	})
}

func idsOf(heads []protocol.EventID) []membership.ID {
	out := make([]membership.ID, len(heads))
	for i, id := range heads {
		out[i] = membership.ID(id)
	}
	return out
}
