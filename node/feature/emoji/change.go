package emoji

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Problems of packs.
var (
	ErrTooMany = &feature.Error{Status: 409, Code: "too_many_emoji", Detail: "This conversation has as many custom emoji as it may have; take one away first."}
	ErrTaken   = &feature.Error{Status: 409, Code: "emoji_taken", Detail: "There is a custom emoji of this name already."}
)

// SetRequest gives a name a picture.
type SetRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Name         string       `path:"name" doc:"2 to 32 of a to z, 0 to 9, - and _"`
	Picture      string       `json:"picture" minLength:"1" maxLength:"44000" doc:"a data URL of a PNG, JPEG, WebP or GIF of at most 32 KiB and 128 pixels a side"`
}

// RenameRequest gives an emoji another name.
type RenameRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Name         string       `path:"name"`
	To           string       `json:"to" minLength:"2" maxLength:"32" doc:"2 to 32 of a to z, 0 to 9, - and _; free"`
}

// RemoveRequest names an emoji.
type RemoveRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Name         string       `path:"name"`
}

func (s *slice) set(ctx context.Context, req SetRequest) (feature.List[Emoji], error) {
	if !isName(req.Name) {
		return feature.List[Emoji]{}, feature.ErrNotFound
	}
	raw, err := feature.PictureOf(req.Picture)
	if err != nil {
		return feature.List[Emoji]{}, err
	}
	body := event.EmojiSet{Name: req.Name, Picture: raw}
	if err := body.Validate(); err != nil || raw == nil {
		return feature.List[Emoji]{}, feature.ErrBadRequest.With("The picture of an emoji is a PNG, JPEG, WebP or GIF of at most %d bytes and %d pixels a side.", event.MaxPicture, event.MaxEmojiSide)
	}
	return s.change(ctx, req.Conversation, func(tx feature.Tx, log protocol.Log, had map[string]emojiRow) ([]event.EmojiSet, error) {
		r, is := had[req.Name]
		switch {
		case is && r.Picture == protocol.PictureOf(log, raw):
			return nil, nil
		case !is && len(had) >= MaxPack:
			return nil, ErrTooMany
		}
		return []event.EmojiSet{body}, nil
	})
}

func (s *slice) rename(ctx context.Context, req RenameRequest) (feature.List[Emoji], error) {
	if !isName(req.To) {
		return feature.List[Emoji]{}, feature.ErrBadRequest.With("The name of an emoji is 2 to 32 of a to z, 0 to 9, - and _.")
	}
	return s.change(ctx, req.Conversation, func(tx feature.Tx, log protocol.Log, had map[string]emojiRow) ([]event.EmojiSet, error) {
		r, is := had[req.Name]
		if !is {
			return nil, feature.ErrNotFound
		}
		if _, taken := had[req.To]; taken {
			return nil, ErrTaken
		}
		picture, err := s.picture(tx, log, r)
		return []event.EmojiSet{{Name: req.Name}, {Name: req.To, Picture: picture}}, err
	})
}

func (s *slice) remove(ctx context.Context, req RemoveRequest) (feature.List[Emoji], error) {
	return s.change(ctx, req.Conversation, func(_ feature.Tx, _ protocol.Log, had map[string]emojiRow) ([]event.EmojiSet, error) {
		if _, is := had[req.Name]; !is {
			return nil, feature.ErrNotFound
		}
		return []event.EmojiSet{{Name: req.Name}}, nil
	})
}

// change logs what a caller changes of a pack, given the pack by name, and returns how it is then.
func (s *slice) change(ctx context.Context, log protocol.Log, fn func(feature.Tx, protocol.Log, map[string]emojiRow) ([]event.EmojiSet, error)) (out feature.List[Emoji], err error) {
	author := feature.ActorOf(ctx).Account
	return out, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, author, log)
		if err != nil {
			return err
		}
		if err := s.mayChangeNow(tx, author, c); err != nil {
			return err
		}
		realm, err := s.Realms.Conversation(tx, c.Log)
		if err != nil {
			return err
		}
		rows, err := pack(tx, realm)
		if err != nil {
			return err
		}
		had := make(map[string]emojiRow, len(rows))
		for _, r := range rows {
			had[r.Name] = r
		}
		bodies, err := fn(tx, c.Log, had)
		if err != nil {
			return err
		}
		for _, b := range bodies {
			if _, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: author, Body: b}); err != nil {
				return err
			}
		}
		out.Items, err = s.shown(tx, author, c.Log)
		return err
	})
}

// mayChangeNow refuses whom the policy of a group does not let, and in direct conversations what may not be written.
func (s *slice) mayChangeNow(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	switch {
	case !c.Group():
		return s.Permitted(tx, author, c)
	case c.State == nil || !c.Has(author):
		return feature.ErrNoMember
	case !allows(c.State, author):
		return feature.ErrRole(c.State.Policy().Edit, "change the emoji of a group")
	}
	return nil
}

func isName(name string) bool { return event.IsEmojiName(":" + name + ":") }
