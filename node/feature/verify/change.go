package verify

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
)

// permit keeps an account from writing to somebody whose number changed since it was compared.
func (s *slice) permit(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	other := c.Other(author)
	if c.Group() {
		return nil
	}
	v, err := s.of(tx, author, other)
	if err == nil && v.State == Changed {
		err = errChanged
	}
	return err
}

// changed tells those who compared the number of an account that its identity log is another now, if that changed anything. An entry
// that only renews the log changes nothing.
func (s *slice) changed(acct protocol.Account) {
	s.mu.Lock()
	var owners []protocol.Account
	for owner := range s.known[acct] {
		if s.Keys.Unlocked(owner) {
			owners = append(owners, owner)
		} else {
			delete(s.known[acct], owner) // it is read again when the account is unlocked
		}
	}
	s.mu.Unlock()
	for _, owner := range owners {
		s.Soon("verify"+owner.String()+acct.String(), func(context.Context) {
			var now Verification
			err := s.Store.View(func(tx feature.Tx) (err error) {
				now, err = s.of(tx, owner, acct)
				return err
			})
			switch {
			case errors.Is(err, feature.ErrLocked), err == nil && now.State != Changed:
			case err != nil:
				s.Logger.Warn("tell of a safety number", "err", err)
			default:
				s.tell([]protocol.Account{owner}, now)
			}
		})
	}
}
