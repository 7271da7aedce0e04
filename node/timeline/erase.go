package timeline

import (
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Erase implements feature.Timeline. The row keeps its header, from which the id is made, its flags and its stamp: peers are given it
// like any other, and verify it (SPEC.md, deletions).
func (t *Timeline) Erase(tx feature.Tx, log protocol.Log, id protocol.EventID, may func(feature.Entry) (bool, error)) error {
	b, err := t.book(tx, log)
	if err != nil {
		return err
	}
	p, err := b.place(id)
	if errors.Is(err, storage.ErrNotFound) {
		return feature.ErrNotFound
	}
	if err != nil {
		return err
	}
	entry, flags, err := b.load(p)
	if err != nil {
		return err
	}
	if ok, err := may(entry); err != nil || !ok || entry.Erased() {
		return err
	}
	if flags&flagsUnseen == 0 {
		if err := t.Registry.Withdraw(tx, entry); err != nil {
			return err
		}
	}
	entry.Event = entry.Erase()
	if err := b.save(entry, flags); err != nil {
		return fmt.Errorf("erase an event: %w", err)
	}
	return nil
}

// left is what is logged of an event that came: all of it, unless it was deleted before.
func (t *Timeline) left(tx feature.Tx, entry feature.Entry) (*protocol.Event, error) {
	gone, err := t.Registry.Gone(tx, entry)
	if err != nil {
		return nil, fmt.Errorf("look whether an event was deleted: %w", err)
	}
	if gone {
		return entry.Erase(), nil
	}
	return entry.Event, nil
}

// Withheld tells of an erased event that another node gives on whether it should have given the body too.
func (t *Timeline) Withheld(tx feature.Tx, e *protocol.Event) (bool, error) {
	return t.Registry.Withheld(tx, e)
}
