package message

import (
	"context"
	"encoding/base64"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
)

// ListRequest asks for a page of a conversation: the newest without further fields, else by one of them.
type ListRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Before       string           `query:"before" maxLength:"64" doc:"the next of a page: the page before it"`
	After        string           `query:"after" maxLength:"64" doc:"the newer of a page: the page behind it"`
	Around       protocol.EventID `query:"around" doc:"a message: it, and what stands before and behind it"`
	At           *int             `query:"at" minimum:"0" doc:"an ordinal: what stands around it"`
	Day          string           `query:"day" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"what was written from this day on"`
	Unread       bool             `query:"unread" doc:"what stands around the first message that the caller has not read"`
	Zone         string           `query:"zone" maxLength:"64" doc:"with day: the time zone, UTC if left out"`
	Limit        int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Bounds of a page: messages, and events looked at for one message shown.
const (
	defaultPage = 50
	maxPage     = 200
	maxRounds   = 8
)

func (s *slice) list(ctx context.Context, req ListRequest) (feature.List[Message], error) {
	var page feature.List[Message]
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return page, feature.ErrBadRequest.With("A page has 1 to %d messages.", maxPage)
	}
	find, err := req.finder()
	if err != nil {
		return page, err
	}
	err = s.numbered(ctx, req.Conversation, func(v *view) error {
		from, err := find(v)
		if err != nil {
			return err
		}
		page, err = v.window(from, req.Limit)
		page.Total = len(v.rows)
		return err
	})
	return page, err
}

// window is where a page is taken from: rows before a place, rows from it on, or some of both.
type window struct {
	before protocol.Place // the newest row is before this one
	after  protocol.Place // the oldest row is behind this one
}

// finder reads how a page was asked for, and returns how to find where that is.
func (req ListRequest) finder() (func(*view) (window, error), error) {
	asked := 0
	for _, has := range []bool{req.Before != "", req.After != "", !req.Around.IsZero(), req.At != nil, req.Day != "", req.Unread} {
		if has {
			asked++
		}
	}
	if asked > 1 {
		return nil, feature.ErrBadRequest.With("A page is asked for by one of before, after, around, at, day and unread.")
	}
	if req.Zone != "" && req.Day == "" {
		return nil, feature.ErrBadRequest.With("A time zone belongs to a day.")
	}
	switch {
	case req.Before != "":
		p, err := parseCursor(req.Before)
		return func(*view) (window, error) { return window{before: p}, nil }, err
	case req.After != "":
		p, err := parseCursor(req.After)
		return func(*view) (window, error) { return window{after: p}, nil }, err
	case !req.Around.IsZero():
		return func(v *view) (window, error) {
			_, e, err := v.find(v.tx, v.viewer, v.talk.Log, req.Around)
			if err != nil {
				return window{}, err
			}
			return v.rows.around(v.rows.before(e.Place())), nil
		}, nil
	case req.At != nil:
		return func(v *view) (window, error) { return v.rows.around(*req.At), nil }, nil
	case req.Unread:
		return func(v *view) (window, error) { return v.rows.around(v.rows.behindOf(v.reading.Seen())), nil }, nil
	case req.Day != "":
		from, err := beginOf(req.Day, req.Zone)
		return func(v *view) (window, error) { return window{after: v.rows.behind(v.rows.since(from))}, nil }, err
	}
	return func(*view) (window, error) { return window{before: feature.End}, nil }, nil
}

// window collects a page. A page may be short where many events between its rows show nothing, and empty where somebody's messages are hidden; while it
// names a next or newer page there is more. What lies behind the rows, however much it is, is passed over.
func (v *view) window(w window, limit int) (feature.List[Message], error) {
	out := feature.List[Message]{Items: []Message{}}
	if !w.before.IsZero() {
		older := limit
		if !w.after.IsZero() {
			older = limit / 2
			limit -= older
		}
		page, newest, err := v.older(w.before, older)
		if err != nil {
			return out, err
		}
		if out = page; w.before != feature.End && !newest.IsZero() {
			out.Newer = cursor(newest)
		}
	}
	if w.after.IsZero() {
		return out, nil
	}
	if w.before.IsZero() {
		out.Next = cursor(protocol.Place{Ord: w.after.Ord, HLC: w.after.HLC + 1, ID: w.after.ID})
	}
	items, newer, err := v.newer(w.after, limit)
	out.Items, out.Newer = append(out.Items, items...), newer
	return out, err
}

// older collects rows before a place, from there on back. newest is where the last of them stands.
func (v *view) older(before protocol.Place, limit int) (out feature.List[Message], newest protocol.Place, err error) {
	out.Items = []Message{}
	for range maxRounds {
		if before = v.rows.downTo(before); before.IsZero() {
			out.Next = ""
			break
		}
		entries, err := v.Timeline.Page(v.tx, v.talk.Log, feature.Range{Before: before, After: v.veil.After, Limit: limit + 1, For: v.reader})
		if err != nil {
			return out, newest, err
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
			m, shown, err := v.rowOfPage(e)
			if err != nil {
				return out, newest, err
			}
			if shown && len(out.Items) == 0 {
				newest = before
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
	return out, newest, nil
}

// newer collects rows behind a place, and says where the ones behind those begin.
func (v *view) newer(after protocol.Place, limit int) (out []Message, next string, err error) {
	if after.Compare(v.veil.After) < 0 {
		after = v.veil.After
	}
	for range maxRounds {
		if after = v.rows.upTo(after); after == feature.End {
			return out, "", nil
		}
		entries, err := v.Timeline.Page(v.tx, v.talk.Log, feature.Range{After: after, Limit: limit + 1, For: v.reader})
		if err != nil {
			return out, "", err
		}
		more := len(entries) > limit
		for _, e := range entries[:min(len(entries), limit)] {
			if len(out) == limit {
				more = true
				break
			}
			after = e.Place()
			m, shown, err := v.rowOfPage(e)
			if err != nil {
				return out, "", err
			}
			if shown {
				out = append(out, m)
			}
		}
		if !more {
			return out, "", nil
		}
		if len(out) == limit {
			break
		}
	}
	return out, cursor(after), nil
}

// cursor is the text of a place. What it holds is nobody's business but ours.
func cursor(p protocol.Place) string { return base64.RawURLEncoding.EncodeToString(p.Bytes()) }

var errCursor = feature.ErrBadRequest.With("This is not the next of a page.")

func parseCursor(text string) (protocol.Place, error) {
	if text == "" {
		return protocol.Place{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != text {
		return protocol.Place{}, errCursor
	}
	p, err := protocol.PlaceFromBytes(raw)
	if err != nil || p.IsZero() {
		return protocol.Place{}, errCursor
	}
	return p, nil
}
