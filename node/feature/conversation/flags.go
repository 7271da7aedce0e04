package conversation

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
)

// Flags is how an account keeps a conversation. Nobody else is told.
type Flags struct {
	Pinned       int       `json:"pinned" doc:"its place among the pinned ones, from 1; 0 where it is not pinned"`
	Archived     bool      `json:"archived" doc:"until a new message, unless it is muted"`
	Hidden       bool      `json:"hidden" doc:"until a new message"`
	MutedUntil   time.Time `json:"muted_until,omitzero" doc:"9999-12-31T23:59:59Z is for good"`
	MarkedUnread bool      `json:"marked_unread"`
	Favourite    bool      `json:"favourite"`
	Folders      []string  `json:"folders" nullable:"false" doc:"ids of the folders that it is in"`
	Notify       string    `json:"notify" enum:"all,mentions,none" doc:"which messages the account wants to be told of"`
}

// FlagsRequest changes how the caller keeps a conversation.
type FlagsRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Pinned       *int         `json:"pinned,omitempty" minimum:"0" maximum:"50" doc:"its place among the pinned ones, from 1; behind the last where there are fewer; 0 unpins"`
	Archived     *bool        `json:"archived,omitempty" doc:"true unpins as well"`
	Hidden       *bool        `json:"hidden,omitempty" doc:"true unpins as well"`
	MutedUntil   *time.Time   `json:"muted_until,omitempty" doc:"9999-12-31T23:59:59Z is for good; a moment that is over unmutes"`
	MarkedUnread *bool        `json:"marked_unread,omitempty"`
	Favourite    *bool        `json:"favourite,omitempty"`
	Folders      []string     `json:"folders,omitempty" maxItems:"50" doc:"all folders that it is to be in"`
	Notify       string       `json:"notify,omitempty" enum:"all,mentions,none"`
}

// maxPinned is how many conversations an account pins.
const maxPinned = 50

// forGood is until when a conversation is muted for good.
var forGood = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// kept are the flags in the entry of an account.
type kept struct {
	Pinned     bool     `cbor:"3,keyasint,omitempty"` // its place stands in the row of pins
	Archived   away     `cbor:"4,keyasint,omitzero"`
	Hidden     away     `cbor:"5,keyasint,omitzero"`
	MutedUntil uint64   `cbor:"6,keyasint,omitempty"` // Unix milliseconds
	Marked     bool     `cbor:"7,keyasint,omitempty"`
	Favourite  bool     `cbor:"8,keyasint,omitempty"`
	Folders    []uint64 `cbor:"9,keyasint,omitempty"`
	Notify     string   `cbor:"10,keyasint,omitempty"` // empty for all
}

// away says how a conversation was when it was put away. It is not changed by what comes: whether something came is seen where
// the conversation is shown, so that a message writes no row for those who put its conversation away.
type away struct {
	Is     bool           `cbor:"0,keyasint,omitempty"`
	End    protocol.Place `cbor:"1,keyasint"` // the newest message then
	Unread uint64         `cbor:"2,keyasint,omitempty"`
}

// still tells whether nothing came since: no message behind the newest, and no late one before it.
func (a away) still(at stand, unread int) bool {
	return a.Is && at.newestPlace().Compare(a.End) <= 0 && uint64(unread) <= a.Unread
}

// stand is where a conversation stands in the list of an account.
type stand struct {
	own     entry
	newest  feature.Entry // the newest message that is shown, if one was found
	found   bool
	updated time.Time
	pin     int // from 1
	order   string
	gone    bool // deleted, and nothing came since
}

func (s stand) newestPlace() protocol.Place {
	if !s.found {
		return protocol.Place{}
	}
	return s.newest.Place()
}

// stand finds out where a conversation stands. The pins are read where none are given and it is pinned.
func (s *slice) stand(tx feature.Tx, viewer protocol.Account, c feature.Conversation, pins *pins) (at stand, err error) {
	if at.own, _, err = s.load(tx, viewer, c.Log); err != nil {
		return at, err
	}
	if at.newest, at.found, err = s.newestShown(tx, viewer, c); err != nil {
		return at, err
	}
	at.gone = !c.Group() && at.own.Gone && !at.found
	if at.updated, err = s.updated(tx, c, at); err != nil {
		return at, err
	}
	if at.own.Pinned {
		if pins == nil {
			read, err := s.pins(tx, viewer)
			if err != nil {
				return at, err
			}
			pins = &read
		}
		at.pin = 1 + slices.Index(pins.Logs, c.Log)
	}
	at.order = order(at.pin, at.updated, c.Log)
	return at, nil
}

// updated is when something happened last: the newest message or, before the first, the newest event.
func (s *slice) updated(tx feature.Tx, c feature.Conversation, at stand) (time.Time, error) {
	if at.found {
		return protocol.Time(at.newest.HLC, at.newest.Received), nil
	}
	newest, err := s.Timeline.Page(tx, c.Log, feature.Range{Limit: 1})
	if err != nil || len(newest) == 0 {
		return time.Time{}, err
	}
	return protocol.Time(newest[0].HLC, newest[0].Received), nil
}

