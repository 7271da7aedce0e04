package reconcile

import (
	"cmp"
	"encoding/binary"
	"slices"

	"conclave/crypto/canon"
)

// Bucket is a run of 4,096 ord: bucket b holds what has an ord from b*4,096 on.
type Bucket uint64

const (
	bucketBits = 12

	// BucketSize is the number of ord in a bucket.
	BucketSize = 1 << bucketBits
)

// BucketOf returns the bucket of an ord.
func BucketOf(ord uint64) Bucket { return Bucket(ord >> bucketBits) }

func (b Bucket) first() uint64 { return uint64(b) << bucketBits }
func (b Bucket) last() uint64  { return min(b.first()+BucketSize-1, LastOrd) }

// EndOfNext is the last ord of the bucket after that of the newest: no id beyond is accepted from a peer.
func EndOfNext(newest uint64) uint64 { return (BucketOf(min(newest, LastOrd-BucketSize)) + 1).last() }

// Fingerprint tells what a bucket holds: how many items, and the sum of their ids modulo 2^256, little-endian. It can be kept
// up to date item by item; one whose Count came down to 0 belongs in no list.
type Fingerprint struct {
	Bucket Bucket
	Count  uint64
	Sum    [32]byte
}

// Add counts an item in.
func (f *Fingerprint) Add(id ID) {
	total := load(f.Sum)
	total.add(&id)
	f.Sum = total.bytes()
	f.Count++
}

// Remove counts an item out that was counted in.
func (f *Fingerprint) Remove(id ID) {
	total, one := load(f.Sum), load(id)
	total.sub(&one)
	f.Sum = total.bytes()
	f.Count--
}

func load(b [32]byte) (s sum) {
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return s
}

// Buckets returns the fingerprints of the buckets of a set that are not empty, in ascending order.
func Buckets(s *Set) (all []Fingerprint) {
	for from := 0; from < s.Len(); {
		b := BucketOf(s.items[from].Ord)
		to := s.find(from, s.Len(), bound{ord: b.first() + BucketSize})
		total := s.sum(from, to)
		all = append(all, Fingerprint{Bucket: b, Count: uint64(to - from), Sum: total.bytes()})
		from = to
	}
	return all
}

// Digest is one hash of everything: SHA-256(L("reconcile") ‖ list) of the fingerprints in ascending order, however many.
func Digest(all []Fingerprint) [32]byte {
	return canon.Hash("reconcile", appendList(nil, all))
}

// Range is a run of ord, both ends included.
type Range struct{ First, Last uint64 }

// Differ returns the ranges, whole buckets, in which two sides hold different things: ascending, apart, and at most MaxRanges,
// for which the closest are joined. Both lists are in ascending order.
func Differ(mine, theirs []Fingerprint) []Range {
	var dirty []Range
	put := func(b Bucket) {
		if n := len(dirty); n > 0 && dirty[n-1].Last+1 == b.first() {
			dirty[n-1].Last = b.last()
			return
		}
		dirty = append(dirty, Range{b.first(), b.last()})
	}
	for len(mine) > 0 || len(theirs) > 0 {
		switch {
		case len(theirs) == 0 || len(mine) > 0 && mine[0].Bucket < theirs[0].Bucket:
			put(mine[0].Bucket)
			mine = mine[1:]
		case len(mine) == 0 || theirs[0].Bucket < mine[0].Bucket:
			put(theirs[0].Bucket)
			theirs = theirs[1:]
		default:
			if mine[0] != theirs[0] {
				put(mine[0].Bucket)
			}
			mine, theirs = mine[1:], theirs[1:]
		}
	}
	return join(dirty)
}

// join closes the smallest gaps until at most MaxRanges are left.
func join(rs []Range) []Range {
	surplus := len(rs) - MaxRanges
	if surplus <= 0 {
		return rs
	}
	gaps := make([]int, len(rs)-1) // gap i lies before range i+1
	for i := range gaps {
		gaps[i] = i + 1
	}
	slices.SortStableFunc(gaps, func(a, b int) int {
		return cmp.Compare(rs[a].First-rs[a-1].Last, rs[b].First-rs[b-1].Last)
	})
	closed := make([]bool, len(rs))
	for _, i := range gaps[:surplus] {
		closed[i] = true
	}
	joined := rs[:0]
	for i, r := range rs {
		if closed[i] {
			joined[len(joined)-1].Last = r.Last
		} else {
			joined = append(joined, r)
		}
	}
	return joined
}
