package node

import (
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
)

// keyStock remembers which keys there are: to count them goes through their rows, which are bounded for each account and contact and
// do not grow with the history.
type keyStock struct {
	mu       sync.Mutex
	at       time.Time
	sessions session.Stats
	left     int
}

func (n *Node) countKeys(now time.Time) (session.Stats, int) {
	k := &n.keyStock
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.at.IsZero() && now.Sub(k.at) < recount {
		return k.sessions, k.left
	}
	if err := n.store.View(func(tx feature.Tx) (err error) {
		if k.sessions, err = n.sessions.Stats(tx); err != nil {
			return err
		}
		k.left, err = n.keys.Left(tx)
		return err
	}); err != nil {
		n.config.Logger.Error("count keys", "err", err)
	}
	k.at = now
	return k.sessions, k.left
}

func (n *Node) keyFigures() []feature.Figure {
	s, left := n.countKeys(time.Now())
	var backup float64
	if at, err := n.BackedUp(); err == nil && !at.IsZero() {
		backup = float64(at.Unix())
	}
	return []feature.Figure{
		count("conclave_session_count", "Sessions with devices at other nodes, counted at most twice a minute.", s.Sessions),
		count("conclave_prekeys_left", "One-time keys of all accounts that nobody was given yet, counted at most twice a minute.", s.Left),
		count("conclave_prekeys_least_left", "Of these, those of the account that has fewest.", s.Least),
		count("conclave_keyring_left_keys", "Keys of conversations that wait for accounts to be unlocked, counted at most twice a minute.", left),
		{Name: "conclave_backup_time_seconds", Help: "When the last backup was made, in seconds since 1970; 0 for never.", Value: backup},
	}
}
