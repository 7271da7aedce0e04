package contact

import (
	"context"
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// debt is an answer that an account owes in a log. The row says so durably; this is the memory of what failed.
type debt struct {
	log   protocol.Log
	owner protocol.Account
}

// logged answers an introduction after it was committed.
func (s *slice) logged(ctx context.Context, e feature.Entry) {
	if e.Kind != (event.ContactIntroduced{}).Kind() {
		return
	}
	var c feature.Conversation
	err := s.Store.View(func(tx feature.Tx) (err error) {
		c, err = s.Timeline.Conversation(tx, e.Log)
		return err
	})
	if err != nil {
		return // locked meanwhile: answered when it is unlocked
	}
	for _, owner := range c.Members {
		if owner != e.Author && s.Keys.Unlocked(owner) {
			s.tryAnswer(ctx, debt{e.Log, owner})
		}
	}
}

func (s *slice) tryAnswer(ctx context.Context, d debt) {
	err := s.answer(ctx, d)
	failed := err != nil && !errors.Is(err, feature.ErrLocked)
	if failed {
		s.Logger.Warn("answer an introduction", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed {
		s.late[d] = true
	} else {
		delete(s.late, d)
	}
}

// answer appends contact.accepted if the account owes it. The event's own projection pays the debt in the same transaction.
func (s *slice) answer(ctx context.Context, d debt) error {
	return s.Store.Update(ctx, func(tx feature.Tx) error {
		r, err := s.load(tx, d.log, d.owner)
		if err == nil && r.Sealed {
			r, err = s.checkNow(tx, d, r)
		}
		if err != nil || !r.Owes {
			return err
		}
		return s.appendAccepted(tx, d.log, d.owner)
	})
}

// checkNow looks at the link's secret of an introduction that came while its recipient was locked.
func (s *slice) checkNow(tx feature.Tx, d debt, r row) (row, error) {
	e, err := s.Timeline.Get(tx, d.log, r.Event)
	if err != nil {
		return row{}, err
	}
	body, err := event.Decode[event.ContactIntroduced](e.Body)
	if err != nil {
		return row{}, err
	}
	c, err := s.Timeline.Conversation(tx, d.log)
	if err != nil {
		return row{}, err
	}
	valid := s.CheckLink(tx, d.owner, body.Secret)
	err = s.change(tx, c, d.owner, func(now *row) {
		now.Sealed = false
		if valid && now.State == feature.ContactRequested {
			now.State, now.Owes = feature.ContactAccepted, true
		}
		r = *now
	})
	return r, err
}

func (s *slice) appendAccepted(tx feature.Tx, log protocol.Log, owner protocol.Account) error {
	own, err := s.ownCard(tx, owner)
	if err != nil {
		return err
	}
	_, err = s.Timeline.Append(tx, feature.Draft{Log: log, Author: owner, Body: event.ContactAccepted{Name: own.Name, Address: string(own.Address)}})
	return err
}

// ownCard is what an account says of itself; an address without a host leads nowhere and is left out.
func (s *slice) ownCard(tx feature.Tx, owner protocol.Account) (feature.Card, error) {
	own, err := s.Card(tx, owner, owner)
	if err != nil {
		return feature.Card{}, err
	}
	if _, _, err := own.Address.Split(); err != nil {
		own.Address = ""
	}
	return own, nil
}

// answerAll answers what an account owes since before it was locked or the node stopped.
func (s *slice) answerAll(ctx context.Context, owner protocol.Account) error {
	var owed []debt
	err := s.Store.View(func(tx feature.Tx) error {
		logs, err := s.Timeline.Logs(tx, owner)
		if err != nil {
			return err
		}
		for _, log := range logs {
			r, err := s.load(tx, log, owner)
			if err != nil {
				return err
			}
			if r.Owes || r.Sealed {
				owed = append(owed, debt{log, owner})
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for introductions to answer: %w", err)
	}
	for _, d := range owed {
		s.tryAnswer(ctx, d)
	}
	return nil
}

// answerLate tries again what failed.
func (s *slice) answerLate(ctx context.Context) error {
	s.mu.Lock()
	var owed []debt
	for d := range s.late {
		owed = append(owed, d)
	}
	s.mu.Unlock()
	for _, d := range owed {
		s.tryAnswer(ctx, d)
	}
	return nil
}
