package storage

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"conclave/crypto/canon"
)

// Tx is a transaction, valid inside its closure and for one goroutine. A writer's Tx reads its own writes over queued ones
// over the committed snapshot.
type Tx struct {
	store    *Store
	read     *badger.Txn
	version  uint64
	queued   *rows // nil for a reader
	written  rows
	bytes    int
	hooks    []func()
	writable bool
	ended    bool
	err      error       // a misuse that fails the transaction
	known    map[any]any // what Remember keeps
}

func (s *Store) begin(writer bool) *Tx {
	tx := &Tx{store: s, writable: writer}
	tx.version, tx.queued = s.pending.snapshot(writer)
	tx.read = s.db.NewTransactionAt(tx.version, false)
	return tx
}

func (tx *Tx) end() {
	tx.ended = true
	tx.read.Discard()
	tx.store.pending.release(tx.version)
}

// Writable says whether the transaction may write.
func (tx *Tx) Writable() bool { return tx.writable && !tx.ended }

// Remember returns the answer to a question, which it asks once in a reading transaction: that sees one moment of the store, so the answer stays
// the same. What a message of a group changes is told to each local member in one such transaction, and most of them ask for the same. A
// transaction that may write asks each time. The question's type keeps it apart from those of others; the answer is shared and must not be changed.
func Remember[Q comparable, A any](tx *Tx, question Q, ask func() (A, error)) (A, error) {
	if known, ok := tx.known[question]; ok {
		return known.(A), nil
	}
	answer, err := ask()
	if err == nil && !tx.writable && len(tx.known) < maxKnown {
		if tx.known == nil {
			tx.known = map[any]any{}
		}
		tx.known[question] = answer
	}
	return answer, err
}

// maxKnown bounds the answers that a transaction remembers.
const maxKnown = 32

// Get returns the value of a row, ErrNotFound if there is none, or ErrCorrupt if what is there is not what was put there.
func (tx *Tx) Get(r *Realm, k Key) ([]byte, error) {
	if !r.owns(k) {
		return nil, fmt.Errorf("get from table %s with a key of another realm: %w", k.Table(), ErrMisuse)
	}
	var v []byte
	err := tx.look(k, func(sealed []byte) (err error) {
		v, err = r.open(k, sealed)
		return err
	})
	return v, err
}

// Has says whether a row exists, without opening it.
func (tx *Tx) Has(k Key) (bool, error) {
	err := tx.look(k, func([]byte) error { return nil })
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// look passes the sealed value of a row to fn, which must not keep it.
func (tx *Tx) look(k Key, fn func(sealed []byte) error) error {
	if tx.ended {
		return ErrMisuse
	}
	if tx.writable {
		w, ok := tx.written.Get(string(k))
		if !ok {
			w, ok = tx.queued.Get(string(k))
		}
		if ok && w.sealed == nil {
			return ErrNotFound
		}
		if ok {
			return fn(w.sealed)
		}
	}
	item, err := tx.read.Get([]byte(k))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read table %s: %w", k.Table(), err)
	}
	return item.Value(fn)
}

// Put writes a row: v, at most MaxValue bytes, sealed under the realm's key and bound to its place. v may be reused afterwards.
func (tx *Tx) Put(r *Realm, k Key, v []byte) error {
	if !r.owns(k) || !k.Table().declared() {
		return tx.misuse(fmt.Errorf("put into table %s with a key of another realm: %w", k.Table(), ErrMisuse))
	}
	if len(v) > MaxValue {
		return fmt.Errorf("put %d bytes into table %s: %w", len(v), k.Table(), ErrTooLarge)
	}
	return tx.set(k, r.seal(k, v))
}

// Delete removes a row; it need not exist. A misuse fails the transaction.
func (tx *Tx) Delete(k Key) {
	if !k.Table().declared() || len(k) > maxKey {
		tx.misuse(fmt.Errorf("delete from table %s: %w", k.Table(), ErrMisuse))
		return
	}
	tx.set(k, nil)
}

// set buffers a sealed row. The size is what the engine will count, so that it can never refuse a commit as too large.
func (tx *Tx) set(k Key, sealed []byte) error {
	if !tx.Writable() {
		return tx.misuse(fmt.Errorf("write to table %s: %w", k.Table(), ErrMisuse))
	}
	old, had := tx.written.Set(string(k), write{sealed: sealed})
	if had {
		tx.bytes -= rowSize(string(k), old.sealed)
	}
	tx.bytes += rowSize(string(k), sealed)
	if tx.bytes > tx.store.limits.bytes || tx.written.Len() > tx.store.limits.rows {
		return tx.misuse(fmt.Errorf("transaction of %d bytes in %d rows: %w", tx.bytes, tx.written.Len(), ErrTooLarge))
	}
	return nil
}

func (tx *Tx) misuse(err error) error {
	if tx.err == nil {
		tx.err = err
	}
	return err
}

// OnCommit has fn run after the transaction is committed and synced, in the order of commits and before Update returns;
// never if it fails. Hooks run on the committer: they must be quick and must not call Update.
func (tx *Tx) OnCommit(fn func()) {
	if !tx.Writable() {
		tx.misuse(fmt.Errorf("commit hook: %w", ErrMisuse))
		return
	}
	tx.hooks = append(tx.hooks, fn)
}

// GetAs is Get of a value that PutAs wrote. Bytes that do not decode are ErrCorrupt.
func GetAs[T any](tx *Tx, r *Realm, k Key) (T, error) {
	var zero T
	b, err := tx.Get(r, k)
	if err != nil {
		return zero, err
	}
	v, err := canon.UnmarshalOwn[T](b)
	if err != nil {
		return zero, fmt.Errorf("table %s: %w: %w", k.Table(), ErrCorrupt, err)
	}
	return v, nil
}

// PutAs is Put of v in canonical CBOR.
func PutAs[T any](tx *Tx, r *Realm, k Key, v T) error {
	b, err := canon.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode row of table %s: %w", k.Table(), err)
	}
	return tx.Put(r, k, b)
}
