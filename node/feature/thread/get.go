package thread

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// GetRequest asks for a page of a thread.
type GetRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Before       string           `query:"before" maxLength:"80" doc:"the next of a page: the page before it"`
	After        string           `query:"after" maxLength:"80" doc:"the newer of a page: the page behind it"`
	Limit        int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Thread is a page of what is said under a message.
type Thread struct {
	ID       protocol.EventID  `json:"id" doc:"the message whose thread it is"`
	Root     *feature.Message  `json:"root,omitempty" doc:"that message; left out where it is not here, or not shown to the caller"`
	Items    []feature.Message `json:"items" nullable:"false"`
	Next     string            `json:"next,omitempty" doc:"goes into ?before= for the page before this one"`
	Newer    string            `json:"newer,omitempty" doc:"goes into ?after= for the page behind this one"`
	Open     bool              `json:"open" doc:"it can be answered in: the root is here, or was said before the caller could read and something in the thread can be"`
	Followed bool              `json:"followed"`
	Unread   int               `json:"unread" doc:"of a thread that the caller follows, at most 100"`
}

// Bounds of a page, and how many messages are looked at for one.
const (
	defaultPage = 50
	maxPage     = 200
	maxLooked   = 1000
)

func (s *slice) get(ctx context.Context, req GetRequest) (out Thread, err error) {
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return out, feature.ErrBadRequest.With("A page has 1 to %d messages.", maxPage)
	}
	if req.Before != "" && req.After != "" {
		return out, feature.ErrBadRequest.With("A page is asked for by one of before and after.")
	}
	before, err := parseCursor(req.Before)
	if err != nil {
		return out, err
	}
	after, err := parseCursor(req.After)
	if err != nil {
		return out, err
	}
	viewer := feature.ActorOf(ctx).Account
	return out, s.Store.View(func(tx feature.Tx) error {
		c, root, err := s.find(tx, viewer, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if out, err = s.page(tx, viewer, c, root.id, before, after, req.Limit); err != nil {
			return err
		}
		out.Root = root.shown
		if root.shown != nil {
			out.Open = root.shown.Kind == feature.MessageText
		} else if out.Open, err = s.goesOn(tx, viewer, c, root.id); err != nil {
			return err
		}
		if root.shown == nil && len(out.Items) == 0 && req.Before == "" && req.After == "" {
			return feature.ErrNotFound
		}
		return nil
	})
}

// root is the message whose thread is meant, as a viewer is shown it; shown is nil where it is not.
type root struct {
	id    protocol.EventID
	shown *feature.Message
}

// find returns whose thread is meant by a message, which may be in it itself. ErrNotFound where there is neither the message for
// the viewer nor a thread.
func (s *slice) find(tx feature.Tx, viewer protocol.Account, log protocol.Log, id protocol.EventID) (c feature.Conversation, r root, err error) {
	if c, err = s.See(tx, viewer, log); err != nil {
		return c, r, err
	}
	e, err := s.Timeline.Get(tx, c.Log, id)
	if err == nil && !e.Thread().IsZero() {
		if readable, err := s.shows(tx, viewer, c, e); err != nil || readable == nil {
			return c, r, errors.Join(err, feature.ErrNotFound)
		}
		id = e.Thread()
		e, err = s.Timeline.Get(tx, c.Log, id)
	}
	r.id = id
	switch {
	case err == nil && !e.Thread().IsZero():
		return c, r, feature.ErrNotFound // a thread has one level
	case err == nil && e.Kind == sentKind:
		if r.shown, err = s.shows(tx, viewer, c, e); err != nil || r.shown != nil {
			return c, r, err
		}
	case err != nil && !errors.Is(err, feature.ErrNotFound):
		return c, r, err
	}
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return c, r, err
	}
	if some, err := tx.Has(sumKey(realm, id)); err != nil || !some {
		return c, r, errors.Join(err, feature.ErrNotFound)
	}
	return c, r, nil
}

// goesOn implements feature.ThreadsGoOn. A root that the viewer could read and is not shown was deleted or hidden: that thread is over for it. Before
// one's time there are messages in groups alone.
func (s *slice) goesOn(tx feature.Tx, viewer protocol.Account, c feature.Conversation, id protocol.EventID) (bool, error) {
	if !c.Group() {
		return false, nil
	}
	e, err := s.Timeline.Get(tx, c.Log, id)
	if err == nil {
		if !e.Thread().IsZero() {
			return false, nil
		}
		if readable, err := s.Readable(tx, viewer, c, e); err != nil || readable {
			return false, err
		}
	} else if !errors.Is(err, feature.ErrNotFound) {
		return false, err
	}
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return false, err
	}
	n, open := 0, false
	err = living(tx, realm, id, func(one item) (bool, error) {
		n++
		e, err := s.Timeline.Get(tx, c.Log, one.Place.ID)
		if errors.Is(err, feature.ErrNotFound) {
			return n < lookedForLast, nil
		}
		if err != nil {
			return false, err
		}
		m, err := s.shows(tx, viewer, c, e)
		open = m != nil
		return !open && n < lookedForLast, err
	})
	return open, err
}

