package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// The sizes decide what an idle node costs in memory, and how much one transaction may hold (15 % of the memtable).
const (
	memtableSize = 16 << 20
	cacheSize    = 32 << 20
	vlogFileSize = 1 << 20
	lsmThreshold = 1 << 20 // above every sealed value: Badger swallows errors of syncing its value log, so nothing may live there
)

// openBadger opens the engine in managed mode: the committer numbers the commits itself, so a snapshot neither waits for a
// sync under way nor sees rows of a commit whose sync failed.
func openBadger(o Options, fail func(error)) (*badger.DB, error) {
	dir := o.Dir
	if o.InMemory {
		dir = ""
	}
	opt := badger.DefaultOptions(dir).
		WithInMemory(o.InMemory).
		WithSyncWrites(true).
		WithDetectConflicts(false).
		WithNumVersionsToKeep(1).
		WithMemTableSize(memtableSize).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithCompactL0OnClose(true). // a clean stop takes what was deleted or overwritten off the disk
		WithBlockCacheSize(cacheSize).
		WithIndexCacheSize(cacheSize).
		WithCompression(options.None).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithValueThreshold(lsmThreshold).
		WithValueLogFileSize(vlogFileSize).
		WithMetricsEnabled(false).
		WithEncryptionKey(o.Key[:]).
		WithLogger(engineLog{o.Logger, fail})
	if o.Memory != nil {
		opt = small(opt)
	}
	db, err := openManaged(opt)
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, badger.ErrEncryptionKeyMismatch):
		return nil, fmt.Errorf("open %s: %w", dir, ErrWrongKey)
	case strings.Contains(err.Error(), "Cannot acquire directory lock"): // Badger wraps the errno away
		return nil, fmt.Errorf("open %s: %w", dir, ErrLocked)
	}
	if system := new(fs.PathError); errors.As(err, &system) || o.InMemory {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return nil, fmt.Errorf("open %s: %w: %w", dir, ErrDamaged, err)
}

// openManaged is that of the engine, which panics on some damage.
func openManaged(opt badger.Options) (db *badger.DB, err error) {
	defer func() {
		if v := recover(); v != nil {
			db, err = nil, fmt.Errorf("%v", v)
		}
	}()
	return badger.OpenManaged(opt)
}

// small is the engine of a simulation, which opens many for a few rows each. Compactors look for work 20 times a second, which is most
// of what a simulated day would cost.
func small(opt badger.Options) badger.Options {
	return opt.WithNumCompactors(0).
		WithNumLevelZeroTablesStall(1 << 10). // without compactors it would wait for ever
		WithCompactL0OnClose(false).
		WithMemTableSize(4 << 20). // a transaction still holds a value of MaxValue
		WithValueThreshold(MaxValue + 64<<10).
		WithBaseTableSize(256 << 10).
		WithBlockCacheSize(1 << 20).
		WithIndexCacheSize(1 << 20)
}

// engineLog passes Badger's lines on and takes an error line for what it is: Badger goes on after failed flushes and syncs.
type engineLog struct {
	log  *slog.Logger
	fail func(error)
}

func (l engineLog) Errorf(format string, args ...any) {
	line := strings.TrimSpace(fmt.Sprintf(format, args...))
	l.log.Error("storage engine", "line", line)
	l.fail(errors.New(line))
}

func (l engineLog) Warningf(format string, args ...any) {
	l.log.Warn("storage engine", "line", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (engineLog) Infof(string, ...any)  {}
func (engineLog) Debugf(string, ...any) {}

// prepareDir makes the folder and proves that it takes files.
func prepareDir(dir string) error {
	if dir == "" {
		return errors.New("no data folder given")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w", dir, errors.Unwrap(err))
	}
	if err := refuseNewerFile(dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w", dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// txLimits bound one Badger transaction, in Badger's own measure.
type txLimits struct {
	bytes, rows int
}

func limitsOf(db *badger.DB) txLimits {
	return txLimits{bytes: int(db.MaxBatchSize()) - 4096, rows: int(db.MaxBatchCount()) - 16}
}

// rowSize is what Badger counts for a row against its limit.
func rowSize(key string, value []byte) int { return len(key) + len(value) + 12 }
