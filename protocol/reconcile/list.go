package reconcile

import (
	"errors"
	"fmt"
)

// ErrList means that bytes are not a list of fingerprints or ranges.
var ErrList = errors.New("not a list of fingerprints or ranges")

const (
	// MaxBuckets is how many fingerprints a list on the wire holds; longer logs are compared piece by piece.
	MaxBuckets = 4096

	// MaxRanges is how many ranges a session may cover.
	MaxRanges = 64
)

// EncodeBuckets writes the first MaxBuckets of the fingerprints from a bucket on, which are in ascending order. At most 210 KB.
// If it wrote MaxBuckets there may be more.
func EncodeBuckets(all []Fingerprint, from Bucket) []byte {
	all = Between(all, from, Bucket(LastOrd))
	return appendList(nil, all[:min(len(all), MaxBuckets)])
}

// Between returns those of the fingerprints, in ascending order, whose bucket is first, last or between.
func Between(all []Fingerprint, first, last Bucket) []Fingerprint {
	for len(all) > 0 && all[0].Bucket < first {
		all = all[1:]
	}
	for len(all) > 0 && all[len(all)-1].Bucket > last {
		all = all[:len(all)-1]
	}
	return all
}

// appendList writes, for each fingerprint, varint(bucket - the one before, or 0), varint(count), sum.
func appendList(b []byte, all []Fingerprint) []byte {
	var last Bucket
	for _, f := range all {
		b = appendVarint(b, uint64(f.Bucket-last))
		b = appendVarint(b, f.Count)
		b = append(b, f.Sum[:]...)
		last = f.Bucket
	}
	return b
}

// DecodeBuckets reads a list. It refuses, with ErrList, more than MaxBuckets, an order that is not ascending, buckets past
// LastOrd and counts of 0.
func DecodeBuckets(b []byte) ([]Fingerprint, error) {
	var all []Fingerprint
	var last Bucket
	for r := (reader{rest: b}); r.more(); {
		delta, count, ok := r.pair()
		sum, err := r.take(32)
		if !ok || err != nil {
			return nil, fmt.Errorf("no fingerprint after %d: %w", len(all), ErrList)
		}
		if len(all) == MaxBuckets || delta > uint64(BucketOf(LastOrd)-last) || len(all) > 0 && delta == 0 || count == 0 {
			return nil, fmt.Errorf("bucket %d after %d with %d items: %w", delta, last, count, ErrList)
		}
		last += Bucket(delta)
		all = append(all, Fingerprint{Bucket: last, Count: count, Sum: [32]byte(sum)})
	}
	return all, nil
}

// EncodeRanges writes, for each range, which are in ascending order, varint(first - the end before, or 0), varint(last - first).
func EncodeRanges(rs []Range) (b []byte) {
	var end uint64
	for _, r := range rs {
		b = appendVarint(b, r.First-end)
		b = appendVarint(b, r.Last-r.First)
		end = r.Last
	}
	return b
}

// DecodeRanges reads ranges. It refuses, with ErrList, none, more than MaxRanges, ranges that meet or overlap, and what is
// past LastOrd.
func DecodeRanges(b []byte) ([]Range, error) {
	var rs []Range
	var end uint64
	for r := (reader{rest: b}); r.more(); {
		first, length, ok := r.pair()
		if !ok {
			return nil, fmt.Errorf("no range after %d: %w", len(rs), ErrList)
		}
		if len(rs) == MaxRanges || first > LastOrd-end || length > LastOrd-end-first || len(rs) > 0 && first < 2 {
			return nil, fmt.Errorf("a range of %d, %d after %d: %w", length, first, end, ErrList)
		}
		end += first + length
		rs = append(rs, Range{First: end - length, Last: end})
	}
	if len(rs) == 0 {
		return nil, fmt.Errorf("no range: %w", ErrList)
	}
	return rs, nil
}

func (r *reader) pair() (first, second uint64, ok bool) {
	first, err := r.varint()
	if err != nil {
		return 0, 0, false
	}
	second, err = r.varint()
	return first, second, err == nil
}
