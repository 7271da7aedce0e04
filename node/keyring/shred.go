package keyring

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
	"conclave/storage"
)

// shredFile holds the current and, while a rotation is under way, the previous key, sealed under the master key.
const shredFile = "shred.key"

// What one transaction of Rotate reads at the most; a single row may hold more bytes.
const (
	shredBatch = 64
	shredBytes = 512 << 10
)

// ErrShredded means that a row lies under a shred key that is gone.
var ErrShredded = errors.New("the row lies under a key that was destroyed")

type shredKey struct {
	_   struct{} `cbor:",toarray"`
	ID  uint64
	Key [32]byte
}

type shredKeys struct {
	Current  shredKey  `cbor:"0,keyasint"`
	Previous *shredKey `cbor:"1,keyasint,omitempty"`
}

// Shred is the outer seal of sessions, skipped keys, prekey secrets and chains: under a key that lives outside the store
// and is replaced every day, so that old states which the store's files still hold can be opened by nobody (SPEC.md, keys
// at rest). Safe for concurrent use.
type Shred struct {
	seal.Hidden
	dir  string // empty: nothing is written
	wrap [32]byte
	node *storage.Realm

	rotating sync.Mutex
	mu       sync.RWMutex // guards keys
	keys     shredKeys
}

// openShred reads the shred keys of a folder or makes the first. An empty folder name keeps them in memory.
func openShred(dir string, m *Master, node *storage.Realm) (*Shred, error) {
	s := &Shred{dir: dir, wrap: m.derive("db/shred"), node: node, keys: shredKeys{Current: newShredKey(1)}}
	if dir == "" {
		return s, nil
	}
	raw, err := readPrivate(filepath.Join(dir, shredFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, s.write(s.keys)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", shredFile, err)
	}
	plain, err := seal.Open(&s.wrap, raw, canon.Label("shred"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", shredFile, err)
	}
	defer clear(plain)
	if s.keys, err = canon.Unmarshal[shredKeys](plain); err != nil {
		return nil, fmt.Errorf("open %s: %w", shredFile, err)
	}
	return s, nil
}

// Seal seals the value of a row of the node's realm under the current key and binds it to its place. It must be called
// inside the transaction that puts the row, or a rotation could pass the row by.
func (s *Shred) Seal(k storage.Key, b []byte) []byte {
	s.mu.RLock()
	key := s.keys.Current
	s.mu.RUnlock()
	box := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(b)+seal.Overhead), key.ID)
	return seal.AppendSeal(box, rand.Reader, &key.Key, b, canon.Join("shred", []byte(k)))
}

// Open opens what Seal made. The error is ErrShredded where the key is gone, which is also what a reader sees whose
// snapshot is older than a whole rotation, or seal.ErrOpen.
func (s *Shred) Open(k storage.Key, box []byte) ([]byte, error) {
	if len(box) < 8 {
		return nil, seal.ErrOpen
	}
	key, err := s.key(binary.BigEndian.Uint64(box))
	if err != nil {
		return nil, err
	}
	return seal.Open(&key, box[8:], canon.Join("shred", []byte(k)))
}

func (s *Shred) key(id uint64) ([32]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case id == s.keys.Current.ID:
		return s.keys.Current.Key, nil
	case s.keys.Previous != nil && id == s.keys.Previous.ID:
		return s.keys.Previous.Key, nil
	}
	return [32]byte{}, ErrShredded
}

// Rotate replaces the key: it writes a new one beside the old, seals every row of the tables again, then forgets the old.
// It needs no vault. A rotation that was cut short at any point is finished by the next call.
func (s *Shred) Rotate(ctx context.Context, store *storage.Store, tables ...storage.Table) error {
	s.rotating.Lock()
	defer s.rotating.Unlock()
	s.mu.RLock()
	keys := s.keys
	s.mu.RUnlock()
	if keys.Previous == nil {
		old := keys.Current
		keys = shredKeys{Current: newShredKey(old.ID + 1), Previous: &old}
		if err := s.set(keys); err != nil {
			return fmt.Errorf("begin to rotate the shred key: %w", err)
		}
	}
	for _, t := range tables {
		if err := s.reseal(ctx, store, t, keys.Current.ID); err != nil {
			return fmt.Errorf("seal table %s again: %w", t, err)
		}
	}
	if err := s.set(shredKeys{Current: keys.Current}); err != nil {
		return fmt.Errorf("destroy the old shred key: %w", err)
	}
	clear(keys.Previous.Key[:])
	return nil
}

// reseal walks a table in small transactions, each of which sees all that earlier ones queued.
func (s *Shred) reseal(ctx context.Context, store *storage.Store, t storage.Table, current uint64) error {
	prefix := s.node.Key(t)
	var from storage.Key
	for more := true; more; {
		err := store.Update(storage.Freeing(ctx), func(tx *storage.Tx) error {
			n, bytes := 0, 0
			more = false
			return tx.Scan(s.node, prefix, storage.ScanOptions{From: from}, func(k storage.Key, v []byte) (bool, error) {
				from, n, bytes = k, n+1, bytes+len(v)
				more = n == shredBatch || bytes >= shredBytes
				if len(v) >= 8 && binary.BigEndian.Uint64(v) == current {
					return !more, nil
				}
				plain, err := s.Open(k, v)
				if err != nil {
					return !more, nil // dead already: no key that is kept would help it
				}
				defer clear(plain)
				return !more, tx.Put(s.node, k, s.Seal(k, plain))
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// set makes keys durable before they are used, and the old file's key unreachable.
func (s *Shred) set(keys shredKeys) error {
	if err := s.write(keys); err != nil {
		return err
	}
	s.mu.Lock()
	s.keys = keys
	s.mu.Unlock()
	return nil
}

func (s *Shred) write(keys shredKeys) error {
	if s.dir == "" {
		return nil
	}
	plain := canon.MustMarshal(keys)
	defer clear(plain)
	return replace(s.dir, shredFile, seal.Seal(rand.Reader, &s.wrap, plain, canon.Label("shred")))
}

func newShredKey(id uint64) shredKey {
	k := shredKey{ID: id}
	rand.Read(k.Key[:]) // never fails: the runtime ends the process instead
	return k
}
