package mention

import (
	"context"
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Mention is a part of a text that means somebody.
type Mention struct {
	Account protocol.Account `json:"account,omitzero"`
	Word    string           `json:"word,omitempty" enum:"all,here" doc:"in place of an account: all members, or those who are there"`
	From    uint64           `json:"from" doc:"where it begins, in bytes of UTF-8"`
	To      uint64           `json:"to" doc:"where it ends"`
}

var words = map[event.Word]string{event.Everyone: "all", event.Present: "here"}

// annotate says which parts of a message mention somebody: one look for a row, and at the text where there is one.
func (s *slice) annotate(tx feature.Tx, _ protocol.Account, e feature.Entry) (*[]Mention, error) {
	if e.Kind != sentKind || e.Erased() {
		return nil, nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	if w, _, err := load(tx, realm, e.ID); err != nil || !w.Some {
		return nil, err
	}
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	valid, err := s.valid(tx, c, e)
	if err != nil || len(valid) == 0 {
		return nil, err
	}
	var out []Mention
	for _, m := range valid {
		out = append(out, Mention{m.Account, words[m.Word], m.From, m.To})
	}
	return &out, nil
}

// followed tells those whom a new text mentions.
func (s *slice) followed(_ context.Context, e feature.Entry) {
	id := e.ID
	switch e.Kind {
	case sentKind:
	case editKind:
		b, err := event.Decode[event.MessageEdited](e.Body)
		if err != nil {
			return // it was erased
		}
		id = b.Message
	default:
		return
	}
	err := s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Conversation(tx, e.Log)
		if err != nil {
			return err
		}
		w, known, err := load(tx, realm, id)
		if err != nil || !known || len(w.Accounts) == 0 && w.Word == event.Nobody {
			return err
		}
		return s.tellAll(tx, realm, e.Log, id, w)
	})
	if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
		s.Logger.Warn("tell of a mention", "err", err)
	}
}

// tellAll tells the accounts that a message mentions, each as it is shown to that one.
func (s *slice) tellAll(tx feature.Tx, realm *storage.Realm, log protocol.Log, id protocol.EventID, w whom) error {
	c, err := s.Timeline.Conversation(tx, log)
	if err != nil {
		return err
	}
	e, err := s.Timeline.Get(tx, log, id)
	if err != nil {
		return err
	}
	who := w.Accounts
	if w.Word != event.Nobody {
		r, err := storage.GetAs[row](tx, realm, rowKey(realm, protocol.Account{}, e.Place()))
		if err != nil {
			return err
		}
		who = c.Members
		if r.Here {
			who = append(slices.Clone(w.Accounts), r.There...)
		}
	}
	for _, viewer := range who {
		if viewer == e.Author || !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
			continue
		}
		m, shown, err := s.look(tx, viewer, c, e)
		if err != nil {
			return err
		}
		if shown {
			s.tell([]protocol.Account{viewer}, m)
		}
	}
	return nil
}

// look shows a message to an account that it mentions; false where that may not read it or is not shown it.
func (s *slice) look(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) (feature.Message, bool, error) {
	if e.Author == viewer || e.Kind != sentKind || e.Erased() {
		return feature.Message{}, false, nil
	}
	if readable, err := s.Readable(tx, viewer, c, e); err != nil || !readable {
		return feature.Message{}, false, err
	}
	return s.ShowMessage(tx, viewer, c, e)
}
