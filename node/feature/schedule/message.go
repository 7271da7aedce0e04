package schedule

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// State says what a message that is to be sent later waits for.
type State string

// States of a message.
const (
	Waiting State = "waiting" // for its moment
	Due     State = "due"     // it is being sent
	Missed  State = "missed"  // its moment is too long past; its author is asked
	Refused State = "refused" // the author may not write there
)

// ErrReplyGone says that what a message answers is not there any more.
var ErrReplyGone = &feature.Error{Status: 409, Code: "reply_gone", Detail: "The message that it answers is not there any more."}

// Scheduled is a message that is to be sent later.
type Scheduled struct {
	ID           string           `json:"id"`
	Conversation protocol.Log     `json:"conversation"`
	Text         string           `json:"text"`
	ReplyTo      protocol.EventID `json:"reply_to,omitzero"`
	At           time.Time        `json:"at"`
	State        State            `json:"state" enum:"waiting,due,missed,refused"`
	Reason       string           `json:"reason,omitempty" doc:"why it was refused"`

	Thread   protocol.EventID        `json:"thread,omitzero" doc:"the message in whose thread it will be said"`
	Priority feature.Priority        `json:"priority,omitempty" enum:"important,urgent"`
	Preview  *feature.LinkPreview    `json:"preview,omitempty" doc:"without its picture, which is sent along"`
	Location *feature.SharedLocation `json:"location,omitempty"`
	Card     *feature.SharedContact  `json:"card,omitempty"`
	Picture  *feature.ShownPicture   `json:"picture,omitempty"`
	Poll     *feature.SharedPoll     `json:"poll,omitempty"`
}

// MessageChange is a message that is new or changed, without one that is sent or cancelled.
type MessageChange struct {
	ID        string     `json:"id"`
	Scheduled *Scheduled `json:"scheduled,omitempty"`
}

// CreateRequest is a message to be sent later.
type CreateRequest struct {
	feature.Saying
	At time.Time `json:"at" required:"true" doc:"when, at most a year away"`
}

// EditRequest is what such a message becomes. What it answers and what goes with it stays, but for the preview of an address that
// its text does not hold any more.
type EditRequest struct {
	ID       string             `path:"id"`
	Text     string             `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`
	At       time.Time          `json:"at" required:"true" doc:"when, at most a year away"`
	Mentions []protocol.Account `json:"mentions,omitempty" doc:"members whom the text means beside those whom it meant before, at most 50 in all"`
	All      bool               `json:"all,omitempty" doc:"the text means all members of a group by @all"`
	Here     bool               `json:"here,omitempty" doc:"the text means those members of a group who are there by @here"`
}

// OfRequest names a message or a reminder.
type OfRequest struct {
	ID string `path:"id"`
}

// Sent names the message that went out.
type Sent struct {
	ID protocol.EventID `json:"id"`
}

func (s *slice) show(m message) (Scheduled, error) {
	out := Scheduled{ID: m.ID, Conversation: m.Log, Text: m.Text, ReplyTo: m.ReplyTo, At: time.UnixMilli(m.At), State: m.state(s.Now()), Reason: m.Reason}
	said, err := m.saying()
	if err != nil {
		return out, err
	}
	out.Thread, out.Priority, out.Preview, out.Location, out.Card, out.Poll = said.Thread, said.Priority, said.Preview, said.Location, said.Card, said.Poll
	if out.Preview != nil {
		out.Preview.Image = ""
	}
	if said.Picture != nil {
		body, err := said.Picture.Body()
		if err != nil {
			return out, err
		}
		shown, err := feature.ShowPicture(*body)
		out.Picture = &shown
		return out, err
	}
	return out, nil
}

// told is the change that a message is there as it is now.
func (s *slice) told(m message) (MessageChange, error) {
	shown, err := s.show(m)
	return MessageChange{ID: m.ID, Scheduled: &shown}, err
}

func (s *slice) create(ctx context.Context, req CreateRequest) (out Scheduled, err error) {
	if err := errors.Join(s.CheckSaying(req.Saying, req.At), s.checkMoment(req.At)); err != nil {
		return out, err
	}
	author := feature.ActorOf(ctx).Account
	m := message{ID: newID(), At: req.At.UnixMilli()}
	if err := m.take(req.Saying); err != nil {
		return out, err
	}
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, author, m.Log)
		if err != nil {
			return err
		}
		if err := s.answers(tx, author, c, req.ReplyTo, req.Thread); err != nil {
			return err
		}
		realm, err := s.Realms.Account(author)
		if err != nil {
			return err
		}
		free, err := room(tx, realm, messages, MaxMessages)
		if err != nil {
			return err
		}
		if !free {
			return feature.ErrConflict.With("There are %d messages to be sent later; send or cancel one first.", MaxMessages)
		}
		out, err = s.keep(tx, author, realm, m)
		return err
	})
	return out, err
}

