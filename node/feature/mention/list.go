package mention

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Bounds: how many unread mentions are counted, how many of them are looked at for that, and how many of the newest mentions of a
// conversation are listed.
const (
	maxCount  = 100
	maxLooked = 200
	maxListed = 2000
)

// count counts the messages behind the cursor that mention an account. Where none does, that is a look at two empty stretches.
func (s *slice) count(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (int, error) {
	cursor, err := s.CursorOf(tx, viewer, c)
	if err != nil {
		return 0, err
	}
	places, err := s.places(tx, viewer, c, cursor.Seen, maxLooked)
	if err != nil || len(places) == 0 {
		return 0, err
	}
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range places {
		if n == maxCount {
			break
		}
		e, err := s.Timeline.Get(tx, c.Log, p.ID)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if e.Author == viewer || e.Erased() || veil.Hides(e) {
			continue
		}
		readable, err := s.Readable(tx, viewer, c, e)
		if err != nil {
			return 0, err
		}
		if root := e.Thread(); readable && !root.IsZero() {
			seen, err := s.ThreadSeen(tx, viewer, c.Log, root)
			if err != nil {
				return 0, err
			}
			readable = p.Compare(seen) > 0
		}
		if readable {
			n++
		}
	}
	return n, nil
}

// places are the newest messages behind a place that mention an account, or many and so it, the newest first of each.
func (s *slice) places(tx feature.Tx, viewer protocol.Account, c feature.Conversation, after protocol.Place, limit int) (out []protocol.Place, err error) {
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return nil, err
	}
	for _, of := range []protocol.Account{viewer, {}} {
		if of.IsZero() && !c.Group() {
			break
		}
		err := tx.Scan(realm, rowsOf(realm, of), storage.ScanOptions{Reverse: true, Limit: limit}, func(_ storage.Key, v []byte) (bool, error) {
			r, err := canon.Unmarshal[row](v)
			if err != nil || r.Place.Compare(after) <= 0 {
				return false, err
			}
			if !of.IsZero() || r.means(viewer) {
				out = append(out, r.Place)
			}
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ListRequest asks for a page of mentions.
type ListRequest struct {
	Before string `query:"before" maxLength:"80" doc:"the next of a page: the page before it"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"30"`
}

// Bounds of a page.
const (
	defaultPage = 30
	maxPage     = 100
)

// found is a message that mentions the caller.
type found struct {
	place protocol.Place
	in    feature.Conversation
}

func newest(a, b protocol.Place) int {
	return cmp.Or(cmp.Compare(b.HLC, a.HLC), bytes.Compare(b.ID[:], a.ID[:]))
}

// list merges the mentions of all conversations by their time.
func (s *slice) list(ctx context.Context, req ListRequest) (out feature.List[feature.Message], err error) {
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return out, feature.ErrBadRequest.With("A page has 1 to %d messages.", maxPage)
	}
	before, err := parseCursor(req.Before)
	if err != nil {
		return out, err
	}
	viewer := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		all, err := s.all(tx, viewer, before)
		if err != nil {
			return err
		}
		for _, f := range all {
			if len(out.Items) == req.Limit {
				out.Next = cursor(before)
				break
			}
			before = f.place
			e, err := s.Timeline.Get(tx, f.in.Log, f.place.ID)
			if errors.Is(err, feature.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			m, shown, err := s.look(tx, viewer, f.in, e)
			if err != nil {
				return err
			}
			if shown {
				out.Items = append(out.Items, m)
			}
		}
		return nil
	})
	return out, err
}

// all are the mentions in all conversations that the viewer sees, the newest first, behind a place if it is not zero.
func (s *slice) all(tx feature.Tx, viewer protocol.Account, before protocol.Place) (out []found, err error) {
	if !s.Keys.Unlocked(viewer) {
		return nil, feature.ErrLocked
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
		places, err := s.places(tx, viewer, c, protocol.Place{}, maxListed)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			if before.IsZero() || newest(before, p) < 0 {
				out = append(out, found{p, c})
			}
		}
	}
	slices.SortFunc(out, func(a, b found) int { return newest(a.place, b.place) })
	return out, nil
}

// cursor is the text of a place. What it holds is nobody's business but ours.
func cursor(p protocol.Place) string { return base64.RawURLEncoding.EncodeToString(p.Bytes()) }

func parseCursor(text string) (protocol.Place, error) {
	if text == "" {
		return protocol.Place{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil {
		var p protocol.Place
		if p, err = protocol.PlaceFromBytes(raw); err == nil && !p.IsZero() {
			return p, nil
		}
	}
	return protocol.Place{}, feature.ErrBadRequest.With("This is not the next of a page.")
}
