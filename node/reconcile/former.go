package reconcile

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// What somebody said before leaving may be on the own node alone, and what follows it, the Leave itself, everywhere. A node that
// lacks something which others name so asks those on which former members live for that, and for nothing else.

// last has nodes of former members asked of groups in which something is missing: those that are connected, and now and then
// one that is not.
func (c *Catcher) last(logs []protocol.Log, urgent bool) error {
	type friend struct {
		way
		via protocol.Account
	}
	var ask []friend
	err := c.Store.View(func(tx feature.Tx) error {
		ask = nil
		for _, log := range logs {
			missing, err := c.Timeline.Missing(tx, log)
			if err == nil && len(missing) == 0 || errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
				continue
			}
			if err != nil {
				return err
			}
			formers, err := c.Groups.Formers(tx, log)
			if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
				continue
			}
			if err != nil {
				return err
			}
			var away []friend
			for _, f := range formers {
				x := friend{way{log, net.PeerID(f.Peer)}, f.Who}
				if c.Network.Connected(x.peer) {
					ask = append(ask, x)
				} else {
					away = append(away, x)
				}
			}
			if !urgent && len(away) > 0 {
				c.mu.Lock()
				ask = append(ask, away[c.dice.IntN(len(away))])
				c.mu.Unlock()
			}
		}
		return nil
	})
	for _, x := range ask {
		c.want(x.way, x.via)
	}
	return err
}

// overdue tells of which groups it is time to ask former members, whether anything hints at that or not.
func (c *Catcher) overdue(logs []protocol.Log) (out []protocol.Log) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	for _, log := range logs {
		if at, ok := c.parted[log]; !ok || now.Sub(at).Abs() >= recheck {
			c.parted[log] = now
			out = append(out, log)
		}
	}
	return out
}
