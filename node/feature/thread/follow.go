package thread

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Bounds: threads that an account follows by hand, and those of one conversation that it follows by itself and that are looked at.
const (
	maxChosen = 1000
	maxParts  = 1000
)

// ErrTooMany says that an account follows as many threads by hand as it may.
var ErrTooMany = &feature.Error{Status: 409, Code: "too_many_threads", Detail: "You follow as many threads by hand as one may; unfollow some first."}

// Request names a thread by its root.
type Request struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

func (s *slice) follow(ctx context.Context, req Request) (feature.Nothing, error) {
	return s.choose(ctx, req, follows)
}

func (s *slice) unfollow(ctx context.Context, req Request) (feature.Nothing, error) {
	return s.choose(ctx, req, leaves)
}

func (s *slice) choose(ctx context.Context, req Request, now choice) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, root, err := s.find(tx, who, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		at, err := s.standOf(tx, who, c.Log, root.id)
		if err != nil || at.followed == (now == follows) {
			return err
		}
		if err := s.enlist(tx, who, c.Log, root.id, now == follows); err != nil {
			return err
		}
		all, err := load[sum](tx, at.realm, sumKey(at.realm, root.id))
		if err != nil {
			return err
		}
		return s.keep(tx, who, c, root.id, func(k *kept) {
			if k.Choice = now; now == follows {
				k.Read = later(k.Read, all.last()) // what comes from now on is new
			}
		})
	})
}

// enlist puts a thread on the list of those that an account follows by hand, or takes it off.
func (s *slice) enlist(tx feature.Tx, who protocol.Account, log protocol.Log, id protocol.EventID, on bool) error {
	own, err := s.Realms.Account(who)
	if err != nil {
		return err
	}
	k := chosenKey(own, log, id)
	had, err := tx.Has(k)
	if err != nil || had == on {
		return err
	}
	n, err := load[uint64](tx, own, countKey(own))
	if err != nil {
		return err
	}
	if !on {
		tx.Delete(k)
		return storage.PutAs(tx, own, countKey(own), max(n, 1)-1)
	}
	if n >= maxChosen {
		return ErrTooMany
	}
	return errors.Join(storage.PutAs(tx, own, k, kept{Log: log, Root: id}), storage.PutAs(tx, own, countKey(own), n+1))
}

// ListRequest asks for a page of the threads that the caller follows.
type ListRequest struct {
	Before string `query:"before" maxLength:"80" doc:"the next of a page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"30"`
}

// Bounds of a page of threads.
const (
	defaultList = 30
	maxList     = 100
)

// Followed is a thread that an account follows.
type Followed struct {
	Conversation protocol.Log     `json:"conversation"`
	ID           protocol.EventID `json:"id" doc:"the message whose thread it is"`
	Followed     bool             `json:"followed" doc:"in live frames: whether the account follows it still"`
	Root         feature.Quote    `json:"root" doc:"that message, deleted where it is not shown to the caller"`
	Last         *feature.Quote   `json:"last,omitempty" doc:"the newest message of the thread that is shown to the caller"`
	Answers      Answers          `json:"answers"`
}

// List is a page of threads.
type List struct {
	Items  []Followed `json:"items" nullable:"false"`
	Next   string     `json:"next,omitempty" doc:"goes into ?before= for the page behind this one"`
	Unread int        `json:"unread" doc:"how many of all of them have something unread"`
}

// listed is a thread with where it stands in the list.
type listed struct {
	in     feature.Conversation
	id     protocol.EventID
	unread bool
	last   protocol.Place
}

func order(a, b listed) int {
	if a.unread != b.unread {
		if a.unread {
			return -1
		}
		return 1
	}
	return cmp.Or(newest(a.last, b.last), slices.Compare(a.id[:], b.id[:]))
}

func (s *slice) list(ctx context.Context, req ListRequest) (List, error) {
	out := List{Items: []Followed{}}
	if req.Limit == 0 {
		req.Limit = defaultList
	}
	if req.Limit < 1 || req.Limit > maxList {
		return out, feature.ErrBadRequest.With("A page has 1 to %d threads.", maxList)
	}
	before, err := parseListed(req.Before)
	if err != nil {
		return out, err
	}
	viewer := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		all, err := s.all(tx, viewer)
		if err != nil {
			return err
		}
		slices.SortFunc(all, order)
		for _, one := range all {
			if one.unread {
				out.Unread++
			}
			if before != nil && order(one, *before) <= 0 || out.Next != "" {
				continue
			}
			if len(out.Items) == req.Limit {
				out.Next = before.text()
				continue
			}
			shown, err := s.describe(tx, viewer, one.in, one.id)
			if err != nil {
				return err
			}
			if before = &one; shown != nil {
				out.Items = append(out.Items, *shown)
			}
		}
		return nil
	})
	return out, err
}

