package group

import (
	"conclave/node/feature"
	"conclave/protocol"
)

// attend has Run look at a group.
func (g *Groups) attend(log protocol.Log) {
	g.mu.Lock()
	g.stirred[log] = true
	g.mu.Unlock()
	select {
	case g.stir <- struct{}{}:
	default:
	}
}

// Forget implements feature.Groups.
func (g *Groups) Forget(tx feature.Tx, log protocol.Log, a protocol.Account) error {
	now, err := g.now(tx, log)
	if err == nil && now.state.Role(a) > 0 {
		return feature.ErrConflict.With("Leave the group first.")
	}
	return g.Keys.Revoke(tx, log, a)
}
