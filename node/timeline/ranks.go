package timeline

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// The numbers of the rows of logs are kept in memory, for logs that somebody reads: they are counted once from the keys, without
// opening a row, and added to with each commit.

// maxRanks bounds the rows whose numbers are kept, 32 bytes each; the log that was read longest ago goes first.
const maxRanks = 1 << 20

// ranked is one log. Commits wait for nobody who counts.
type ranked struct {
	sync.Mutex // of counted and rows
	counted    bool
	rows       feature.Ranks // what readers have of it never changes
	size       atomic.Int64  // of rows
	used       uint64        // under the lock of the rankings

	mu   sync.Mutex
	late feature.Ranks // came since, in the order of commits
}

// rankings are those of all logs, by the key of the log's rows, which is another one after a log was forgotten.
type rankings struct {
	sync.Mutex
	logs map[storage.Key]*ranked
	uses uint64
}

// Ranks implements feature.Timeline.
func (t *Timeline) Ranks(tx feature.Tx, log protocol.Log) (feature.Ranks, error) {
	realm, err := t.Keys.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	r := t.ranks.of(realm.Key(storage.Log))
	r.Lock()
	defer r.Unlock()
	if !r.counted {
		// What was committed from here on is noted; what was before is in a new reader's sight.
		if err := t.Store.View(func(tx feature.Tx) (err error) {
			r.rows, err = countRanks(tx, realm)
			return err
		}); err != nil {
			return nil, err
		}
		r.counted = true
		defer t.ranks.bound()
	}
	r.settle()
	return r.rows, nil
}

// of returns the ranks of a log and notes that they are in use.
func (a *rankings) of(k storage.Key) *ranked {
	a.Lock()
	defer a.Unlock()
	r := a.logs[k]
	if r == nil {
		r = &ranked{}
		a.logs[k] = r
	}
	a.uses++
	r.used = a.uses
	return r
}

// note takes a row that was committed, of a log whose rows are counted or being counted.
func (a *rankings) note(k storage.Key, p protocol.Place) {
	a.Lock()
	r := a.logs[k]
	a.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	r.late = append(r.late, feature.RankOf(p))
	r.mu.Unlock()
}

// bound forgets logs, those that were used longest ago first.
func (a *rankings) bound() {
	a.Lock()
	defer a.Unlock()
	total := 0
	for _, r := range a.logs {
		total += int(r.size.Load())
	}
	for total > maxRanks && len(a.logs) > 1 {
		var oldest storage.Key
		for k, r := range a.logs {
			if o := a.logs[oldest]; o == nil || r.used < o.used {
				oldest = k
			}
		}
		total -= int(a.logs[oldest].size.Load())
		delete(a.logs, oldest)
	}
}

// settle joins what came late.
func (r *ranked) settle() {
	r.mu.Lock()
	late := r.late
	r.late = nil
	r.mu.Unlock()
	slices.SortFunc(late, compareRanks)
	if len(late) > 0 && len(r.rows) > 0 && compareRanks(late[0], r.rows[len(r.rows)-1]) <= 0 {
		rows := slices.Concat(r.rows, late) // something stands before what readers have already: they keep theirs
		slices.SortFunc(rows, compareRanks)
		r.rows = slices.Compact(rows)
	} else {
		r.rows = append(r.rows, slices.Compact(late)...)
	}
	r.size.Store(int64(len(r.rows)))
}

func compareRanks(a, b feature.Rank) int { return bytes.Compare(a[:], b[:]) }

// countRanks reads the keys of a log's rows, without those that were put aside.
func countRanks(tx feature.Tx, realm *storage.Realm) (rows feature.Ranks, err error) {
	aside, err := readRanks(tx, realm, storage.Aside, nil)
	if err != nil {
		return nil, err
	}
	return readRanks(tx, realm, storage.Log, aside)
}

func readRanks(tx feature.Tx, realm *storage.Realm, table storage.Table, without feature.Ranks) (out feature.Ranks, err error) {
	prefix := realm.Key(table)
	err = tx.Scan(realm, prefix, storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
		r := feature.Rank([]byte(k.After(prefix)))
		for len(without) > 0 && compareRanks(without[0], r) < 0 {
			without = without[1:]
		}
		if len(without) == 0 || without[0] != r {
			out = append(out, r)
		}
		return true, nil
	})
	return out, err
}

// putAside keeps a row of a log from being numbered.
func (b *book) putAside(p protocol.Place) error {
	return b.tx.Put(b.realm, b.realm.Key(storage.Aside, storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16])), nil)
}

// rank has a row that was logged counted with the others, or put aside.
func (t *Timeline) rank(b *book, e feature.Entry) error {
	p := e.Place()
	if row, err := t.Registry.TakesRow(b.tx, e); err != nil {
		return err
	} else if !row {
		return b.putAside(p)
	}
	k := b.realm.Key(storage.Log)
	b.tx.OnCommit(func() { t.ranks.note(k, p) })
	return nil
}