// order writes the place in the list as a text that sorts: pinned ones in their order, then the latest first.
func order(pin int, updated time.Time, log protocol.Log) string {
	if pin > 0 {
		return fmt.Sprintf("0%03d", pin)
	}
	const most = 1<<52 - 1
	ms := uint64(min(max(updated.UnixMilli(), 0), most))
	return fmt.Sprintf("1%013x", most-ms) + hex.EncodeToString(log[:8])
}

// flags shows how an account keeps a conversation now.
func (s *slice) flags(tx feature.Tx, viewer protocol.Account, at stand, unread int) (Flags, error) {
	k := at.own.kept
	out := Flags{Pinned: at.pin, MarkedUnread: k.Marked, Favourite: k.Favourite, Notify: k.Notify}
	if k.MutedUntil > uint64(max(s.Now().UnixMilli(), 0)) {
		out.MutedUntil = time.UnixMilli(int64(k.MutedUntil)).UTC()
	}
	muted := !out.MutedUntil.IsZero()
	out.Archived = k.Archived.Is && (muted || k.Archived.still(at, unread))
	out.Hidden = k.Hidden.still(at, unread)
	if out.Notify == "" {
		out.Notify = "all"
	}
	if len(k.Folders) == 0 {
		return out, nil
	}
	all, _, err := s.loadFolders(tx, viewer)
	for _, f := range all.Folders {
		if slices.Contains(k.Folders, f.ID) {
			out.Folders = append(out.Folders, f.name())
		}
	}
	return out, err
}

func (s *slice) flag(ctx context.Context, req FlagsRequest) (Conversation, error) {
	viewer := feature.ActorOf(ctx).Account
	var out Conversation
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		folders, err := s.folderIDs(tx, viewer, req.Folders)
		if err != nil {
			return err
		}
		now, err := s.describe(tx, viewer, c)
		if err != nil {
			return err
		}
		at, err := s.stand(tx, viewer, c, nil)
		if err != nil {
			return err
		}
		end := away{Is: true, End: at.newestPlace(), Unread: uint64(now.Unread)}
		err = s.change(tx, viewer, c.Log, func(e *entry) {
			req.apply(e, now.Flags, end)
			if req.Folders != nil {
				e.Folders = folders
			}
		})
		if err != nil {
			return err
		}
		if err := s.afterFlag(tx, viewer, c.Log, req, now.Flags); err != nil {
			return err
		}
		tx.OnCommit(func() { s.tellTo(c.Log, viewer) })
		out, err = s.describe(tx, viewer, c)
		return err
	})
	return out, err
}

// apply changes an entry as it is asked for. What returned by itself is not put away any more.
func (r FlagsRequest) apply(e *entry, now Flags, end away) {
	put := func(what *away, want *bool, is bool) {
		switch {
		case want != nil && *want && !is:
			*what = end
		case want != nil && !*want, !is:
			*what = away{}
		}
	}
	put(&e.Archived, r.Archived, now.Archived)
	put(&e.Hidden, r.Hidden, now.Hidden)
	set(&e.Marked, r.MarkedUnread)
	set(&e.Favourite, r.Favourite)
	if r.MutedUntil != nil {
		e.MutedUntil = uint64(min(max(r.MutedUntil.UnixMilli(), 0), forGood.UnixMilli()))
	}
	if r.Notify != "" {
		e.Notify = r.Notify
	}
	if e.Notify == "all" {
		e.Notify = ""
	}
}

func set(field, want *bool) {
	if want != nil {
		*field = *want
	}
}

// afterFlag moves the pin and sets the alarm that what was asked for brings with it.
func (s *slice) afterFlag(tx feature.Tx, viewer protocol.Account, log protocol.Log, req FlagsRequest, was Flags) error {
	away := req.Archived != nil && *req.Archived || req.Hidden != nil && *req.Hidden
	var err error
	switch {
	case req.Pinned != nil && *req.Pinned > 0 && !away:
		err = s.pin(tx, viewer, log, *req.Pinned)
	case req.Pinned != nil && *req.Pinned == 0, away && was.Pinned > 0:
		err = s.unpin(tx, viewer, log)
	}
	if err != nil || req.MutedUntil == nil || !req.MutedUntil.After(s.Now()) || !req.MutedUntil.Before(forGood) {
		return err
	}
	return s.unmuted.Set(tx, *req.MutedUntil, canon.MustMarshal(forgotten{viewer, log}))
}

// unmutedNow tells of a conversation whose mute is over, which may have brought it back from the archive.
func (s *slice) unmutedNow(_ context.Context, payload []byte) error {
	if f, err := canon.Unmarshal[forgotten](payload); err == nil {
		s.tellTo(f.Log, f.Account)
	}
	return nil
}

// unmark takes the mark of an account from a conversation that it read.
func (s *slice) unmark(log protocol.Log, reader protocol.Account) {
	s.Soon("unmark"+log.String()+reader.String(), func(ctx context.Context) {
		marked := false
		s.note(s.Store.View(func(tx feature.Tx) error {
			e, _, err := s.load(tx, reader, log)
			marked = e.Marked
			return err
		}))
		if !marked {
			return
		}
		s.note(s.Store.Update(ctx, func(tx feature.Tx) error {
			tx.OnCommit(func() { s.tellTo(log, reader) })
			return s.change(tx, reader, log, func(e *entry) { e.Marked = false })
		}))
	})
}
