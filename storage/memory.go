package storage

import (
	"errors"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// ErrCut is why a store on a Memory that was cut takes nothing any more.
var ErrCut = errors.New("the power was cut")

// Memory keeps rows without a folder beyond the Close of a store, for the next one that is opened on it, and fails as disks
// do. It is for simulations. One store at a time is open on it; the zero Memory is empty. Safe for concurrent use.
type Memory struct {
	// Fault is asked at the end of every closure of an Update that changes something; its error is that of the closure, of
	// which then nothing stays. It is set while no store is open; nil is none.
	Fault func() error

	mu   sync.Mutex
	rows Rows
	db   *badger.DB
	cut  bool
}

// Rows is what a Memory holds at one moment. It never changes; any number of others may begin with it.
type Rows struct{ list []sealedRow }

// sealedRow is a row as the engine has it.
type sealedRow struct{ key, value []byte }

// open returns the engine, the same for every store.
func (m *Memory) open(o Options, fail func(error)) (*badger.DB, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = false
	if m.db != nil {
		return m.db, nil
	}
	db, err := openBadger(o, fail)
	if err != nil {
		return nil, err
	}
	if err := load(db, m.rows); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	m.db, m.rows = db, Rows{}
	return db, nil
}

// BeginWith has the first store on an empty Memory find rows, which were written under the same keys.
func (m *Memory) BeginWith(r Rows) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = r
}

// Rows returns what is committed. No store may be open.
func (m *Memory) Rows() (r Rows, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.db == nil {
		return m.rows, nil
	}
	t := m.db.NewTransactionAt(m.db.MaxVersion(), false)
	defer t.Discard()
	it := t.NewIterator(badger.DefaultIteratorOptions)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		value, err := item.ValueCopy(nil)
		if err != nil {
			return Rows{}, err
		}
		r.list = append(r.list, sealedRow{item.KeyCopy(nil), value})
	}
	return r, nil
}

// load writes rows into an engine that has none.
func load(db *badger.DB, r Rows) error {
	if len(r.list) == 0 {
		return nil
	}
	b := db.NewWriteBatchAt(1)
	defer b.Cancel()
	for _, row := range r.list {
		if err := b.SetEntryAt(&badger.Entry{Key: row.key, Value: row.value}, 1); err != nil {
			return err
		}
	}
	return b.Flush()
}

// Cut ends all writing at once, as a power cut: what is not committed never will be. The next Open goes on with what is.
func (m *Memory) Cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = true
}

// Close forgets all rows. No store may be open.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.db == nil {
		return nil
	}
	db := m.db
	m.db = nil
	return db.Close()
}

func (m *Memory) commit(t *badger.Txn, ts uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut {
		return ErrCut
	}
	return t.CommitAt(ts, nil)
}

// fault is nil for a store that lies in a folder.
func (m *Memory) fault() error {
	if m == nil || m.Fault == nil {
		return nil
	}
	return m.Fault()
}