// answers looks for the message that is answered, and for that in whose thread something is said.
func (s *slice) answers(tx feature.Tx, author protocol.Account, c feature.Conversation, reply, thread protocol.EventID) error {
	if !reply.IsZero() {
		if _, _, err := s.FindMessage(tx, author, c.Log, reply); err != nil {
			return err
		}
	}
	if thread.IsZero() {
		return nil
	}
	_, root, err := s.FindMessage(tx, author, c.Log, thread)
	if err == nil && !root.Thread().IsZero() {
		return feature.ErrNested
	}
	return err
}

// keep writes a message, has its moment noticed and tells the author's clients.
func (s *slice) keep(tx feature.Tx, author protocol.Account, realm *storage.Realm, m message) (Scheduled, error) {
	told, err := s.told(m)
	if err != nil {
		return Scheduled{}, err
	}
	tx.OnCommit(func() { s.tellMessage([]protocol.Account{author}, told) })
	if err := storage.PutAs(tx, realm, key(realm, messages, m.ID), m); err != nil {
		return Scheduled{}, err
	}
	return *told.Scheduled, s.arm(tx, author, m.next())
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (feature.List[Scheduled], error) {
	out := feature.List[Scheduled]{Items: []Scheduled{}}
	return out, s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(feature.ActorOf(ctx).Account)
		if err != nil {
			return err
		}
		list, err := all[message](tx, realm, messages)
		if err != nil {
			return err
		}
		slices.SortFunc(list, earlier)
		for _, m := range list {
			one, err := s.show(m)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, one)
		}
		return nil
	})
}

func (s *slice) edit(ctx context.Context, req EditRequest) (out Scheduled, err error) {
	if err := errors.Join(feature.CheckText(req.Text), s.checkMoment(req.At)); err != nil {
		return out, err
	}
	author := feature.ActorOf(ctx).Account
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, author, req.ID)
		if err != nil {
			return err
		}
		said, err := m.saying()
		if err != nil {
			return err
		}
		req.change(&said)
		if err := errors.Join(s.CheckSaying(said, req.At), m.take(said)); err != nil {
			return err
		}
		m.At, m.Again, m.Code, m.Reason = req.At.UnixMilli(), 0, "", ""
		out, err = s.keep(tx, author, realm, m)
		return err
	})
	return out, err
}

// change gives a message another text.
func (req EditRequest) change(said *feature.Saying) {
	said.Text, said.All, said.Here = req.Text, said.All || req.All, said.Here || req.Here
	for _, who := range req.Mentions {
		if !slices.Contains(said.Mentions, who) {
			said.Mentions = append(said.Mentions, who)
		}
	}
	if said.Preview != nil && !strings.Contains(req.Text, said.Preview.URL) {
		said.Preview = nil
	}
}

func (s *slice) load(tx feature.Tx, author protocol.Account, id string) (m message, realm *storage.Realm, err error) {
	if realm, err = s.Realms.Account(author); err != nil {
		return m, nil, err
	}
	m, err = storage.GetAs[message](tx, realm, key(realm, messages, id))
	if errors.Is(err, storage.ErrNotFound) {
		err = feature.ErrNotFound
	}
	return m, realm, err
}

func (s *slice) cancel(ctx context.Context, req OfRequest) (none feature.Nothing, err error) {
	author := feature.ActorOf(ctx).Account
	return none, s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, author, req.ID)
		if err != nil {
			return err
		}
		s.drop(tx, author, realm, m)
		return nil
	})
}

// drop takes a message from the list, and tells the author's clients.
func (s *slice) drop(tx feature.Tx, author protocol.Account, realm *storage.Realm, m message) {
	tx.Delete(key(realm, messages, m.ID))
	tx.OnCommit(func() { s.tellMessage([]protocol.Account{author}, MessageChange{ID: m.ID}) })
}

func (s *slice) sendNow(ctx context.Context, req OfRequest) (sent Sent, err error) {
	author := feature.ActorOf(ctx).Account
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, author, req.ID)
		if err != nil {
			return err
		}
		sent.ID, err = s.send(tx, author, realm, m)
		return err
	})
	return sent, err
}
