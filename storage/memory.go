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

	mu  sync.Mutex
	db  *badger.DB
	cut bool
}

// open returns the engine, the same for every store.
func (m *Memory) open(o Options, fail func(error)) (*badger.DB, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = false
	if m.db != nil {
		return m.db, nil
	}
	db, err := openBadger(o, fail)
	m.db = db
	return db, err
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