// text is where a page ends.
func (l listed) text() string {
	kind := "r"
	if l.unread {
		kind = "u"
	}
	return kind + base64.RawURLEncoding.EncodeToString(append(l.last.Bytes(), l.id[:]...))
}

func parseListed(text string) (*listed, error) {
	if text == "" {
		return nil, nil
	}
	wrong := feature.ErrBadRequest.With("This is not the next of a page.")
	out := listed{unread: text[0] == 'u'}
	rest, ok := strings.CutPrefix(text, "r")
	if out.unread {
		rest, ok = text[1:], true
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(raw) <= len(out.id) {
		return nil, wrong
	}
	cut := len(raw) - len(out.id)
	copy(out.id[:], raw[cut:])
	if out.last, err = protocol.PlaceFromBytes(raw[:cut]); err != nil {
		return nil, wrong
	}
	return &out, nil
}

// all are the threads that an account follows, in no order.
func (s *slice) all(tx feature.Tx, viewer protocol.Account) (out []listed, err error) {
	own, err := s.Realms.Account(viewer)
	if err != nil {
		return nil, err
	}
	logs, err := s.Timeline.Logs(tx, viewer)
	if err != nil {
		return nil, err
	}
	for _, log := range logs {
		c, err := s.See(tx, viewer, log)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ids, err := s.followedIn(tx, own, viewer, log)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			at, err := s.standOf(tx, viewer, log, id)
			if err != nil {
				return nil, err
			}
			all, err := load[sum](tx, at.realm, sumKey(at.realm, id))
			if err != nil {
				return nil, err
			}
			if !at.followed || all.Count == 0 {
				continue
			}
			n, err := s.unread(tx, viewer, c, at, all)
			if err != nil {
				return nil, err
			}
			nested, err := s.nested(tx, log, id)
			if err != nil {
				return nil, err
			}
			if nested {
				continue
			}
			out = append(out, listed{c, id, n > 0, all.last()})
		}
	}
	return out, nil
}

// followedIn are the threads of one conversation that an account may follow, by itself or by hand.
func (s *slice) followedIn(tx feature.Tx, own *storage.Realm, viewer protocol.Account, log protocol.Log) (ids []protocol.EventID, err error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	err = tx.Scan(realm, partsOf(realm, viewer), storage.ScanOptions{Limit: maxParts}, func(_ storage.Key, v []byte) (bool, error) {
		p, err := canon.Unmarshal[part](v)
		ids = append(ids, p.Root)
		return err == nil, err
	})
	if err != nil {
		return nil, err
	}
	err = tx.Scan(own, chosenIn(own, log), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		k, err := canon.Unmarshal[kept](v)
		if !slices.Contains(ids, k.Root) {
			ids = append(ids, k.Root)
		}
		return err == nil, err
	})
	return ids, err
}

// lookedForLast is how many of the newest living messages of a thread are looked at for one that is shown.
const lookedForLast = 8

// describe shows a thread to an account; nil where nothing was said in it, or it is in a thread itself.
func (s *slice) describe(tx feature.Tx, viewer protocol.Account, c feature.Conversation, id protocol.EventID) (*Followed, error) {
	answers, err := s.answers(tx, viewer, c, id)
	if err != nil {
		return nil, err
	}
	out := &Followed{Conversation: c.Log, ID: id, Root: feature.Quote{ID: id, Deleted: true}, Answers: Answers{Faces: []Face{}, LastAt: time.UnixMilli(0).UTC()}}
	if answers != nil {
		out.Answers, out.Followed = *answers, answers.Followed
	}
	root, err := s.quote(tx, viewer, c, id)
	if err != nil {
		return nil, err
	}
	if root != nil {
		out.Root = *root
	}
	if nested, err := s.nested(tx, c.Log, id); err != nil || nested {
		return nil, err
	}
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return nil, err
	}
	n := 0
	err = living(tx, realm, id, func(one item) (bool, error) {
		n++
		out.Last, err = s.quote(tx, viewer, c, one.Place.ID)
		return out.Last == nil && n < lookedForLast, err
	})
	return out, err
}

// quote is the beginning of a message; nil where it is not shown to the viewer.
func (s *slice) quote(tx feature.Tx, viewer protocol.Account, c feature.Conversation, id protocol.EventID) (*feature.Quote, error) {
	_, e, err := s.FindMessage(tx, viewer, c.Log, id)
	if errors.Is(err, feature.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	q, err := s.QuoteOf(tx, viewer, c, e)
	return &q, err
}

// nested tells whether a root is in a thread itself.
func (s *slice) nested(tx feature.Tx, log protocol.Log, id protocol.EventID) (bool, error) {
	e, err := s.Timeline.Get(tx, log, id)
	if errors.Is(err, feature.ErrNotFound) {
		return false, nil
	}
	return err == nil && !e.Thread().IsZero(), err
}
