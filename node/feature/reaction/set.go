package reaction

import (
	"context"
	"slices"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// ErrTooMany says that a message has as many different reactions as it may have.
var ErrTooMany = &feature.Error{Status: 409, Code: "too_many_reactions", Detail: "This message has as many different reactions as it may have."}

// Request names an emoji on a message.
type Request struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Emoji        string           `path:"emoji" doc:"one emoji, or the name of a custom one between colons"`
	Picture      protocol.Picture `query:"picture" doc:"of a custom emoji: of the conversation, or one that the message has already"`
}

// sign reads what a request names.
func (r Request) sign() (sign, error) {
	if !r.Picture.IsZero() {
		if !event.IsEmojiName(r.Emoji) {
			return sign{}, feature.ErrNotFound
		}
		return sign{r.Emoji, r.Picture}, nil
	}
	emoji := event.CanonEmoji(r.Emoji)
	if emoji == "" {
		return sign{}, feature.ErrNotFound
	}
	return sign{Emoji: emoji}, nil
}

func (s *slice) set(ctx context.Context, req Request) (feature.List[Reaction], error) {
	return s.say(ctx, req, true)
}

func (s *slice) remove(ctx context.Context, req Request) (feature.List[Reaction], error) {
	return s.say(ctx, req, false)
}

// say logs that the caller puts an emoji to a message or takes it away, unless it is so already.
func (s *slice) say(ctx context.Context, req Request, on bool) (feature.List[Reaction], error) {
	var out feature.List[Reaction]
	sign, err := req.sign()
	if err != nil {
		return out, err
	}
	author := feature.ActorOf(ctx).Account
	return out, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, e, err := s.FindMessage(tx, author, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if err := s.mayNow(tx, author, c); err != nil {
			return err
		}
		realm, err := s.Realms.Conversation(tx, c.Log)
		if err != nil {
			return err
		}
		own, err := marks(tx, realm, e.ID, author)
		if err != nil {
			return err
		}
		own = standing(own)
		if had := slices.ContainsFunc(own, func(m mark) bool { return m.Sign == sign }); had != on {
			if on {
				if err := s.room(tx, c.Log, e.ID, sign, len(own)); err != nil {
					return err
				}
			}
			body := event.ReactionSet{Message: e.ID, Emoji: sign.Emoji, Picture: sign.Picture, On: on}
			if _, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: author, Body: body}); err != nil {
				return err
			}
		}
		out.Items, err = s.shown(tx, author, c.Log, e.ID)
		return err
	})
}

// mayNow refuses who is no member of a group any more, and in direct conversations what may not be written.
func (s *slice) mayNow(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	if !c.Group() {
		return s.Permitted(tx, author, c)
	}
	if c.State == nil || !c.Has(author) {
		return feature.ErrNoMember
	}
	return nil
}

// room refuses one more emoji where there are as many as there may be, and a custom one that nobody there could draw.
func (s *slice) room(tx feature.Tx, log protocol.Log, message protocol.EventID, sign sign, own int) error {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return err
	}
	counts, err := tally(tx, realm, message)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(counts, func(c count) bool { return c.Sign == sign })
	if !known && !sign.Picture.IsZero() {
		has, err := s.InPack(tx, log, strings.Trim(sign.Emoji, ":"), sign.Picture)
		if err != nil {
			return err
		}
		if !has {
			return feature.ErrNotFound.With("This conversation has no custom emoji of this name and picture.")
		}
	}
	switch {
	case own >= MaxEach:
		return ErrTooMany.With("You have put %d different reactions to this message, and more do not fit.", own)
	case !known && len(counts) >= MaxKinds:
		return ErrTooMany
	}
	return nil
}
