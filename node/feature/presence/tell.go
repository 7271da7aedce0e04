package presence

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

type spreader func(ctx context.Context, from protocol.Account, to []protocol.Account, b func(to []protocol.Account) event.PresenceShown) ([]protocol.Account, error)

// stir has others told soon of what an account is.
func (s *slice) stir(a protocol.Account) {
	s.mu.Lock()
	s.self(a).turn++
	s.mu.Unlock()
	s.Soon("tend/"+a.String(), func(ctx context.Context) { s.note(s.tend(ctx, a)) })
}

func (s *slice) note(err error) {
	if err != nil && !errors.Is(err, feature.ErrLocked) {
		s.Logger.Warn("tell of a presence", "err", err)
	}
}

// tendAll tells what changed by itself or could not be told before, and has pages show who faded.
func (s *slice) tendAll(ctx context.Context) error {
	s.mu.Lock()
	var own []protocol.Account
	for a := range s.own {
		own = append(own, a)
	}
	s.mu.Unlock()
	for _, a := range own {
		s.note(s.tend(ctx, a))
	}
	s.note(s.fade())
	return nil
}

// errStirred says that an account is something else now than what was to be told.
var errStirred = errors.New("it is something else now")

// tend tells others what an account is, those who were not told so or are to be told again, unless they were told of it within
// Pause. What was found out before the account chose otherwise is never told after it.
func (s *slice) tend(ctx context.Context, a protocol.Account) error {
	s.mu.Lock()
	me := s.self(a)
	s.mu.Unlock()
	me.telling.Lock()
	defer me.telling.Unlock()
	for {
		if err := s.tendNow(ctx, a, me); !errors.Is(err, errStirred) {
			return err
		}
	}
}

func (s *slice) tendNow(ctx context.Context, a protocol.Account, me *self) error {
	s.mu.Lock()
	turn := me.turn
	s.mu.Unlock()
	var due map[shown][]protocol.Account
	var mine OwnPresence
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.chosen(tx, a)
		if err != nil {
			return err
		}
		mine = s.mine(a, c)
		if err := s.list(tx, a); err != nil {
			return err
		}
		due, err = s.due(tx, a, mine)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	news := me.mine != mine
	me.mine = mine
	waits := s.Now().Sub(me.sent) < Pause-time.Second && !me.sent.IsZero()
	s.mu.Unlock()
	if news {
		s.tellMine([]protocol.Account{a}, mine)
	}
	if len(due) == 0 {
		return nil
	}
	if waits {
		s.later(a, me)
		return nil
	}
	now, wanted, reached := s.Now(), 0, 0
	for what, to := range due {
		s.mu.Lock()
		stirred := me.turn != turn
		s.mu.Unlock()
		if stirred {
			return errStirred
		}
		n, err := s.say(ctx, a, what, to, now)
		if err != nil {
			return err
		}
		wanted, reached = wanted+len(to), reached+n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case reached > 0:
		me.sent, me.tries = now, 0
	case wanted > 0 && me.tries < soonTries: // a session is made ready meanwhile
		me.tries++
		time.AfterFunc(soonAgain, func() { s.stir(a) })
	}
	return nil
}

// later has others told when the pause is over.
func (s *slice) later(a protocol.Account, me *self) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if me.waits {
		return
	}
	me.waits = true
	time.AfterFunc(max(0, Pause-s.Now().Sub(me.sent)), func() {
		s.mu.Lock()
		me.waits = false
		s.mu.Unlock()
		s.stir(a)
	})
}

// How often and after which time it is tried again to tell somebody of an account where nobody could be told, before that waits
// for the usual turn.
const (
	soonTries = 5
	soonAgain = 500 * time.Millisecond
)

