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
type rows struct{ ranks feature.Ranks }

// rows leaves out what the viewer cleared, and what was said in a group before the viewer could read it.
func (v *view) rows() (rows, error) {
	ranks, err := v.Timeline.Ranks(v.tx, v.talk.Log)
	if err != nil {
		return rows{}, err
	}
	if !v.veil.After.IsZero() {
		behind := v.veil.After
		behind.HLC++ // behind the row and its like
		ranks = ranks[ranks.Before(behind):]
	}
	if !v.group || len(ranks) == 0 {
		return rows{ranks}, nil
	}
	// Whoever may read a row may read what follows: the first one is found by halving.
	first := sort.Search(len(ranks), func(i int) bool {
		if err != nil {
			return true
		}
		var near []feature.Entry
		near, err = v.Timeline.Page(v.tx, v.talk.Log, feature.Range{After: rows{ranks}.behind(i), Limit: 1})
		if err != nil || len(near) == 0 {
			return true
		}
		var readable bool
		readable, err = v.Readable(v.tx, v.viewer, v.talk, near[0])
		return readable
	})
	return rows{ranks[first:]}, err
}

// number gives messages their ordinals.
func (v *view) number(r rows, items []Message) {
	for i := range items {
		n := r.ranks.Before(v.places[items[i].ID])
		items[i].Ordinal = &n
	}
}

// beginning is before every row.
var beginning = protocol.Place{Ord: 1}

// behind returns the place behind which the row of a number comes first.
func (r rows) behind(n int) protocol.Place {
	switch n = min(n, len(r.ranks)); {
	case n > 0:
		return r.ranks[n-1].Place()
	case len(r.ranks) == 0:
		return beginning
	}
	p := r.ranks[0].Place()
	if p.HLC == 0 {
		return beginning
	}
	p.HLC--
	return p
}

// around is the window whose middle is a number.
func (r rows) around(n int) window {
	if n >= len(r.ranks) {
		return window{before: feature.End}
	}
	return window{before: r.ranks[n].Place(), after: r.behind(n)}
}

// since returns the number of the first row that was written at a moment or later. Clocks differ, so that a row of a later time
// may stand before it.
func (r rows) since(from time.Time) int {
	at := uint64(max(0, from.UnixMilli())) << 16
	for i, rank := range r.ranks {
		if rank.HLC() >= at {
			return i
		}
	}
	return len(r.ranks)
}

// dayOf returns when a day begins and ends in a time zone.
func dayOf(day, zone string) (from, to time.Time, err error) {
	where, err := zoneOf(zone)
	if err != nil {
		return from, to, err
	}
	if from, err = time.ParseInLocation(time.DateOnly, day, where); err != nil {
		return from, to, feature.ErrBadRequest.With("A day is written as 2026-11-23.")
	}
	return from, from.AddDate(0, 0, 1), nil
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
	viewer := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		v, err := s.view(tx, viewer, c)
		if err != nil {
			return err
		}
		r, err := v.rows()
		out.Items, out.Total = r.days(where, s.Now()), len(r.ranks)
		return err
	})
	return out, err
}

// days counts the rows of each day, oldest first. A clock that runs ahead is taken back to now, as messages show it.
func (r rows) days(where *time.Location, now time.Time) []Day {
	found := map[string]*Day{}
	var from, to time.Time
	var day *Day
	for i, rank := range r.ranks {
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
