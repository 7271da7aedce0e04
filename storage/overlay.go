package storage

import (
	"slices"
	"sync"

	"github.com/tidwall/btree"
)

// What may wait for the committer before Update makes its callers wait.
const (
	maxQueueBytes = 8 << 20
	maxQueueTxs   = 4096
)

// write is what a transaction leaves of a row: its sealed value, nil once deleted.
type write struct {
	sealed []byte
	seq    uint64 // of the entry that wrote it
}

type rows = btree.Map[string, write]

// entry is a finished transaction on its way to the disk. err may be read once done is closed.
type entry struct {
	seq   uint64
	rows  *rows
	bytes int
	hooks []func()
	done  chan struct{}
	err   error
}

// pending is what stands between the closures and the disk: the queue, the latest queued write of every row, and the
// snapshots in use. A transaction takes the committed version and a copy of the overlay in one step, and the committer
// moves both in one step, so a row is seen in exactly one of the two.
type pending struct {
	mu        sync.Mutex // guards all below but the channels; held for map work only
	overlay   *rows
	queue     []*entry
	txs       int // queued and being committed
	bytes     int
	lastSeq   uint64
	committed uint64 // version of the newest synced commit
	readers   map[uint64]int

	wake chan struct{} // one token: the queue is not empty
	room chan struct{} // one token: something left the queue
}

func (p *pending) init(committed uint64) {
	p.overlay = new(rows)
	p.committed = committed
	p.readers = make(map[uint64]int)
	p.wake = make(chan struct{}, 1)
	p.room = make(chan struct{}, 1)
}

// snapshot returns the version to read at, and for a writer the queued rows, which stay as they are now.
func (p *pending) snapshot(writer bool) (uint64, *rows) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers[p.committed]++
	if !writer {
		return p.committed, nil
	}
	return p.committed, p.overlay.IsoCopy()
}

func (p *pending) release(version uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers[version]--; p.readers[version] == 0 {
		delete(p.readers, version)
	}
}

// waiting is what is queued or being committed, in transactions and bytes.
func (p *pending) waiting() (txs, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.txs, p.bytes
}

func (p *pending) hasRoom() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes < maxQueueBytes && p.txs < maxQueueTxs
}

// add queues a transaction and shows its rows to the next one.
func (p *pending) add(e *entry) {
	p.mu.Lock()
	p.lastSeq++
	e.seq = p.lastSeq
	e.rows.Scan(func(key string, w write) bool {
		w.seq = e.seq
		p.overlay.Set(key, w)
		return true
	})
	p.queue = append(p.queue, e)
	p.txs++
	p.bytes += e.bytes
	p.mu.Unlock()
	signal(p.wake)
}

// take removes what one commit may hold from the front of the queue: at least one transaction if there is any.
func (p *pending) take(bytes, rows, txs int) []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for ; n < len(p.queue) && n < txs; n++ {
		e := p.queue[n]
		bytes -= e.bytes
		rows -= e.rows.Len()
		if n > 0 && (bytes < 0 || rows < 0) {
			break
		}
	}
	batch := slices.Clone(p.queue[:n])
	clear(p.queue[:n]) // lets go of what is committed
	p.queue = p.queue[n:]
	return batch
}

// finish moves the rows of a batch from the overlay to the committed version, and returns the oldest version still read.
func (p *pending) finish(batch []*entry, committed uint64) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.committed = committed
	for _, e := range batch {
		e.rows.Scan(func(key string, _ write) bool {
			if w, ok := p.overlay.Get(key); ok && w.seq == e.seq {
				p.overlay.Delete(key)
			}
			return true
		})
		p.txs--
		p.bytes -= e.bytes
	}
	oldest := p.committed
	for v := range p.readers {
		oldest = min(oldest, v)
	}
	signal(p.room)
	return oldest
}

func (p *pending) version() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.committed
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