// list makes the roster of an account anew where it is old.
func (s *slice) list(tx feature.Tx, a protocol.Account) error {
	s.mu.Lock()
	fresh := s.Now().Sub(s.self(a).listed) < rosterFor
	s.mu.Unlock()
	if fresh {
		return nil
	}
	logs, err := s.Timeline.Logs(tx, a)
	if err != nil {
		return err
	}
	var roster []entry
	for _, log := range logs {
		c, err := s.Timeline.Conversation(tx, log)
		if err != nil || c.Group() {
			continue
		}
		roster = append(roster, entry{c.Other(a), log})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	me := s.self(a)
	me.roster, me.listed = roster, s.Now()
	for _, e := range roster {
		if !slices.Contains(s.talks[e.log], a) {
			s.talks[e.log] = append(s.talks[e.log], a)
		}
	}
	return nil
}

// maxTalks bounds the conversations that are remembered; with more of them rosters are only made anew when they are old.
const maxTalks = 1 << 16

// talked is told that a conversation changed: somebody may be a contact now who was told nothing yet.
func (s *slice) talked(log protocol.Log) {
	var who []protocol.Account
	s.mu.Lock()
	if owners, known := s.talks[log]; known {
		for _, a := range owners {
			if slices.ContainsFunc(s.self(a).roster, func(e entry) bool { _, told := s.self(a).told[e.account]; return e.log == log && !told }) {
				who = append(who, a)
			}
		}
	} else if len(s.talks) < maxTalks {
		s.talks[log] = nil
		for a, me := range s.own {
			me.listed = time.Time{}
			who = append(who, a)
		}
	}
	s.mu.Unlock()
	for _, a := range who {
		s.Calmly("tend/"+a.String(), func(ctx context.Context) { s.note(s.tend(ctx, a)) })
	}
}

// due are those who are to be told, by what they are told.
func (s *slice) due(tx feature.Tx, a protocol.Account, mine OwnPresence) (map[shown][]protocol.Account, error) {
	p, err := s.PrivacyOf(tx, a, protocol.Log{})
	if err != nil {
		return nil, err
	}
	roster, seen := s.lastThere(a, mine)
	out := map[shown][]protocol.Account{}
	for _, e := range roster {
		standing, err := s.StandingOf(tx, a, feature.Conversation{Log: e.log, Kind: "direct", Members: []protocol.Account{a, e.account}})
		if err != nil {
			return nil, err
		}
		what, now := mine.to(p, standing.State, seen)
		s.mu.Lock()
		was, told := s.self(a).told[e.account]
		s.mu.Unlock()
		if !now || !told && what.seen.IsZero() && (what.state == "" || what.state == feature.Offline) {
			continue // not yet, or nothing to tell and nothing to take back
		}
		if told && was.shown.like(what) && (what.state == feature.Offline || what == (shown{}) || s.Now().Sub(was.at) < Renew) {
			continue
		}
		if s.ReachOf(tx, e.account).Connected {
			out[what] = append(out[what], e.account)
		}
	}
	return out, nil
}

// lastThere returns those who may be told of an account, and when it was there last as others may know: while it is invisible, the
// time goes on for nobody.
func (s *slice) lastThere(a protocol.Account, mine OwnPresence) ([]entry, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	me := s.self(a)
	switch {
	case mine.Chosen == feature.Invisible:
	case mine.State != feature.Offline:
		me.seen = s.Now()
	case !me.left.IsZero():
		me.seen = me.left
	}
	return me.roster, me.seen
}

// to is what somebody is told who stands so to the account; ok is false while it is not to be told anything: who may know when
// the account was there, and not whether it is, learns nothing before it went.
func (m OwnPresence) to(p feature.Privacy, standing feature.ContactState, seen time.Time) (out shown, ok bool) {
	online, last := p.Online.Includes(standing), p.LastSeen.Includes(standing)
	if online {
		out.state, out.text, out.emoji, out.until = m.State, m.Text, m.Emoji, m.ExpiresAt
	}
	if last && !seen.IsZero() {
		out.seen = minute(seen)
		if out.state == "" {
			out.state = feature.Offline
		}
	}
	return out, online || !last || m.State == feature.Offline
}

// like tells whether nobody has to be told of the difference: of who is there, the minute goes on by itself.
func (s shown) like(other shown) bool {
	if s.state == other.state && s.state != feature.Offline && !s.seen.IsZero() && !other.seen.IsZero() {
		s.seen = other.seen
	}
	return s == other
}

// say tells some of this node and of others the same at a moment, and returns how many were told.
func (s *slice) say(ctx context.Context, a protocol.Account, what shown, to []protocol.Account, now time.Time) (int, error) {
	body := event.PresenceShown{State: string(feature.Offline), Text: what.text, Emoji: what.emoji}
	if what.state != "" {
		body.State = string(what.state)
	}
	if !what.until.IsZero() {
		body.Until = uint64(what.until.UnixMilli())
	}
	if !what.seen.IsZero() {
		body.Seen = uint64(what.seen.Unix()) / 60
	}
	reached, err := s.spread(ctx, a, to, func(some []protocol.Account) event.PresenceShown {
		b := body
		b.For = some
		return b
	})
	if err != nil {
		return 0, err
	}
	var here []protocol.Account
	if err := s.Store.Update(ctx, func(tx feature.Tx) error {
		here = here[:0]
		for _, who := range to {
			if s.Directory.Local(tx, who) && s.Keys.Unlocked(who) {
				here = append(here, who)
			}
		}
		return s.take(tx, a, body, here)
	}); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	me := s.self(a)
	for _, who := range append(reached, here...) {
		me.told[who] = told{what, now}
	}
	return len(reached) + len(here), nil
}
