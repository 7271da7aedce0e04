package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// Schema is the version of the key forms and the seal. A store with a higher one is refused.
const Schema = 1

// schemaFile repeats the schema row in plain text, because the engine changes files as soon as it opens a folder and a
// newer store must stay untouched. The row decides when the file is missing.
const (
	schemaFile   = "schema"
	schemaPrefix = "conclave store "
)

var schemaKey = []byte(new(Realm).Key(Meta, Fixed([]byte("schema"))))

func refuseNewerFile(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, schemaFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimPrefix(string(b), schemaPrefix)), 10, 32)
	if err != nil {
		return fmt.Errorf("%s is not a schema version of a store", filepath.Join(dir, schemaFile))
	}
	return refuseNewer(dir, n)
}

func refuseNewer(dir string, n uint64) error {
	if n > Schema {
		return fmt.Errorf("open %s: %w (schema %d, this one knows %d)", dir, ErrNewer, n, Schema)
	}
	return nil
}

// checkSchema reads the schema row, or writes it into a new store.
func (s *Store) checkSchema(o Options) error {
	found, err := s.schemaRow()
	if err != nil {
		return err
	}
	if found == 0 {
		if err := s.writeSchemaRow(Schema); err != nil {
			return err
		}
	}
	if err := refuseNewer(o.Dir, found); err != nil {
		return err
	}
	if err := s.refuseHalfRestored(o.Dir); err != nil {
		return err
	}
	if o.InMemory {
		return nil
	}
	return writeFileDurably(o.Dir, schemaFile, fmt.Appendf(nil, "%s%d\n", schemaPrefix, Schema))
}

// schemaRow returns 0 for a store without one.
func (s *Store) schemaRow() (uint64, error) {
	t := s.db.NewTransactionAt(s.pending.committed, false)
	defer t.Discard()
	item, err := t.Get(schemaKey)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	b, err := item.ValueCopy(nil)
	if err != nil || len(b) != 4 {
		return 0, fmt.Errorf("read schema version: %w", ErrCorrupt)
	}
	return uint64(binary.BigEndian.Uint32(b)), nil
}

func (s *Store) writeSchemaRow(n uint32) error {
	t := s.db.NewTransactionAt(s.pending.committed, true)
	defer t.Discard()
	if err := t.Set(schemaKey, binary.BigEndian.AppendUint32(nil, n)); err != nil {
		return fmt.Errorf("write schema version: %w", err)
	}
	if err := t.CommitAt(s.pending.committed+1, nil); err != nil {
		return fmt.Errorf("write schema version: %w", err)
	}
	s.pending.committed++
	return nil
}

// writeFileDurably replaces a file of the folder unless it already holds b.
func writeFileDurably(dir, name string, b []byte) error {
	path := filepath.Join(dir, name)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(b) {
		return nil
	}
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return syncDir(dir)
}
