package floor

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"golang.org/x/crypto/chacha20poly1305"
)

// store is Badger with sealed values and one committer, which packs what waits into one synced transaction.
type store struct {
	db    *badger.DB
	aead  cipher.AEAD
	seq   atomic.Uint64
	queue chan row
	ended chan struct{}
}

type row struct {
	key, value []byte
	done       chan error
}

// maxBatch is how many rows share a sync.
const maxBatch = 512

func openStore(dir string) (*store, error) {
	aead, err := chacha20poly1305.NewX(make([]byte, 32))
	if err != nil {
		return nil, err
	}
	opt := badger.DefaultOptions(dir).WithSyncWrites(true).WithLogger(nil).WithDetectConflicts(false).WithMetricsEnabled(false).
		WithEncryptionKey(make([]byte, 32)).WithCompression(options.None).WithValueThreshold(1 << 20).WithValueLogFileSize(1 << 20).
		WithMemTableSize(16 << 20).WithNumMemtables(2).WithBlockCacheSize(32 << 20).WithIndexCacheSize(32 << 20)
	db, err := badger.Open(opt)
	if err != nil {
		return nil, fmt.Errorf("open a store: %w", err)
	}
	s := &store{db: db, aead: aead, queue: make(chan row, maxBatch), ended: make(chan struct{})}
	go s.commit()
	return s, nil
}

func (s *store) close() error {
	close(s.queue)
	<-s.ended
	return s.db.Close()
}

// put seals a value and returns once it is durable.
func (s *store) put(plain []byte) error {
	r := s.later(plain)
	return <-r
}

// later is put that does not wait.
func (s *store) later(plain []byte) <-chan error {
	done := make(chan error, 1)
	s.queue <- row{key: binary.BigEndian.AppendUint64(nil, s.seq.Add(1)), value: sealWith(s.aead, plain), done: done}
	return done
}

func (s *store) commit() {
	defer close(s.ended)
	for first := range s.queue {
		batch := []row{first}
	more:
		for len(batch) < maxBatch {
			select {
			case r, ok := <-s.queue:
				if !ok {
					break more
				}
				batch = append(batch, r)
			default:
				break more
			}
		}
		err := s.db.Update(func(tx *badger.Txn) error {
			for _, r := range batch {
				if err := tx.Set(r.key, r.value); err != nil {
					return err
				}
			}
			return nil
		})
		for _, r := range batch {
			r.done <- err
		}
	}
}

// newest opens the newest rows, newest first.
func (s *store) newest(n int) (out [][]byte, err error) {
	err = s.db.View(func(tx *badger.Txn) error {
		it := tx.NewIterator(badger.IteratorOptions{Reverse: true})
		defer it.Close()
		for it.Rewind(); it.Valid() && len(out) < n; it.Next() {
			if err := it.Item().Value(func(sealed []byte) error {
				size := s.aead.NonceSize()
				plain, err := s.aead.Open(nil, sealed[:size], sealed[size:], nil)
				out = append(out, plain)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
