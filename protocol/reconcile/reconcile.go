// Package reconcile finds what two nodes hold of one log without sending it: first a digest of the whole, then a fingerprint
// for every bucket of 4,096 ord, then, in the buckets that differ, range-based set reconciliation of the ids (SPEC.md,
// reconciliation). The messages are those of the negentropy protocol, version 1, with ord as the timestamp.
//
// It promises that between honest peers the ids an Initiator reports are exactly the differences, each once; that a message
// is never longer than the frame limit; and that whatever a peer sends costs bounded memory and a bounded number of rounds. It
// refuses messages that are not well formed.
//
// It promises nothing about a peer that lies: who holds an id may deny it, may name ids that do not exist, and, being able to
// choose what its events contain, may craft ids whose sums collide and hide them here. Gaps in chains and parents show that.
//
// Everything is pure: no I/O, no clock, no goroutine. A *Set never changes and may be shared; the others are for one goroutine.
package reconcile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// ID names an item: the id of an event or of an operation.
type ID [32]byte

// Item is what is reconciled: an id and where it stands.
type Item struct {
	Ord uint64
	ID  ID
}

// LastOrd is the largest ord an item can have: 2^63 - 2.
const LastOrd = 1<<63 - 2

// ErrSet means that items cannot make a set: one twice, or an ord above LastOrd.
var ErrSet = errors.New("not a set of items")

// Set is a sorted vector of items: all that a node holds in the ranges it wants to compare.
type Set struct {
	items []Item
	sums  []sum // sums[i] is the sum of the ids of the first i*stride items
}

// stride trades memory for time: half a byte an item, at most 2*stride additions for a fingerprint.
const stride = 64

// NewSet makes a set of items, which it keeps and sorts by (ord, id) unless they are sorted. An item that is there twice, or
// whose ord is above LastOrd, is ErrSet.
func NewSet(items []Item) (*Set, error) {
	if !slices.IsSortedFunc(items, Item.compare) {
		slices.SortFunc(items, Item.compare)
	}
	s := &Set{items: items, sums: make([]sum, 0, len(items)/stride+1)}
	var total sum
	for i := range items {
		if i > 0 && items[i] == items[i-1] {
			return nil, fmt.Errorf("%x is there twice: %w", items[i].ID, ErrSet)
		}
		if items[i].Ord > LastOrd {
			return nil, fmt.Errorf("ord %d: %w", items[i].Ord, ErrSet)
		}
		if i%stride == 0 {
			s.sums = append(s.sums, total)
		}
		total.add(&items[i].ID)
	}
	return s, nil
}

// Len is the number of items.
func (s *Set) Len() int { return len(s.items) }

func (it Item) compare(other Item) int {
	if c := cmp.Compare(it.Ord, other.Ord); c != 0 {
		return c
	}
	return bytes.Compare(it.ID[:], other.ID[:])
}

// find returns the first of the items in [from, to) that is not below the bound, or to.
func (s *Set) find(from, to int, b bound) int {
	return from + sort.Search(to-from, func(i int) bool { return !b.above(&s.items[from+i]) })
}

// sum adds the ids of the items in [from, to).
func (s *Set) sum(from, to int) sum {
	upto := func(n int) sum {
		if n == 0 {
			return sum{}
		}
		at := (n - 1) / stride
		total := s.sums[at]
		for i := at * stride; i < n; i++ {
			total.add(&s.items[i].ID)
		}
		return total
	}
	total, before := upto(to), upto(from)
	total.sub(&before)
	return total
}

// fingerprint covers the items in [from, to).
func (s *Set) fingerprint(from, to int) [fingerprintSize]byte {
	total := s.sum(from, to)
	return total.fingerprint(uint64(to - from))
}
