package export

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
)

// batch is how many events are read at once: all that is in memory of an export.
const batch = 200

// conversation writes one that the account sees. Each batch is read in a transaction of its own: what comes meanwhile is written
// too, and whoever loses sight of the conversation meanwhile gets no more of it.
func (s *slice) conversation(ctx context.Context, w *writer, who protocol.Account, log protocol.Log, first *bool) error {
	var head Conversation
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, who, log)
		if err != nil {
			return err
		}
		standing, err := s.StandingOf(tx, who, c)
		if err != nil {
			return err
		}
		head = Conversation{ID: log, Kind: c.Kind, Members: c.Members}
		head.Name, _, err = s.TitleOf(tx, who, c, standing)
		return err
	})
	if errors.Is(err, feature.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !*first {
		w.text(",")
	}
	*first = false
	w.text(`{"id":`)
	w.value(head.ID)
	w.text(`,"kind":`)
	w.value(head.Kind)
	w.text(`,"name":`)
	w.value(head.Name)
	w.text(`,"members":`)
	w.value(head.Members)
	w.text(`,"messages":[`)
	none := true
	for after := feature.Begin; !after.IsZero(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		if after, err = s.messages(w, who, log, after, &none); err != nil {
			return err
		}
	}
	w.text("]}")
	return errors.Join(w.err, w.Flush())
}

// messages writes what is shown of the next events behind a place, and returns where to go on, the zero place at the end.
func (s *slice) messages(w *writer, who protocol.Account, log protocol.Log, after protocol.Place, none *bool) (next protocol.Place, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, who, log)
		if errors.Is(err, feature.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r := feature.Range{After: after, Limit: batch}
		if c.Group() {
			r.For = who
		}
		page, err := s.Timeline.Page(tx, log, r)
		if err != nil {
			return err
		}
		for _, e := range page {
			m, ok, err := s.ShowMessage(tx, who, c, e)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if !*none {
				w.text(",\n")
			}
			*none = false
			w.value(m)
		}
		if len(page) == batch {
			next = page[batch-1].Place()
		}
		return w.err
	})
	return next, err
}