// shows describes a message to a viewer; nil where it may not read it or it is hidden.
func (s *slice) shows(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) (*feature.Message, error) {
	if readable, err := s.Readable(tx, viewer, c, e); err != nil || !readable {
		return nil, err
	}
	m, shown, err := s.ShowMessage(tx, viewer, c, e)
	if err != nil || !shown {
		return nil, err
	}
	return &m, nil
}

// page collects a page of a thread: behind a place, else before one or the newest.
func (s *slice) page(tx feature.Tx, viewer protocol.Account, c feature.Conversation, id protocol.EventID, before, after protocol.Place, limit int) (Thread, error) {
	out := Thread{ID: id, Items: []feature.Message{}}
	at, err := s.standOf(tx, viewer, c.Log, id)
	if err != nil {
		return out, err
	}
	all, err := load[sum](tx, at.realm, sumKey(at.realm, id))
	if err != nil {
		return out, err
	}
	out.Followed = at.followed
	if out.Unread, err = s.unread(tx, viewer, c, at, all); err != nil {
		return out, err
	}
	found, err := items(tx, at.realm, id, before, after, maxLooked)
	if err != nil {
		return out, err
	}
	var edge protocol.Place
	for i, one := range found {
		if len(out.Items) == limit {
			break
		}
		e, err := s.Timeline.Get(tx, c.Log, one.Place.ID)
		if err != nil && !errors.Is(err, feature.ErrNotFound) {
			return out, err
		}
		if edge = one.Place; err == nil {
			m, err := s.shows(tx, viewer, c, e)
			if err != nil {
				return out, err
			}
			if m != nil && m.Thread == id {
				out.Items = append(out.Items, *m)
			}
		}
		if i == len(found)-1 && len(found) < maxLooked {
			edge = protocol.Place{} // there is nothing beyond it
		}
	}
	if !after.IsZero() {
		out.Next, out.Newer = cursor(after), cursor(edge)
		return out, nil
	}
	slices.Reverse(out.Items)
	out.Next = cursor(edge)
	if !before.IsZero() && len(found) > 0 {
		out.Newer = cursor(found[0].Place)
	}
	return out, nil
}

// MarkRequest names a thread by its root, and what was read of it.
type MarkRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Read         protocol.EventID `json:"message" required:"true" doc:"the newest message of the thread that was read"`
}

func (s *slice) read(ctx context.Context, req MarkRequest) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, who, req.Conversation)
		if err != nil {
			return err
		}
		e, err := s.Timeline.Get(tx, c.Log, req.Read)
		if err != nil {
			return err
		}
		if readable, err := s.Readable(tx, who, c, e); err != nil || !readable || req.Message.IsZero() || e.Thread() != req.Message {
			return errors.Join(err, feature.ErrNotFound)
		}
		return s.keep(tx, who, c, req.Message, func(k *kept) { k.Read = later(k.Read, e.Place()) })
	})
}

// keep changes what an account did with a thread, and tells its clients.
func (s *slice) keep(tx feature.Tx, who protocol.Account, c feature.Conversation, id protocol.EventID, change func(*kept)) error {
	own, err := s.Realms.Account(who)
	if err != nil {
		return err
	}
	k := keptKey(own, c.Log, id)
	had, err := load[kept](tx, own, k)
	if err != nil {
		return err
	}
	now := had
	now.Log, now.Root = c.Log, id
	if change(&now); now == had {
		return nil
	}
	tx.OnCommit(func() {
		s.tellTo(c.Log, id, who)
		s.TellConversation(c.Log) // mentions in the thread
	})
	return storage.PutAs(tx, own, k, now)
}

// cursor is the text of a place, empty for none. What it holds is nobody's business but ours.
func cursor(p protocol.Place) string {
	if p.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(p.Bytes())
}

func parseCursor(text string) (protocol.Place, error) {
	if text == "" {
		return protocol.Place{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil && base64.RawURLEncoding.EncodeToString(raw) == text {
		var p protocol.Place
		if p, err = protocol.PlaceFromBytes(raw); err == nil && !p.IsZero() {
			return p, nil
		}
	}
	return protocol.Place{}, feature.ErrBadRequest.With("This is not the next of a page.")
}
