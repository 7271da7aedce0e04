package schedule

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Reminder is a message that the account wants to come back to.
type Reminder struct {
	ID           string           `json:"id"`
	Conversation protocol.Log     `json:"conversation"`
	Message      protocol.EventID `json:"message"`
	Author       protocol.Account `json:"author,omitzero" doc:"of the message"`
	AuthorName   string           `json:"author_name,omitempty" doc:"in groups"`
	Text         string           `json:"text" doc:"the first 200 characters of what the message says now"`
	Gone         bool             `json:"gone,omitempty" doc:"the message is not there any more; author and text are left out"`
	Note         string           `json:"note,omitempty"`
	At           time.Time        `json:"at"`
	Due          bool             `json:"due" doc:"the moment came"`
}

// ReminderChange is a reminder that is new or due, without one that is gone.
type ReminderChange struct {
	ID       string    `json:"id"`
	Reminder *Reminder `json:"reminder,omitempty"`
}

// RemindRequest asks to be reminded of a message.
type RemindRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	At           time.Time        `json:"at" required:"true" doc:"when, at most a year away"`
	Note         string           `json:"note,omitempty" doc:"at most 500 bytes of UTF-8"`
}

func (s *slice) remind(ctx context.Context, req RemindRequest) (out Reminder, err error) {
	if err := s.checkMoment(req.At); err != nil {
		return out, err
	}
	if len(req.Note) > MaxNote || !utf8.ValidString(req.Note) {
		return out, feature.ErrTooLarge.With("A note has at most %d bytes of UTF-8.", MaxNote)
	}
	owner := feature.ActorOf(ctx).Account
	r := reminder{ID: newID(), Log: req.Conversation, Message: req.Message, Note: req.Note, At: req.At.UnixMilli()}
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		if _, _, err := s.FindMessage(tx, owner, r.Log, r.Message); err != nil {
			return err
		}
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		free, err := room(tx, realm, reminders, MaxReminders)
		if err != nil {
			return err
		}
		if !free {
			return feature.ErrConflict.With("There are %d reminders; delete one first.", MaxReminders)
		}
		if out, err = s.note(tx, owner, realm, r); err != nil {
			return err
		}
		return s.arm(tx, owner, r.At)
	})
	return out, err
}

// note writes a reminder and tells the owner's clients.
func (s *slice) note(tx feature.Tx, owner protocol.Account, realm *storage.Realm, r reminder) (Reminder, error) {
	shown, err := s.describe(tx, owner, r)
	if err != nil {
		return shown, err
	}
	tx.OnCommit(func() { s.tellReminder([]protocol.Account{owner}, ReminderChange{ID: r.ID, Reminder: &shown}) })
	return shown, storage.PutAs(tx, realm, key(realm, reminders, r.ID), r)
}

func (s *slice) describe(tx feature.Tx, owner protocol.Account, r reminder) (Reminder, error) {
	out := Reminder{ID: r.ID, Conversation: r.Log, Message: r.Message, Note: r.Note, At: time.UnixMilli(r.At), Due: r.Due}
	c, e, err := s.FindMessage(tx, owner, r.Log, r.Message)
	if errors.Is(err, feature.ErrNotFound) {
		out.Gone = true
		return out, nil
	}
	if err != nil {
		return out, err
	}
	q, err := s.QuoteOf(tx, owner, c, e)
	out.Author, out.AuthorName, out.Text = q.Author, q.AuthorName, q.Text
	return out, err
}

func (s *slice) reminders(ctx context.Context, _ feature.Nothing) (feature.List[Reminder], error) {
	out := feature.List[Reminder]{Items: []Reminder{}}
	owner := feature.ActorOf(ctx).Account
	return out, s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		list, err := all[reminder](tx, realm, reminders)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b reminder) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
		for _, r := range list {
			shown, err := s.describe(tx, owner, r)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, shown)
		}
		return nil
	})
}

func (s *slice) forget(ctx context.Context, req OfRequest) (none feature.Nothing, err error) {
	owner := feature.ActorOf(ctx).Account
	return none, s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		known, err := tx.Has(key(realm, reminders, req.ID))
		if err != nil {
			return err
		}
		if !known {
			return feature.ErrNotFound
		}
		tx.Delete(key(realm, reminders, req.ID))
		tx.OnCommit(func() { s.tellReminder([]protocol.Account{owner}, ReminderChange{ID: req.ID}) })
		return nil
	})
}

// fall has reminders fall due whose moment came, once each, and returns the next moment. One whose moment lies ahead again, after
// the clock was set back, waits again.
func (s *slice) fall(ctx context.Context, owner protocol.Account) (next int64, err error) {
	next = never
	var turned []reminder
	err = s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		list, err := all[reminder](tx, realm, reminders)
		for _, r := range list {
			if due := r.At <= s.Now().UnixMilli(); due != r.Due {
				r.Due = due
				turned = append(turned, r)
			}
			if !r.Due {
				next = min(next, r.At)
			}
		}
		return err
	})
	if err != nil || len(turned) == 0 {
		return next, err
	}
	return next, s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		for _, r := range turned {
			known, err := tx.Has(key(realm, reminders, r.ID))
			if err != nil {
				return err
			}
			if !known {
				continue
			}
			if _, err := s.note(tx, owner, realm, r); err != nil {
				return err
			}
		}
		return nil
	})
}
