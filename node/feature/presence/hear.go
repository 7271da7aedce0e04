package presence

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// heard takes what an account of another node tells some of this one.
func (s *slice) heard(ctx context.Context, from protocol.Account, _ feature.Conversation, b event.PresenceShown) error {
	return s.Store.Update(ctx, func(tx feature.Tx) error { return s.take(tx, from, b, b.For) })
}

// take takes in what somebody tells. It counts for those who know the person: whoever it is for, an account that has no
// conversation with it, or blocked it, learns nothing.
func (s *slice) take(tx feature.Tx, from protocol.Account, b event.PresenceShown, to []protocol.Account) error {
	now := s.Now()
	what := shown{state: feature.PresenceState(b.State), text: b.Text, emoji: b.Emoji, over: now.Add(Lasts)}
	if b.Until > 0 {
		what.until = time.UnixMilli(int64(min(b.Until, uint64(now.Add(maxAhead).UnixMilli()))))
	}
	if b.Seen > 0 { // not the future
		what.seen = minute(time.Unix(int64(min(b.Seen, uint64(now.Unix())/60))*60, 0))
	}
	var viewers []protocol.Account
	for _, viewer := range to {
		if viewer == from || !s.Directory.Local(tx, viewer) || !s.Keys.Unlocked(viewer) {
			continue
		}
		c := feature.Conversation{Log: protocol.DirectLog(viewer, from), Kind: "direct", Members: []protocol.Account{viewer, from}}
		standing, err := s.StandingOf(tx, viewer, c)
		if errors.Is(err, feature.ErrLocked) {
			continue
		}
		if err != nil {
			return err
		}
		if standing.State == feature.ContactAccepted || standing.State == feature.ContactPending {
			viewers = append(viewers, viewer)
		}
	}
	return s.learn(tx, from, what, viewers)
}

// fade has pages told of those who are not there any more though nobody said so.
func (s *slice) fade() error {
	type pair struct{ viewer, of protocol.Account }
	var there []pair
	s.mu.Lock()
	for viewer, of := range s.known {
		for who, what := range of {
			if what.state != "" && what.state != feature.Offline {
				there = append(there, pair{viewer, who})
			}
		}
	}
	s.mu.Unlock()
	if len(there) == 0 {
		return nil
	}
	return s.Store.View(func(tx feature.Tx) error {
		now := s.Now()
		for _, p := range there {
			s.mu.Lock()
			what := s.known[p.viewer][p.of]
			s.mu.Unlock()
			if what.at(now, s.ReachOf(tx, p.of)).State != feature.Offline {
				continue
			}
			what.state, what.over = feature.Offline, time.Time{}
			s.mu.Lock()
			s.known[p.viewer][p.of] = what
			s.mu.Unlock()
			s.retell(p.viewer, p.of)
		}
		return nil
	})
}
