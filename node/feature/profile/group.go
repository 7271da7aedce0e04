package profile

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
)

// moved has local accounts that are new in a group say there what they are called.
func (s *slice) moved(m feature.GroupMoved) {
	known := m.Before
	if known == m.Now {
		known = nil // somebody was let in whom the operations knew already
	}
	for _, p := range m.Now.Members() {
		if known != nil && known.Role(p.Account) > 0 || !s.Keys.Unlocked(p.Account) {
			continue
		}
		s.Soon(m.Log.String()+p.Account.String(), func(ctx context.Context) { s.introduce(ctx, p.Account, m.Log) })
	}
}

func (s *slice) introduce(ctx context.Context, acct protocol.Account, log protocol.Log) {
	err := s.Store.Update(ctx, func(tx feature.Tx) error { return s.catchUp(tx, acct, log) })
	if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
		s.Logger.Warn("tell a group of a name", "err", err)
	}
}
