package message

import (
	"context"
	"encoding/base64"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
)

// ListRequest asks for a page of a conversation.
type ListRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Before       string       `query:"before" maxLength:"64" doc:"the next of a page: the page before it"`
	Limit        int          `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Bounds of a page: messages, and events looked at for one message shown.
const (
	defaultPage = 50
	maxPage     = 200
	maxRounds   = 8
)

func (s *slice) list(ctx context.Context, req ListRequest) (feature.List[Message], error) {
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return feature.List[Message]{}, feature.ErrBadRequest.With("A page has 1 to %d messages.", maxPage)
	}
	before, err := parseCursor(req.Before)
	if err != nil {
		return feature.List[Message]{}, err
	}
	if before.IsZero() {
		before = feature.End
	}
	viewer := feature.ActorOf(ctx).Account
	var page feature.List[Message]
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		v, err := s.view(tx, viewer, c)
		if err != nil {
			return err
		}
		page, err = v.page(c.Log, before, req.Limit)
		return err
	})
	return page, err
}

// page collects rows from the newest on. A page may be short, even empty, where many events show nothing; while there is a
// next there is more.
func (v *view) page(log protocol.Log, before protocol.Place, limit int) (feature.List[Message], error) {
	var out feature.List[Message]
	for range maxRounds {
		entries, err := v.Timeline.Page(v.tx, log, feature.Range{Before: before, After: v.veil.After, Limit: limit + 1, For: v.reader})
		if err != nil {
			return out, err
		}
		more := len(entries) > limit
		if more {
			entries = entries[1:]
		}
		for _, e := range slices.Backward(entries) {
			if len(out.Items) == limit {
				more = true
				break
			}
			before = e.Place()
			m, shown, err := v.show(e)
			if err != nil {
				return out, err
			}
			if shown {
				out.Items = append(out.Items, m)
			}
		}
		out.Next = ""
		if more {
			out.Next = cursor(before)
		}
		if !more || len(out.Items) == limit {
			break
		}
	}
	slices.Reverse(out.Items)
	return out, nil
}

// cursor is the text of a place. What it holds is nobody's business but ours.
func cursor(p protocol.Place) string { return base64.RawURLEncoding.EncodeToString(p.Bytes()) }

func parseCursor(text string) (protocol.Place, error) {
	if text == "" {
		return protocol.Place{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != text {
		return protocol.Place{}, feature.ErrBadRequest.With("This is not the next of a page.")
	}
	p, err := protocol.PlaceFromBytes(raw)
	if err != nil || p.IsZero() {
		return protocol.Place{}, feature.ErrBadRequest.With("This is not the next of a page.")
	}
	return p, nil
}
