package group

import (
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// settle does what a change of the membership brings on this node, once its rows are written: messages that are judged
// otherwise, how local accounts stand, and the keys of those who are out.
func (g *Groups) settle(tx feature.Tx, r row, s step) error {
	if who := s.judged(); len(who) > 0 {
		if err := g.log.Rejudge(tx, r.Log, who); err != nil {
			return err
		}
	}
	if err := g.join(tx, r, s); err != nil {
		return err
	}
	if err := g.part(tx, r.Log, s); err != nil {
		return err
	}
	moved := feature.GroupMoved{Log: r.Log, Now: s.now.state}
	if s.before != nil {
		moved.Before = s.before.state
	}
	tx.OnCommit(func() {
		g.Registry.GroupMoved(moved)
		g.attend(r.Log)
	})
	return nil
}

// join marks local accounts that wait to be members, and now are.
func (g *Groups) join(tx feature.Tx, r row, s step) error {
	joined := false
	for _, p := range s.now.state.Members() {
		if s.was(p.Account) > 0 || !g.Identities.Local(tx, p.Account) {
			continue
		}
		is, err := g.Standing(tx, r.Log, p.Account)
		if err != nil {
			return err
		}
		if is != feature.GroupJoining {
			continue // nobody here agreed to it
		}
		joined = true
		if err := g.stand(tx, r.Log, p.Account, standing{feature.GroupJoined, true}); err != nil {
			return err
		}
	}
	if !joined || r.From.IsZero() {
		return nil
	}
	r.From = protocol.Account{}
	return g.saveRow(tx, r)
}

// part marks local accounts that are members no more, and takes the key from them where others here keep it. The last one
// keeps it until Forget: what it read is its own.
func (g *Groups) part(tx feature.Tx, log protocol.Log, s step) error {
	if s.before == nil {
		return nil
	}
	rest, err := g.joinedHere(tx, s.now)
	if err != nil {
		return err
	}
	for _, p := range s.before.state.Members() {
		if s.now.state.Role(p.Account) > 0 || !g.Identities.Local(tx, p.Account) {
			continue
		}
		is, err := g.Standing(tx, log, p.Account)
		if err != nil {
			return err
		}
		if is == "" {
			continue
		}
		how := feature.GroupRemoved
		if slices.ContainsFunc(s.added, func(op *membership.Op) bool {
			return op.Kind() == membership.KindLeave && op.Author.Account == p.Account
		}) {
			how = feature.GroupLeft
		}
		if err := g.stand(tx, log, p.Account, standing{how, !rest}); err != nil {
			return err
		}
		if rest {
			if err := g.Keys.Revoke(tx, log, p.Account); err != nil {
				return err
			}
		}
	}
	return nil
}

// joinedHere tells whether a member of a group lives here.
func (g *Groups) joinedHere(tx feature.Tx, now *view) (bool, error) {
	for _, p := range now.state.Members() {
		if !g.Identities.Local(tx, p.Account) {
			continue
		}
		if is, err := g.Standing(tx, now.log, p.Account); err != nil || is == feature.GroupJoined {
			return err == nil, err
		}
	}
	return false, nil
}
