package message

import (
	"context"
	"sort"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Rows of a conversation have ordinals: numbers from 0 in its order, one for each that can be shown to the viewer at all. What
// was deleted, or is hidden from one person, keeps its number and shows nothing.

// rows are those of a conversation that its viewer may read.
type rows feature.Ranks

// numbered has a conversation shown to the caller with the ordinals of its rows.
func (s *slice) numbered(ctx context.Context, log protocol.Log, fn func(*view) error) error {
	viewer := feature.ActorOf(ctx).Account
	return s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, log)
		if err != nil {
			return err
		}
		v, err := s.view(tx, viewer, c)
		if err != nil {
			return err
		}
		if err := v.number(); err != nil {
			return err
		}
		return fn(v)
	})
}

// number counts the rows, without what the viewer cleared and what was said in a group before the viewer could read it. What is
// shown from then on has its ordinal.
func (v *view) number() error {
	ranks, err := v.Timeline.Ranks(v.tx, v.talk.Log)
	if err != nil {
		return err
	}
	all := rows(ranks)
	if !v.veil.After.IsZero() {
		all = all[all.behindOf(v.veil.After):]
	}
	v.rows, v.numbers = all, true
	if !v.group || len(all) == 0 {
		return nil
	}
	// Whoever may read a row may read what follows: the first one is found by halving.
	first := sort.Search(len(all), func(i int) bool {
		if err != nil {
			return true
		}
		var near []feature.Entry
		near, err = v.Timeline.Page(v.tx, v.talk.Log, feature.Range{After: all.behind(i), Limit: 1})
		if err != nil || len(near) == 0 {
			return true
		}
		var readable bool
		readable, err = v.Readable(v.tx, v.viewer, v.talk, near[0])
		return readable
	})
	v.rows = all[first:]
	return err
}

// before returns how many rows stand before a place, behindOf how many up to it.
func (r rows) before(p protocol.Place) int { return feature.Ranks(r).Before(p) }

func (r rows) behindOf(p protocol.Place) int {
	p.HLC++ // behind the row and its like
	return r.before(p)
}

// behind returns the place behind which the row of a number comes first.
func (r rows) behind(n int) protocol.Place {
	switch n = min(n, len(r)); {
	case n > 0:
		return r[n-1].Place()
	case len(r) == 0:
		return feature.Begin
	}
	p := r[0].Place()
	if p.HLC == 0 {
		return feature.Begin
	}
	p.HLC--
	return p
}

// downTo returns the place before which the newest row stands that is before a place, and little else between; the zero place where none is.
func (r rows) downTo(before protocol.Place) protocol.Place {
	n := r.before(before)
	if n == 0 {
		return protocol.Place{}
	}
	p := r[n-1].Place()
	p.HLC++ // behind the row and its like
	if p.Compare(before) > 0 {
		return before
	}
	return p
}

// upTo returns the place behind which the oldest row stands that is behind a place, and little else between; feature.End where none is.
func (r rows) upTo(after protocol.Place) protocol.Place {
	n := r.behindOf(after)
	if n == len(r) {
		return feature.End
	}
	p := r[n].Place()
	if p.HLC == 0 {
		return after
	}
	if p.HLC--; p.Compare(after) < 0 {
		return after
	}
	return p
}

// around is the window whose middle is a number.
func (r rows) around(n int) window {
	if n >= len(r) {
		return window{before: feature.End}
	}
	return window{before: r[n].Place(), after: r.behind(n)}
}

// since returns the number of the first row that was written at a moment or later. Clocks differ, so that a row of a later time
// may stand before it.
func (r rows) since(from time.Time) int {
	at := uint64(max(0, from.UnixMilli())) << 16
	for i, rank := range r {
		if rank.HLC() >= at {
			return i
		}
	}
	return len(r)
}

// beginOf returns when a day begins in a time zone.
func beginOf(day, zone string) (time.Time, error) {
	where, err := zoneOf(zone)
	if err != nil {
		return time.Time{}, err
	}
	from, err := time.ParseInLocation(time.DateOnly, day, where)
	if err != nil {
		return time.Time{}, feature.ErrBadRequest.With("A day is written as 2026-11-23.")
	}
	return from, nil
}

func zoneOf(name string) (*time.Location, error) {
	if name == "Local" { // the node's is nobody's business
		name = ""
	}
	where, err := time.LoadLocation(name)
	if err != nil {
		return nil, feature.ErrBadRequest.With("There is no such time zone here.")
	}
	return where, nil
}

// DaysRequest asks on which days something was written.
type DaysRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Zone         string       `query:"zone" maxLength:"64" doc:"the time zone, UTC if left out"`
}

// Day is a day on which something was written.
type Day struct {
	Day   string `json:"day" doc:"as 2026-11-23"`
	First int    `json:"first" doc:"the ordinal of the first row of the day"`
	Count int    `json:"count" doc:"how many rows it has"`
}

// maxDays bounds the list of days: the newest count.
const maxDays = 10_000

func (s *slice) days(ctx context.Context, req DaysRequest) (feature.List[Day], error) {
	out := feature.List[Day]{Items: []Day{}}
	where, err := zoneOf(req.Zone)
	if err != nil {
		return out, err
	}
	err = s.numbered(ctx, req.Conversation, func(v *view) error {
		out.Items, out.Total = v.rows.days(where, s.Now()), len(v.rows)
		return nil
	})
	return out, err
}

// days counts the rows of each day, oldest first. A clock that runs ahead is taken back to now, as messages show it.
func (r rows) days(where *time.Location, now time.Time) []Day {
	found := map[string]*Day{}
	var from, to time.Time
	var day *Day
	for i, rank := range r {
		at := protocol.Time(rank.HLC(), now).In(where)
		if day == nil || at.Before(from) || !at.Before(to) {
			y, m, d := at.Date()
			from = time.Date(y, m, d, 0, 0, 0, 0, where)
			to = from.AddDate(0, 0, 1)
			name := at.Format(time.DateOnly)
			if day = found[name]; day == nil {
				day = &Day{Day: name, First: i}
				found[name] = day
			}
		}
		day.Count++
	}
	out := make([]Day, 0, len(found))
	for _, d := range found {
		out = append(out, *d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Day < out[j].Day })
	return out[max(0, len(out)-maxDays):]
}
