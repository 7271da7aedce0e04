package schedule

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// again is how long the node waits after it could not do what is due.
const again = time.Minute

// never is the moment of nothing.
const never = math.MaxInt64

// arm has an alarm set for a moment, unless one goes off for the account until then anyway. It goes off in good time and finds
// out itself what is due: nothing depends on whose moment it was.
func (s *slice) arm(tx feature.Tx, who protocol.Account, at int64) error {
	s.mu.Lock()
	set, is := s.armed[who]
	s.mu.Unlock()
	if is && set <= at {
		return nil
	}
	tx.OnCommit(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.known[who] = true
		if set, is := s.armed[who]; !is || at < set {
			s.armed[who] = at
		}
	})
	return s.alarm.Set(tx, time.UnixMilli(at), binary.BigEndian.AppendUint64(append([]byte(nil), who[:]...), uint64(at)))
}

// ring does what is due for the account of an alarm.
func (s *slice) ring(ctx context.Context, payload []byte) error {
	var who protocol.Account
	if len(payload) != len(who)+8 {
		return nil
	}
	copy(who[:], payload)
	s.mu.Lock()
	if s.armed[who] == int64(binary.BigEndian.Uint64(payload[len(who):])) {
		delete(s.armed, who)
	}
	s.mu.Unlock()
	return s.run(ctx, who)
}

// unlocked does what became due while an account was locked or the node was off.
func (s *slice) unlocked(_ context.Context, who protocol.Account) error {
	s.mu.Lock()
	s.known[who] = true
	s.mu.Unlock()
	s.soon(who)
	return nil
}

func (s *slice) soon(who protocol.Account) {
	s.Soon("run/"+who.String(), func(ctx context.Context) {
		if err := s.run(ctx, who); err != nil {
			s.Logger.Warn("send what is due", "err", err)
		}
	})
}

// watchClock looks whether the clock was set back: alarms that went off too early then are set again.
func (s *slice) watchClock(context.Context) error {
	now := s.Now().UnixMilli()
	s.mu.Lock()
	back := now < s.clock
	s.clock = now
	var all []protocol.Account
	for who := range s.known {
		if back {
			all = append(all, who)
		}
	}
	s.mu.Unlock()
	for _, who := range all {
		s.soon(who)
	}
	return nil
}

// run does what is due for an account, and has the next moment noticed. A locked account waits until it is unlocked.
func (s *slice) run(ctx context.Context, who protocol.Account) error {
	if !s.Keys.Unlocked(who) {
		return nil
	}
	list, next, err := s.lookAhead(who)
	if errors.Is(err, feature.ErrLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := s.deliver(ctx, who, m.ID); err != nil {
			s.Logger.Warn("send what is due; it is tried again", "err", err)
			next = min(next, s.Now().Add(again).UnixMilli())
		}
	}
	due, err := s.fall(ctx, who)
	if err != nil {
		return err
	}
	if next = min(next, due); next == never {
		return nil
	}
	return s.Store.Update(ctx, func(tx feature.Tx) error { return s.arm(tx, who, next) })
}

// lookAhead returns what is to be sent now, and when there will be more.
func (s *slice) lookAhead(who protocol.Account) (due []message, next int64, err error) {
	next = never
	err = s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		list, err := all[message](tx, realm, messages)
		for _, m := range list {
			switch now := s.Now(); {
			case m.state(now) == Waiting, m.state(now) == Due && m.Again > now.UnixMilli():
				next = min(next, m.next())
			case m.state(now) == Due:
				due = append(due, m)
			case m.state(now) == Missed:
				told, err := s.told(m)
				if err != nil {
					return err
				}
				s.tellMessage([]protocol.Account{who}, told)
			}
		}
		slices.SortFunc(due, earlier)
		return err
	})
	return due, next, err
}

func earlier(a, b message) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) }

// deliver sends a message that is due, or keeps why it may not be sent.
func (s *slice) deliver(ctx context.Context, who protocol.Account, id string) error {
	err := s.ifDue(ctx, who, id, func(tx feature.Tx, realm *storage.Realm, m message) error {
		_, err := s.send(tx, who, realm, m)
		return err
	})
	var refusal *feature.Error
	switch {
	case err == nil || errors.Is(err, feature.ErrLocked):
		return nil
	case !errors.As(err, &refusal) || refusal.Status >= 500:
		return err
	}
	return s.ifDue(ctx, who, id, func(tx feature.Tx, realm *storage.Realm, m message) error {
		if refusal.Retry > 0 || refusal.Status == 429 {
			m.Again = s.Now().Add(max(refusal.Retry, time.Second)).UnixMilli()
		} else {
			m.Code, m.Reason = refusal.Code, refusal.Detail
		}
		_, err := s.keep(tx, who, realm, m)
		return err
	})
}

// ifDue does something with a message that is still there and due.
func (s *slice) ifDue(ctx context.Context, who protocol.Account, id string, do func(feature.Tx, *storage.Realm, message) error) error {
	return s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, who, id)
		if errors.Is(err, feature.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if now := s.Now(); m.state(now) != Due || m.Again > now.UnixMilli() {
			return nil
		}
		return do(tx, realm, m)
	})
}

// send logs a message and takes it from the list, both or neither.
func (s *slice) send(tx feature.Tx, author protocol.Account, realm *storage.Realm, m message) (none protocol.EventID, err error) {
	c, err := s.See(tx, author, m.Log)
	if err != nil {
		return none, err
	}
	said, err := m.saying()
	if err != nil {
		return none, err
	}
	err = s.answers(tx, author, c, said.ReplyTo, said.Thread)
	if errors.Is(err, feature.ErrNotFound) {
		return none, ErrReplyGone
	}
	if err != nil {
		return none, err
	}
	sent, err := s.Say(tx, author, said)
	if err != nil {
		return none, err
	}
	s.drop(tx, author, realm, m)
	return sent, nil
}
