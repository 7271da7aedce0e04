package storage

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dgraph-io/badger/v4"
)

var (
	ErrNotEmpty     = errors.New("the store already holds data")
	ErrHalfRestored = errors.New("a restore into this data folder was interrupted: remove the folder and restore again")
)

// importMark is a plain row that exists while an import runs.
var importMark = []byte(new(Realm).Key(Meta, Fixed([]byte("importing"))))

func internal(key []byte) bool {
	return string(key) == string(schemaKey) || string(key) == string(importMark) || string(key) == string(commitKey)
}

// Export calls fn with every row of the tables that include names, on one snapshot and in key order, sealed as it is stored.
// fn must not keep sealed. The rows are of no use without the keys of their realms, but keys of rows sort by time in some
// tables: an export has to be encrypted.
func (s *Store) Export(include func(Table) bool, fn func(k Key, sealed []byte) error) error {
	return s.View(func(tx *Tx) error {
		it := tx.read.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			item := it.Item()
			if internal(item.Key()) || !include(Table(item.Key()[0])) {
				continue
			}
			err := item.Value(func(sealed []byte) error { return fn(Key(item.Key()), sealed) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Import fills an empty store with rows of an Export: next returns them one after the other, to keep, and then io.EOF. If it fails,
// or the process dies, the store is marked and Open refuses it with ErrHalfRestored.
func (s *Store) Import(ctx context.Context, next func() (key, sealed []byte, err error)) error {
	if err := s.Update(ctx, beginImport); err != nil {
		return fmt.Errorf("import rows: %w", err)
	}
	for more := true; more; {
		err := s.Update(ctx, func(tx *Tx) error {
			for tx.bytes < batchBytes/2 && tx.written.Len() < tx.store.limits.rows/2 {
				k, sealed, err := next()
				if errors.Is(err, io.EOF) {
					more = false
					return nil
				}
				if err != nil {
					return err
				}
				if err := tx.importRow(Key(k), sealed); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("import rows: %w", err)
		}
	}
	if err := s.Update(ctx, func(tx *Tx) error { return tx.set(Key(importMark), nil) }); err != nil {
		return fmt.Errorf("import rows: %w", err)
	}
	return nil
}

func beginImport(tx *Tx) error {
	if tx.queued.Len() > 0 {
		return ErrNotEmpty
	}
	it := tx.read.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if !internal(it.Item().Key()) {
			return ErrNotEmpty
		}
	}
	return tx.set(Key(importMark), []byte{})
}

func (tx *Tx) importRow(k Key, sealed []byte) error {
	if !k.Table().declared() || len(k) <= prefixSize || len(k) > maxKey || internal([]byte(k)) {
		return fmt.Errorf("key of %d bytes in table %s: %w", len(k), k.Table(), ErrCorrupt)
	}
	if len(sealed) < sealSize || len(sealed) > MaxValue+sealSize {
		return fmt.Errorf("value of %d bytes in table %s: %w", len(sealed), k.Table(), ErrCorrupt)
	}
	return tx.set(k, sealed)
}

// refuseHalfRestored looks for the mark of an import that did not end.
func (s *Store) refuseHalfRestored(dir string) error {
	t := s.db.NewTransactionAt(s.pending.committed, false)
	defer t.Discard()
	_, err := t.Get(importMark)
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil
	case err == nil:
		return fmt.Errorf("open %s: %w", dir, ErrHalfRestored)
	}
	return fmt.Errorf("read import mark: %w", err)
}
