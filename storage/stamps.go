package storage

import (
	"fmt"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// Version numbers the state that a reader sees: it grows with every commit that writes rows, as long as the store is open.
func (tx *Tx) Version() uint64 { return tx.version }

// Stamps calls fn with the keys under prefix behind another key, in order, and the version of the commit that wrote each row,
// until fn returns false. A row whose version is not beyond that of an earlier reader is what that reader saw. No value is
// opened. It is for readers: what a writer sees has no versions yet, and is ErrMisuse.
func (tx *Tx) Stamps(r *Realm, prefix, behind Key, fn func(k Key, version uint64) (more bool)) error {
	if tx.ended || tx.writable || !r.owns(prefix) || !strings.HasPrefix(string(behind), string(prefix)) {
		return fmt.Errorf("read the versions of table %s: %w", prefix.Table(), ErrMisuse)
	}
	it := tx.read.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
	defer it.Close()
	for it.Seek([]byte(behind)); it.Valid(); it.Next() {
		item := it.Item()
		k := Key(item.Key())
		if k == behind {
			continue
		}
		if !fn(k, item.Version()) {
			return nil
		}
	}
	return nil
}
