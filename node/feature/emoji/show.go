package emoji

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// PackRequest asks for the custom emoji of a conversation.
type PackRequest struct {
	Conversation protocol.Log `path:"conversation"`
}

// Emoji is a custom emoji.
type Emoji struct {
	Name    string           `json:"name" doc:"without colons"`
	Picture protocol.Picture `json:"picture" doc:"the name of the picture, another one for another picture"`
	By      protocol.Account `json:"by"`
	ByName  string           `json:"by_name"`
	At      time.Time        `json:"at"`
}

func (s *slice) list(ctx context.Context, req PackRequest) (feature.List[Emoji], error) {
	out := feature.List[Emoji]{Items: []Emoji{}}
	viewer := feature.ActorOf(ctx).Account
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		out.Items, err = s.shown(tx, viewer, c.Log)
		return err
	})
	return out, err
}

// shown describes the pack of a conversation, sorted by name.
func (s *slice) shown(tx feature.Tx, viewer protocol.Account, log protocol.Log) ([]Emoji, error) {
	out := []Emoji{}
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return out, err
	}
	rows, err := pack(tx, realm)
	for _, r := range rows {
		out = append(out, Emoji{Name: r.Name, Picture: r.Picture, By: r.By, ByName: s.NameIn(tx, viewer, log, r.By), At: protocol.Time(r.Place.HLC, s.Now())})
	}
	slices.SortFunc(out, func(a, b Emoji) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

// GetRequest names a custom emoji.
type GetRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Name         string           `path:"name"`
	Picture      protocol.Picture `query:"picture" doc:"only this one, as the list names it"`
}

func (s *slice) get(ctx context.Context, req GetRequest) (out feature.Served, err error) {
	return out, s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, feature.ActorOf(ctx).Account, req.Conversation)
		if err != nil {
			return err
		}
		r, err := s.find(tx, c.Log, req.Name)
		if err == nil && !req.Picture.IsZero() && req.Picture != r.Picture {
			err = feature.ErrNotFound
		}
		if err == nil {
			out.Content, err = s.picture(tx, c.Log, r)
		}
		return err
	})
}

// find returns an emoji of the pack, ErrNotFound for none of that name.
func (s *slice) find(tx feature.Tx, log protocol.Log, name string) (emojiRow, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return emojiRow{}, err
	}
	r, err := named.Of(tx, realm, []byte(name))
	if err == nil && !r.Holds() {
		err = feature.ErrNotFound
	}
	return r, err
}

// has tells whether a name has this picture in the pack that counts.
func (s *slice) has(tx feature.Tx, log protocol.Log, name string, picture protocol.Picture) (bool, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return false, err
	}
	rows, err := pack(tx, realm)
	return slices.ContainsFunc(rows, func(r emojiRow) bool { return r.Name == name && r.Picture == picture }), err
}

// picture returns the picture of an emoji, which stands in its event.
func (s *slice) picture(tx feature.Tx, log protocol.Log, r emojiRow) ([]byte, error) {
	e, err := s.Timeline.Get(tx, log, r.Place.ID)
	if err != nil {
		return nil, err
	}
	body, err := event.Decode[event.EmojiSet](e.Body)
	return body.Picture, err
}

// PackChange says that the custom emoji of a conversation are others now.
type PackChange struct {
	Conversation protocol.Log `json:"conversation"`
}

var emojiKind = event.EmojiSet{}.Kind()

// tell tells open pages that a pack changed.
func (s *slice) tell(_ context.Context, e feature.Entry) {
	if e.Kind != emojiKind {
		return
	}
	s.Calmly(e.Log.String()+emojiKind, func(context.Context) {
		err := s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, e.Log)
			if err != nil {
				return err
			}
			var to []protocol.Account
			for _, viewer := range c.Members {
				if s.Live.Watched(viewer) && s.Keys.Unlocked(viewer) && s.Visible(tx, viewer, c) == nil {
					to = append(to, viewer)
				}
			}
			s.tellPack(to, PackChange{Conversation: e.Log})
			return nil
		})
		if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
			s.Logger.Warn("tell of custom emoji", "err", err)
		}
	})
}
