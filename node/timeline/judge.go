package timeline

import (
	"fmt"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// Rejudge hides and shows the events of authors as the membership of a group now has it. Projections of what is shown again
// run; those of what is hidden are taken back. It reads the whole log once.
func (t *Timeline) Rejudge(tx feature.Tx, log protocol.Log, authors []protocol.Account) error {
	b, err := t.book(tx, log)
	if err != nil {
		return err
	}
	return b.stamped(func(r record, e *protocol.Event) error {
		if !slices.Contains(authors, e.Author) {
			return nil
		}
		shown, err := t.Groups.Judge(tx, e, markOf(e, *r.Stamp))
		if err != nil {
			return fmt.Errorf("judge a logged event: %w", err)
		}
		if hidden := r.Flags&flagHidden != 0; shown != hidden {
			return nil
		}
		return t.turn(b, r)
	})
}

// turn shows what was hidden and hides what was shown.
func (t *Timeline) turn(b *book, r record) error {
	entry, err := r.entry()
	if err != nil {
		return err
	}
	flags := r.Flags ^ flagHidden
	if err := b.save(entry, flags); err != nil {
		return err
	}
	switch {
	case flags&flagVoid != 0:
		return nil
	case flags&flagHidden != 0:
		return t.withdraw(b.tx, entry)
	}
	return t.publish(b.tx, entry)
}

// Marks tells how far the events of an author go that are shown here, for each of its devices that has any: what a fence names
// that lets all of them pass. It reads the whole log once.
func (t *Timeline) Marks(tx feature.Tx, log protocol.Log, author protocol.Account) ([]membership.Mark, error) {
	b, err := t.book(tx, log)
	if err != nil {
		return nil, err
	}
	var marks []membership.Mark
	err = b.stamped(func(r record, e *protocol.Event) error {
		if e.Author == author && r.Flags&flagsUnseen == 0 {
			marks = membership.NewFence(append(marks, markOf(e, *r.Stamp))...)
		}
		return nil
	})
	return marks, err
}

// stamped calls fn with all group events of a log as it is now, in its order. fn may write.
func (b *book) stamped(fn func(record, *protocol.Event) error) error {
	return b.tx.Scan(b.realm, b.realm.Key(storage.Log), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := decodeRecord(v)
		if err != nil || r.Stamp == nil {
			return err == nil, err
		}
		e, err := r.event()
		if err != nil {
			return false, err
		}
		return true, fn(r, e)
	})
}
