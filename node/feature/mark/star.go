package mark

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// ErrTooManyStars says that an account has as many starred messages as it may have.
var ErrTooManyStars = &feature.Error{Status: 409, Code: "too_many_stars", Detail: "You have as many starred messages as there may be; take some stars away first."}

// starRow is a star, in the realm of its account, twice: by its message, and in the order of the list.
type starRow struct {
	Log     protocol.Log     `cbor:"0,keyasint"`
	Message protocol.EventID `cbor:"1,keyasint"`
	At      uint64           `cbor:"2,keyasint"` // Unix milliseconds
}

func starKey(realm *storage.Realm, log protocol.Log, message protocol.EventID) storage.Key {
	return realm.Key(storage.Stars, storage.Fixed([]byte("s")), storage.H(log[:], message[:]))
}

func starsOf(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Stars, storage.Fixed([]byte("l")))
}

func starPlace(realm *storage.Realm, r starRow) storage.Key {
	return realm.Key(storage.Stars, storage.Fixed([]byte("l")), storage.U64(r.At), storage.H(r.Log[:], r.Message[:]))
}

func starCount(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Counters, storage.H([]byte("stars")))
}

// isStarred annotates a message.
func (s *slice) isStarred(tx feature.Tx, viewer protocol.Account, e feature.Entry) (*bool, error) {
	if e.Kind != sentKind || e.Erased() {
		return nil, nil
	}
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return nil, err
	}
	if had, err := tx.Has(starKey(realm, e.Log, e.ID)); err != nil || !had {
		return nil, err
	}
	return &yes, nil
}

// StarChange is whether the account starred a message.
type StarChange struct {
	Conversation protocol.Log     `json:"conversation"`
	Message      protocol.EventID `json:"message"`
	Starred      bool             `json:"starred"`
}

func (s *slice) star(ctx context.Context, req Request) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		if _, _, err := s.FindMessage(tx, who, req.Conversation, req.Message); err != nil {
			return err
		}
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		if had, err := tx.Has(starKey(realm, req.Conversation, req.Message)); had || err != nil {
			return err
		}
		if err := s.count(tx, realm, 1); err != nil {
			return err
		}
		r := starRow{Log: req.Conversation, Message: req.Message, At: uint64(max(s.Now().UnixMilli(), 0))}
		if err := storage.PutAs(tx, realm, starPlace(realm, r), r); err != nil {
			return err
		}
		tx.OnCommit(func() { s.tellStar([]protocol.Account{who}, StarChange{r.Log, r.Message, true}) })
		return storage.PutAs(tx, realm, starKey(realm, r.Log, r.Message), r)
	})
}

func (s *slice) unstar(ctx context.Context, req Request) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		if !s.Keys.Unlocked(who) {
			return feature.ErrLocked
		}
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		r, err := storage.GetAs[starRow](tx, realm, starKey(realm, req.Conversation, req.Message))
		if errors.Is(err, storage.ErrNotFound) { // not starred; the star of what is not there any more can be taken away
			_, _, err = s.FindMessage(tx, who, req.Conversation, req.Message)
			return err
		}
		if err != nil {
			return err
		}
		tx.Delete(starKey(realm, r.Log, r.Message))
		tx.Delete(starPlace(realm, r))
		tx.OnCommit(func() { s.tellStar([]protocol.Account{who}, StarChange{r.Log, r.Message, false}) })
		return s.count(tx, realm, -1)
	})
}

// count keeps how many stars an account has.
func (s *slice) count(tx feature.Tx, realm *storage.Realm, by int) error {
	n, err := storage.GetAs[uint64](tx, realm, starCount(realm))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if by > 0 && n >= MaxStars {
		return ErrTooManyStars
	}
	return storage.PutAs(tx, realm, starCount(realm), uint64(max(int(n)+by, 0)))
}

// StarsRequest asks for a page of the starred messages.
type StarsRequest struct {
	Before string `query:"before" maxLength:"64" doc:"the next of a page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Star is a starred message and where it is.
type Star struct {
	Message feature.Message `json:"message"`
	Title   string          `json:"title" doc:"of its conversation"`
	At      time.Time       `json:"at" doc:"when it was starred"`
}

// Bounds of a page, and the length of the rest of a key of the list, in bytes.
const (
	defaultPage = 50
	maxPage     = 200
	placeSize   = 8 + 16
)

func (s *slice) stars(ctx context.Context, req StarsRequest) (feature.List[Star], error) {
	out := feature.List[Star]{Items: []Star{}}
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return out, feature.ErrBadRequest.With("A page has 1 to %d messages.", maxPage)
	}
	before, err := base64.RawURLEncoding.Strict().DecodeString(req.Before)
	if err != nil || len(before) != 0 && len(before) != placeSize {
		return out, feature.ErrBadRequest.With("This is not the next of a page.")
	}
	viewer := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		if !s.Keys.Unlocked(viewer) {
			return feature.ErrLocked
		}
		realm, err := s.Realms.Account(viewer)
		if err != nil {
			return err
		}
		o := storage.ScanOptions{Reverse: true, Limit: req.Limit + 1}
		if len(before) > 0 {
			o.From = starsOf(realm) + storage.Key(before)
		}
		n := 0
		return tx.Scan(realm, starsOf(realm), o, func(k storage.Key, v []byte) (bool, error) {
			if n++; n > req.Limit {
				out.Next = base64.RawURLEncoding.EncodeToString(before)
				return false, nil
			}
			before = k.After(starsOf(realm))
			r, err := canon.UnmarshalOwn[starRow](v)
			if err != nil {
				return false, err
			}
			star, shown, err := s.showStar(tx, viewer, r)
			if shown {
				out.Items = append(out.Items, star)
			}
			return err == nil, err
		})
	})
	return out, err
}

// showStar describes a starred message; false where it is not there for its account any more.
func (s *slice) showStar(tx feature.Tx, viewer protocol.Account, r starRow) (Star, bool, error) {
	c, e, err := s.FindMessage(tx, viewer, r.Log, r.Message)
	if errors.Is(err, feature.ErrNotFound) {
		return Star{}, false, nil
	}
	if err != nil {
		return Star{}, false, err
	}
	m, shown, err := s.ShowMessage(tx, viewer, c, e)
	if err != nil || !shown {
		return Star{}, false, err
	}
	standing, err := s.StandingOf(tx, viewer, c)
	if err != nil {
		return Star{}, false, err
	}
	title, _, err := s.TitleOf(tx, viewer, c, standing)
	return Star{Message: m, Title: title, At: time.UnixMilli(int64(r.At)).UTC()}, err == nil, err
}
