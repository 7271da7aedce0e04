package reconcile

import (
	"context"
	"errors"
	"maps"
	"sync"

	"conclave/node/feature"
	"conclave/protocol"
)

// moot are the groups to compare with all connected nodes because something became of them, and the accounts to all of whose groups
// something did. The zero value is ready.
type moot struct {
	mu       sync.Mutex // guards what follows
	logs     map[protocol.Log]bool
	accounts map[protocol.Account]bool
}

func (m *moot) take() (logs map[protocol.Log]bool, accounts map[protocol.Account]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	logs, accounts = m.logs, m.accounts
	if m.logs, m.accounts = nil, nil; logs == nil {
		logs = map[protocol.Log]bool{}
	}
	return logs, accounts
}

// Unlocked is called when an account was unlocked: its groups can be compared from now on, the others are as they were.
func (c *Catcher) Unlocked(_ context.Context, a protocol.Account) error {
	c.moot.mu.Lock()
	if c.moot.accounts == nil {
		c.moot.accounts = map[protocol.Account]bool{}
	}
	c.moot.accounts[a] = true
	c.moot.mu.Unlock()
	c.ring()
	return nil
}

// Welcomed is called when a local account was welcomed to a group.
func (c *Catcher) Welcomed(log protocol.Log) {
	c.moot.mu.Lock()
	if c.moot.logs == nil {
		c.moot.logs = map[protocol.Log]bool{}
	}
	c.moot.logs[log] = true
	c.moot.mu.Unlock()
	c.ring()
}

// theirs adds the groups in which any of some accounts has a part.
func (c *Catcher) theirs(tx feature.Tx, accounts map[protocol.Account]bool, logs map[protocol.Log]bool) error {
	if len(accounts) == 0 {
		return nil
	}
	all, err := c.Groups.Logs(tx)
	if err != nil {
		return err
	}
	for _, log := range all {
		for a := range accounts {
			is, err := c.Groups.Standing(tx, log, a)
			if err != nil {
				return err
			}
			if is != "" {
				logs[log] = true
				break
			}
		}
	}
	return nil
}

// filled takes the groups off whose gaps were filled meanwhile.
func (c *Catcher) filled(logs map[protocol.Log]bool) error {
	if len(logs) == 0 {
		return nil
	}
	return c.Store.View(func(tx feature.Tx) error {
		var err error
		maps.DeleteFunc(logs, func(log protocol.Log, _ bool) bool {
			missing, fault := c.Timeline.Missing(tx, log)
			if fault != nil && !errors.Is(fault, feature.ErrNotFound) && !errors.Is(fault, feature.ErrLocked) {
				err = errors.Join(err, fault)
			}
			return fault == nil && len(missing) == 0
		})
		return err
	})
}
