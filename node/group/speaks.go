package group

import (
	"errors"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Speaks tells whether a message of a verified chain is part of the history, as far as is known here: its device is a
// member's, and no fence cuts it off. It does not ask whether the message was opened before.
func (g *Groups) Speaks(tx feature.Tx, log protocol.Log, c chain.Cert, m chain.Inner) (bool, error) {
	author := protocol.Account(c.Acct)
	heads := make([]protocol.EventID, len(m.Heads))
	for i, h := range m.Heads {
		heads[i] = h
	}
	e := &protocol.Event{Header: protocol.Header{Log: log, Author: author, Device: c.Dev, Heads: heads}}
	shown, err := g.Judge(tx, e, membership.Mark{Device: c.Dev, CSeq: c.CSeq, N: m.N})
	if !errors.Is(err, timeline.ErrBehind) {
		return shown, err
	}
	now, err := g.now(tx, log) // its author saw operations that are not here: the roster of now has to do
	return err == nil && now.state.Role(author) > 0, err
}
