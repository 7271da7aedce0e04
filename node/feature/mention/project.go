package mention

import (
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// sent looks for the row that an edit left which came first; beside that, a message without mentions costs nothing.
func (s *slice) sent(tx feature.Tx, e feature.Entry, b event.MessageSent) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	had, known, err := load(tx, realm, e.ID)
	if err != nil || !known && len(b.Mentions) == 0 {
		return err
	}
	return s.settle(tx, realm, e, had)
}

// unsent takes the rows of a message that is not shown any more. If it comes again, its edits are looked at.
func (s *slice) unsent(tx feature.Tx, e feature.Entry, _ event.MessageSent) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	had, known, err := load(tx, realm, e.ID)
	if err != nil || !known {
		return err
	}
	return s.store(tx, realm, feature.Conversation{}, e, had, whom{Early: true})
}

// edited compares whom a message mentions now with whom it mentioned.
func (s *slice) edited(tx feature.Tx, edit feature.Entry, b event.MessageEdited) error {
	realm, err := s.Realms.Conversation(tx, edit.Log)
	if err != nil {
		return err
	}
	had, known, err := load(tx, realm, b.Message)
	if err != nil || !known && len(b.Mentions) == 0 {
		return err
	}
	e, err := s.Timeline.Get(tx, edit.Log, b.Message)
	switch {
	case errors.Is(err, feature.ErrNotFound):
		return storage.PutAs(tx, realm, whomKey(realm, b.Message), whom{Early: true})
	case err != nil || e.Kind != sentKind || e.Author != edit.Author || e.Erased():
		return err
	}
	e.Replay = edit.Replay
	return s.settle(tx, realm, e, had)
}

// unedited has a message mention whom it mentioned before an edit that is not shown any more.
func (s *slice) unedited(tx feature.Tx, edit feature.Entry, b event.MessageEdited) error {
	realm, err := s.Realms.Conversation(tx, edit.Log)
	if err != nil {
		return err
	}
	e, err := s.Timeline.Get(tx, edit.Log, b.Message)
	if errors.Is(err, feature.ErrNotFound) || err == nil && (e.Kind != sentKind || e.Author != edit.Author || e.Erased()) {
		return nil
	}
	if err != nil {
		return err
	}
	had, _, err := load(tx, realm, e.ID)
	if err != nil {
		return err
	}
	return s.settle(tx, realm, e, had)
}

// settle keeps whom a message mentions as it reads now.
func (s *slice) settle(tx feature.Tx, realm *storage.Realm, e feature.Entry, had whom) error {
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	mentions, err := s.valid(tx, c, e)
	if err != nil {
		return err
	}
	w := whom{Some: len(mentions) > 0}
	for _, m := range mentions {
		switch {
		case m.Word == event.Everyone:
			w.Word = m.Word
		case m.Word == event.Present && w.Word == event.Nobody:
			w.Word = m.Word
		case !m.Account.IsZero() && m.Account != e.Author && !slices.Contains(w.Accounts, m.Account) && s.Directory.Local(tx, m.Account):
			w.Accounts = append(w.Accounts, m.Account)
		}
	}
	if w.Word == event.Everyone {
		w.Accounts = nil
	}
	return s.store(tx, realm, c, e, had, w)
}

// valid returns whom a message mentions that may: members, and many where its author might, in the group as the author saw it.
func (s *slice) valid(tx feature.Tx, c feature.Conversation, e feature.Entry) ([]event.Mention, error) {
	all, err := s.MentionsIn(tx, e)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var then *membership.State
	if c.Group() {
		if then, err = s.Groups.At(tx, c.Log, e.Heads); errors.Is(err, feature.ErrNotFound) {
			return nil, nil // it is not known who was a member
		} else if err != nil {
			return nil, err
		}
	}
	member := func(a protocol.Account) bool {
		if then == nil {
			return c.Has(a)
		}
		return then.Role(a) >= membership.Member
	}
	return slices.DeleteFunc(slices.Clone(all), func(m event.Mention) bool {
		if m.Word != event.Nobody {
			return !feature.MayMentionAll(e.Author, then)
		}
		return !member(m.Account)
	}), nil
}
