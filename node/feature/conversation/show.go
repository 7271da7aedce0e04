package conversation

import (
	"time"
	"unicode/utf8"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Conversation is an entry of the list as one account is shown it.
type Conversation struct {
	ID        protocol.Log         `json:"id"`
	Kind      string               `json:"kind" enum:"direct"`
	Name      string               `json:"name" doc:"what the other calls itself; nothing vouches for it"`
	With      protocol.Account     `json:"with"`
	Unread    int                  `json:"unread" doc:"messages that the caller has not read, at most 1,000"`
	UpdatedAt time.Time            `json:"updated_at"`
	Last      *Last                `json:"last,omitempty" doc:"the newest message"`
	Contact   feature.ContactState `json:"contact" enum:"requested,pending,accepted,blocked"`
	Node      feature.Reach        `json:"node"`

	created bool
}

// Status is 201 for a conversation that was opened now.
func (c Conversation) Status() int {
	if c.created {
		return 201
	}
	return 200
}

// Last is the newest message of a conversation.
type Last struct {
	ID     protocol.EventID `json:"id"`
	Author protocol.Account `json:"author"`
	Text   string           `json:"text" doc:"its first 200 characters"`
	SentAt time.Time        `json:"sent_at"`
	State  feature.State    `json:"state" enum:"sending,sent,delivered,read,failed"`
}

// lastText is how much of the newest message the list shows, in characters.
const lastText = 200

func (s *slice) describe(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (Conversation, error) {
	standing, err := s.StandingOf(tx, viewer, c)
	if err != nil {
		return Conversation{}, err
	}
	out := Conversation{ID: c.Log, Kind: c.Kind, With: c.Other(viewer), Contact: standing.State}
	if out.Name, _, err = s.TitleOf(tx, viewer, c, standing); err != nil {
		return Conversation{}, err
	}
	if out.Unread, err = s.UnreadOf(tx, viewer, c); err != nil {
		return Conversation{}, err
	}
	out.Node = s.ReachOf(tx, out.With)
	out.Last, out.UpdatedAt, err = s.newest(tx, viewer, c)
	return out, err
}

// newest returns the newest message, and when something happened last: that message or, before the first, the newest event.
func (s *slice) newest(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (*Last, time.Time, error) {
	messages := []string{event.MessageSent{}.Kind()}
	page, err := s.Timeline.Page(tx, c.Log, feature.Range{Kinds: messages, Limit: 1})
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(page) == 0 || page[0].Erased() {
		any, err := s.Timeline.Page(tx, c.Log, feature.Range{Limit: 1})
		if err != nil || len(any) == 0 {
			return nil, time.Time{}, err
		}
		return nil, protocol.Time(any[0].HLC, any[0].Received), nil
	}
	e := page[0]
	body, err := event.Decode[event.MessageSent](e.Body)
	if err != nil {
		return nil, time.Time{}, err
	}
	reading, err := s.ReadingOf(tx, viewer, c)
	if err != nil {
		return nil, time.Time{}, err
	}
	status, err := s.StatusOf(tx, reading, e)
	if err != nil {
		return nil, time.Time{}, err
	}
	sent := protocol.Time(e.HLC, e.Received)
	return &Last{ID: e.ID, Author: e.Author, Text: first(body.Text(), lastText), SentAt: sent, State: status.State}, sent, nil
}

// first returns the beginning of a text, at most n characters.
func first(text string, n int) string {
	at := 0
	for range n {
		if at == len(text) {
			return text
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return text[:at]
}
