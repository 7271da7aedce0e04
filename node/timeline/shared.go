package timeline

import (
	"strings"
	"sync"

	"conclave/node/feature"
	"conclave/protocol"
)

// recent keeps the answers given last within reading transactions, each of which sees one moment of the store: what a message of a group changes is
// told to each local member in one transaction, and most of them ask for the same. The zero value is ready; safe for concurrent use.
type recent[K comparable, V any] struct {
	mu   sync.Mutex // guards the rest
	keys [8]K
	vals [8]V
	next int
}

func (r *recent[K, V]) find(k K) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.keys {
		if r.keys[i] == k {
			return r.vals[i], true
		}
	}
	return v, false
}

func (r *recent[K, V]) keep(k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[r.next], r.vals[r.next] = k, v
	r.next = (r.next + 1) % len(r.keys)
}

// pageKey names a page for all readers. No key is zero: there always is a transaction.
type pageKey struct {
	tx            feature.Tx
	log           protocol.Log
	before, after protocol.Place
	kinds         string
	limit         int
}

// shared returns the page for one reader from that for all. It cannot tell when some of a full page are not for the reader: more of the log counts
// then.
func (t *Timeline) shared(tx feature.Tx, log protocol.Log, r feature.Range) (page []feature.Entry, ok bool, err error) {
	reader := r.For
	r.For = protocol.Account{}
	key := pageKey{tx, log, r.Before, r.After, strings.Join(r.Kinds, " "), r.Limit}
	all, known := t.pages.find(key)
	if !known {
		if all, err = t.read(tx, log, r); err != nil {
			return nil, false, err
		}
		t.pages.keep(key, all)
	}
	for _, entry := range all {
		may := entry.Stamp == nil
		if !may {
			if may, err = t.Groups.MayRead(tx, reader, entry.Event); err != nil {
				return nil, false, err
			}
		}
		if may {
			page = append(page, entry)
		}
	}
	return page, len(page) == len(all) || len(all) < r.Limit, nil
}

// extentKey names what Extent is asked.
type extentKey struct {
	tx    feature.Tx
	log   protocol.Log
	after protocol.Place
	was   feature.Extent
}

type extentOf struct {
	now   feature.Extent
	grown bool
}

// Extent implements feature.Timeline.
func (t *Timeline) Extent(tx feature.Tx, log protocol.Log, after protocol.Place, was feature.Extent) (feature.Extent, bool, error) {
	key := extentKey{tx, log, after, was}
	if got, ok := t.extents.find(key); ok {
		return got.now, got.grown, nil
	}
	now, grown, err := t.extent(tx, log, after, was)
	if err == nil && !tx.Writable() {
		t.extents.keep(key, extentOf{now, grown})
	}
	return now, grown, err
}
