package storage

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// eachWriter runs b.N operations, numbered from 0, on so many goroutines.
func eachWriter(b *testing.B, writers int, op func(n uint64) error) {
	b.Helper()
	var next atomic.Uint64
	var all sync.WaitGroup
	b.ResetTimer()
	for range writers {
		all.Go(func() {
			for n := next.Add(1); n <= uint64(b.N); n = next.Add(1) {
				if err := op(n - 1); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

// BenchmarkDurableWrite stores 600 bytes a transaction, on the disk before it returns, beside the engine alone, which
// syncs every transaction by itself.
func BenchmarkDurableWrite(b *testing.B) {
	value := make([]byte, 600)
	for _, writers := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("store/writers=%d", writers), func(b *testing.B) {
			s, r := openDir(b, b.TempDir()), testRealm("bench")
			defer closeStore(b, s)
			eachWriter(b, writers, func(n uint64) error {
				return s.Update(context.Background(), func(tx *Tx) error {
					return tx.Put(r, r.Key(Log, U64(n), U64(n), Fixed(value[:16])), value)
				})
			})
		})
		b.Run(fmt.Sprintf("engine/writers=%d", writers), func(b *testing.B) {
			opt := badger.DefaultOptions(b.TempDir()).WithSyncWrites(true).WithLogger(nil).WithEncryptionKey(make([]byte, 32)).WithIndexCacheSize(cacheSize)
			db, err := badger.Open(opt)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			r := testRealm("bench")
			eachWriter(b, writers, func(n uint64) error {
				return db.Update(func(tx *badger.Txn) error {
					return tx.Set([]byte(r.Key(Log, U64(n), U64(n), Fixed(value[:16]))), value)
				})
			})
		})
	}
}

func filledDir(b *testing.B, rows int) (string, *Realm) {
	b.Helper()
	dir, r := filepath.Join(b.TempDir(), "data"), testRealm("bench")
	s := openDir(b, dir)
	value := make([]byte, 600)
	for n := 0; n < rows; n += 1000 {
		update(b, s, func(tx *Tx) error {
			for i := n; i < n+1000; i++ {
				if err := tx.Put(r, r.Key(Log, U64(uint64(i)), U64(uint64(i)), Fixed(value[:16])), value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	closeStore(b, s)
	return dir, r
}

// BenchmarkPage reads the 50 rows before a random one of 100,000, as a page of messages is read.
func BenchmarkPage(b *testing.B) {
	const rows = 100_000
	dir, r := filledDir(b, rows)
	s := openDir(b, dir)
	defer closeStore(b, s)
	b.ReportAllocs()
	at := uint64(0)
	for b.Loop() {
		at = (at + 7919) % (rows - 100)
		n := 0
		err := s.View(func(tx *Tx) error {
			o := ScanOptions{Reverse: true, From: r.Key(Log, U64(at+100)), Limit: 50}
			return tx.Scan(r, r.Key(Log), o, func(Key, []byte) (bool, error) { n++; return true, nil })
		})
		if err != nil || n != 50 {
			b.Fatalf("page of %d rows, %v, want 50", n, err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, rows := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			dir, _ := filledDir(b, rows)
			for b.Loop() {
				s, err := Open(Options{Dir: dir, Key: [32]byte{1}, Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				closeStore(b, s)
				b.StartTimer()
			}
		})
	}
}
