package storage

import (
	"fmt"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/tidwall/btree"
)

// ScanOptions choose a part and a direction. The zero value means all rows, ascending, with their values.
type ScanOptions struct {
	Reverse  bool
	From     Key // begin behind this key, in the direction of the scan; it must begin with the prefix and need not exist
	KeysOnly bool
	Limit    int // 0: no limit
}

// Scan calls fn with the rows under prefix in key order until fn returns false or an error. It shows the rows as they are when
// it begins: fn may write and delete, also rows ahead, without changing what the scan sees. A value that does not open
// ends the scan with ErrCorrupt.
func (tx *Tx) Scan(r *Realm, prefix Key, o ScanOptions, fn func(k Key, v []byte) (more bool, err error)) error {
	if tx.ended || !r.owns(prefix) || !strings.HasPrefix(string(o.From), string(prefix)) && o.From != "" {
		return fmt.Errorf("scan table %s: %w", prefix.Table(), ErrMisuse)
	}
	disk := newDiskCursor(tx.read, prefix, o)
	defer disk.it.Close()
	sources := []cursor{disk} // newest first, so that a tie shows the newest
	if tx.writable {
		sources = []cursor{newMapCursor(tx.written.IsoCopy(), prefix, o), newMapCursor(tx.queued, prefix, o), disk}
	}
	for n := 0; o.Limit == 0 || n < o.Limit; {
		src := first(sources, o.Reverse)
		if src == nil {
			return nil
		}
		k := src.key()
		var v []byte
		live, err := src.open(func(sealed []byte) (err error) {
			if !o.KeysOnly {
				v, err = r.open(Key(k), sealed)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, c := range sources {
			if c.valid() && c.key() == k {
				c.next()
			}
		}
		if !live {
			continue
		}
		n++
		if more, err := fn(Key(k), v); err != nil || !more {
			return err
		}
	}
	return nil
}

// cursor walks the rows under a prefix in one direction.
type cursor interface {
	valid() bool
	key() string
	open(func(sealed []byte) error) (live bool, err error) // live is false, and fn not called, for a deleted row
	next()
}

func first(sources []cursor, reverse bool) cursor {
	var best cursor
	for _, c := range sources {
		if !c.valid() {
			continue
		}
		if best == nil || !reverse && c.key() < best.key() || reverse && c.key() > best.key() {
			best = c
		}
	}
	return best
}

type mapCursor struct {
	it      btree.MapIter[string, write]
	prefix  string
	reverse bool
	ok      bool
}

func newMapCursor(m *rows, prefix Key, o ScanOptions) *mapCursor {
	c := &mapCursor{it: m.Iter(), prefix: string(prefix), reverse: o.Reverse}
	switch {
	case o.Reverse:
		if c.it.Seek(start(prefix, o)) {
			c.ok = c.it.Prev()
		} else {
			c.ok = c.it.Last()
		}
	default:
		c.ok = c.it.Seek(start(prefix, o))
		if c.ok && c.it.Key() == string(o.From) {
			c.ok = c.it.Next()
		}
	}
	return c
}

func (c *mapCursor) valid() bool { return c.ok && strings.HasPrefix(c.it.Key(), c.prefix) }
func (c *mapCursor) key() string { return c.it.Key() }

func (c *mapCursor) open(fn func([]byte) error) (bool, error) {
	sealed := c.it.Value().sealed
	if sealed == nil {
		return false, nil
	}
	return true, fn(sealed)
}

func (c *mapCursor) next() {
	if c.reverse {
		c.ok = c.it.Prev()
	} else {
		c.ok = c.it.Next()
	}
}

// diskCursor walks the committed rows. Rows that are written again and again, or were deleted, lie in the engine in many
// versions until a compaction; going forward it sees all of them and leaps over the old ones, where the engine would step.
type diskCursor struct {
	it      *badger.Iterator
	reverse bool
	current string
}

// maxSteps is how many old versions of a row are stepped over before a leap is cheaper.
const maxSteps = 4

func newDiskCursor(t *badger.Txn, prefix Key, o ScanOptions) *diskCursor {
	it := t.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix), Reverse: o.Reverse, AllVersions: !o.Reverse})
	c := &diskCursor{it: it, reverse: o.Reverse}
	it.Seek([]byte(start(prefix, o)))
	c.settle()
	if c.valid() && c.current == string(o.From) {
		c.next()
	}
	return c
}

// settle stops at a row that is there, seen from the newest version of some row.
func (c *diskCursor) settle() {
	for c.it.Valid() {
		c.current = string(c.it.Item().Key())
		if c.reverse || !c.it.Item().IsDeletedOrExpired() {
			return
		}
		c.leave()
	}
}

// leave goes on to the newest version of the next row.
func (c *diskCursor) leave() {
	for range maxSteps {
		c.it.Next()
		if c.reverse || !c.it.Valid() || string(c.it.Item().Key()) != c.current {
			return
		}
	}
	c.it.Seek([]byte(c.current + "\x00"))
}

func (c *diskCursor) valid() bool { return c.it.Valid() }
func (c *diskCursor) key() string { return c.current }

func (c *diskCursor) open(fn func([]byte) error) (bool, error) {
	if err := c.it.Item().Value(fn); err != nil {
		return false, err
	}
	return true, nil
}

func (c *diskCursor) next() {
	c.leave()
	c.settle()
}

// start is where to seek: From, or the end of the prefix that the scan begins at. Keys are shorter than the end it names.
func start(prefix Key, o ScanOptions) string {
	switch {
	case o.From != "":
		return string(o.From)
	case o.Reverse:
		return string(prefix) + strings.Repeat("\xff", maxKey)
	}
	return string(prefix)
}
