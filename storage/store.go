// Package storage keeps a node's rows on disk: an ordered map of sealed values under keys that tell a thief nothing, changed
// by transactions that are on the disk before they are reported done.
//
// It promises: Update returns only after its transaction has been committed and synced, together with everything its closure
// saw; transactions are serialisable and whole, also over a crash; a value that was changed, swapped or cut on disk is
// reported as ErrCorrupt, never returned; after the first failed sync nothing is accepted any more (ErrReadOnly), reads go on.
//
// It refuses: a folder that another process uses (ErrLocked), a store of a newer schema (ErrNewer, nothing touched), one whose files are
// damaged or that lost what it had reported as stored (ErrDamaged), values
// above MaxValue, and new data when the disk is nearly full (ErrDiskFull).
//
// It is the only importer of Badger. Key forms are declared in tables.go; the rules are SPEC.md, keys at rest.
package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// MaxValue is the size in bytes of the largest value that Put takes, before sealing.
const MaxValue = 512 << 10

var (
	ErrNotFound = errors.New("no such row")
	ErrCorrupt  = errors.New("row does not open: it was changed on disk or belongs to other keys")
	ErrLocked   = errors.New("the data folder is in use by another process")
	ErrNewer    = errors.New("the data folder was written by a newer version")
	ErrWrongKey = errors.New("the data folder was written under another node key")
	ErrReadOnly = errors.New("the store is read-only after a disk error")
	ErrDiskFull = errors.New("the disk is nearly full")
	ErrClosed   = errors.New("the store is closed")
	ErrTooLarge = errors.New("more than one row or transaction may hold")
	ErrNested   = errors.New("Update called inside an Update or a commit hook of the same store")
	ErrMisuse   = errors.New("transaction used outside its closure, or to write what it may not")
)

// Options say where a store lives. The zero Disk takes the default thresholds.
type Options struct {
	Dir      string   // created with mode 0700 if missing
	InMemory bool     // no folder, no lock, nothing outlives Close; everything else behaves alike
	Memory   *Memory  // of a store InMemory: what keeps its rows beyond Close, nil for nothing
	Key      [32]byte // key of Badger's own encryption, the outer layer, derived by the caller from the node master
	Logger   *slog.Logger
	Disk     Disk
	// AcceptLoss opens a store that lost what it had reported as stored. Whoever talks to others must not go on where it stood: they may
	// know more.
	AcceptLoss bool
}

// Store is an open store. All methods are safe for concurrent use.
type Store struct {
	db     *badger.DB
	log    *slog.Logger
	disk   *guard
	mark   *mark                           // nil without a folder
	memory *Memory                         // nil where Close forgets, or the rows lie in a folder
	commit func(*badger.Txn, uint64) error // the edge to the disk; a test makes it fail

	// turn holds a token while a closure of Update runs. One turn for the whole store makes transactions serialisable with no
	// lock order and hence no deadlock; closures take tens of microseconds, a sync takes thousands, and the turn is not
	// held while the committer syncs.
	turn chan struct{}

	pending pending  // what is queued, and which snapshots are read
	limits  txLimits // what Badger takes in one transaction
	commits commits

	hooking  atomic.Bool
	stop     chan struct{} // closed by Close when no call is left
	stopped  sync.WaitGroup
	life     life
	failOnce sync.Once
	failed   chan struct{}
	cause    atomic.Pointer[error]
}

// Open opens the store of a folder, or makes one. It fails with ErrLocked, ErrNewer, ErrWrongKey or a sentence that names the folder.
func Open(o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		log:    o.Logger,
		commit: func(t *badger.Txn, ts uint64) error { return t.CommitAt(ts, nil) },
		turn:   make(chan struct{}, 1),
		stop:   make(chan struct{}),
		failed: make(chan struct{}),
	}
	s.life.init()
	if !o.InMemory {
		if err := prepareDir(o.Dir); err != nil {
			return nil, err
		}
		g, err := newGuard(o.Dir, o.Disk)
		if err != nil {
			return nil, err
		}
		s.disk = g
		if s.mark, err = openMark(o.Dir); err != nil {
			return nil, err
		}
		if err := s.mark.checkFiles(o.Dir, o.AcceptLoss); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", o.Dir, err), s.mark.close())
		}
	}
	open := openBadger
	if o.InMemory && o.Memory != nil {
		s.memory, s.commit, open = o.Memory, o.Memory.commit, o.Memory.open
	}
	db, err := open(o, s.fail)
	if err != nil {
		return nil, errors.Join(err, s.mark.close())
	}
	s.db = db
	s.limits = limitsOf(db)
	s.pending.init(db.MaxVersion())
	if err := s.checkCommits(o.Dir, o.AcceptLoss); err != nil {
		return nil, errors.Join(err, s.closeEngine(), s.mark.close())
	}
	if s.mark != nil && !o.AcceptLoss && !s.isLarge() {
		if err := s.verify(); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", o.Dir, err), s.closeEngine(), s.mark.close())
		}
	}
	if err := s.checkSchema(o); err != nil {
		return nil, errors.Join(err, s.closeEngine(), s.mark.close())
	}
	db.SetDiscardTs(s.pending.committed)
	s.stopped.Add(1)
	go s.runCommitter()
	return s, nil
}

// Close waits for running calls, among them every queued Update, and closes the files. Later calls answer ErrClosed.
func (s *Store) Close() error {
	if !s.life.close() {
		return ErrClosed
	}
	close(s.stop)
	s.stopped.Wait()
	err := s.closeEngine()
	if err == nil && s.mark != nil {
		err = s.mark.set(s.mark.last)
	}
	if err = errors.Join(err, s.mark.close()); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

func (s *Store) closeEngine() error {
	if s.memory != nil {
		return nil // it lives as long as its Memory
	}
	return s.db.Close()
}

// View runs fn on a consistent snapshot of committed, synced data; it never waits for a writer. The Tx ends with fn.
func (s *Store) View(fn func(*Tx) error) error {
	if !s.life.enter() {
		return ErrClosed
	}
	defer s.life.leave()
	tx := s.begin(false)
	defer tx.end()
	return fn(tx)
}

// Update runs fn with the right to write and returns after its transaction has been committed and synced. If fn returns an
// error or panics, nothing is written. ctx is honoured while Update waits for its turn and for room in the queue; once
// queued it waits for the outcome. Closures run one at a time and see all earlier ones, committed or queued, so they must
// not do I/O. An error of fn is returned as it is, after all that fn could see has become durable.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	if !s.life.enter() {
		return ErrClosed
	}
	defer s.life.leave()
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	e, err := s.runTurn(ctx, fn)
	if e == nil {
		return err
	}
	<-e.done
	if e.err != nil {
		return e.err
	}
	return err
}

// Err returns nil, or why the store is read-only.
func (s *Store) Err() error {
	if p := s.cause.Load(); p != nil {
		return *p
	}
	return nil
}

// ReadOnly returns a channel that is closed when the store turns read-only.
func (s *Store) ReadOnly() <-chan struct{} { return s.failed }

func (s *Store) fail(cause error) {
	s.failOnce.Do(func() {
		s.cause.Store(&cause)
		close(s.failed)
	})
}

func (s *Store) readOnlyError() error {
	if err := s.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return nil
}

// life counts running calls, so that Close never pulls the files from under one.
type life struct {
	mu     sync.Mutex
	idle   *sync.Cond
	calls  int
	closed bool
}

func (l *life) init() { l.idle = sync.NewCond(&l.mu) }

func (l *life) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.calls++
	return true
}

func (l *life) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls--
	if l.calls == 0 {
		l.idle.Broadcast()
	}
}

// close reports whether it was the first to close, after the last call has left.
func (l *life) close() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.closed = true
	for l.calls > 0 {
		l.idle.Wait()
	}
	return true
}
