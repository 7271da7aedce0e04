package reconcile

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// spread makes n items in random buckets.
func spread(r *rand.Rand, n int, buckets uint64) (items []Item) {
	for i := range n {
		it := item(i, 1)
		it.Ord = r.Uint64N(buckets * BucketSize)
		items = append(items, it)
	}
	return items
}

func TestBucketsCountedOneByOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	items := spread(r, 3000, 50)
	kept := map[Bucket]*Fingerprint{}
	count := func(it Item, change func(*Fingerprint, ID)) {
		b := BucketOf(it.Ord)
		if kept[b] == nil {
			kept[b] = &Fingerprint{Bucket: b}
		}
		change(kept[b], it.ID)
	}
	for _, it := range items {
		count(it, (*Fingerprint).Add)
	}
	for _, it := range items[2000:] {
		count(it, (*Fingerprint).Remove)
	}
	var want []Fingerprint
	for b := range Bucket(50) {
		if f := kept[b]; f != nil && f.Count > 0 {
			want = append(want, *f)
		}
	}
	got := Buckets(set(t, items[:2000]))
	if !slices.Equal(got, want) {
		t.Fatalf("got other fingerprints than those counted one by one, or not in order: %d and %d", len(got), len(want))
	}
	if got, other := Digest(got), Digest(Buckets(set(t, items[:1999]))); got == other {
		t.Errorf("digest with one item less: got %x for both", got)
	}
}

func TestBucketsEdges(t *testing.T) {
	t.Parallel()
	got := Buckets(set(t, []Item{{Ord: 0}, {Ord: 4095}, {Ord: 4096}, {Ord: LastOrd}}))
	if len(got) != 3 || got[0].Count != 2 || got[1].Bucket != 1 || got[2].Bucket != BucketOf(LastOrd) {
		t.Errorf("got %+v, want 2 items in bucket 0, 1 in bucket 1, 1 in the last", got)
	}
	for newest, want := range map[uint64]uint64{0: 8191, 4095: 8191, 4096: 12287, LastOrd: LastOrd, LastOrd - 4096: LastOrd} {
		if got := EndOfNext(newest); got != want {
			t.Errorf("the newest is %d: got the end %d, want %d", newest, got, want)
		}
	}
}

func TestDifferCoversExactlyTheDirtyBuckets(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 6))
		all := spread(r, r.IntN(2000), 1+r.Uint64N(400))
		odds := 1 + r.IntN(1000)
		var mine, theirs []Item
		dirty := map[Bucket]bool{}
		for _, it := range all {
			a, b := r.IntN(odds) != 0, r.IntN(odds) != 0
			if a {
				mine = append(mine, it)
			}
			if b {
				theirs = append(theirs, it)
			}
			if a != b {
				dirty[BucketOf(it.Ord)] = true
			}
		}
		got := Differ(Buckets(set(t, mine)), Buckets(set(t, theirs)))
		covered, runs := 0, 0
		for b := range Bucket(400) {
			if dirty[b] && !dirty[b-1] {
				runs++
			}
		}
		for i, rg := range got {
			if i > 0 && rg.First <= got[i-1].Last+1 {
				t.Fatalf("seed %d: got ranges that meet: %v, %v", seed, got[i-1], rg)
			}
			for b := BucketOf(rg.First); b <= BucketOf(rg.Last); b++ {
				if covered++; dirty[b] {
					delete(dirty, b)
				} else if runs <= MaxRanges {
					t.Fatalf("seed %d: got bucket %d, which does not differ", seed, b)
				}
			}
		}
		if len(dirty) > 0 {
			t.Fatalf("seed %d: got %d buckets fewer than differ", seed, len(dirty))
		}
		if want := min(runs, MaxRanges); len(got) != want {
			t.Fatalf("seed %d: got %d ranges, want %d", seed, len(got), want)
		}
	}
}

func TestListsComeBackAsWritten(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	all := Buckets(set(t, spread(r, 20_000, 6000)))
	if len(all) <= MaxBuckets {
		t.Fatalf("got %d buckets, too few to cut", len(all))
	}
	encoded := EncodeBuckets(all, 0)
	got, err := DecodeBuckets(encoded)
	if err != nil || !slices.Equal(got, all[:MaxBuckets]) {
		t.Fatalf("the first piece: got %d buckets and %v, want %d", len(got), err, MaxBuckets)
	}
	if len(encoded) > 210_000 {
		t.Errorf("got %d bytes, want at most 210,000", len(encoded))
	}
	got, err = DecodeBuckets(EncodeBuckets(all, all[MaxBuckets].Bucket))
	if err != nil || !slices.Equal(got, all[MaxBuckets:]) {
		t.Errorf("the second piece: got %d buckets and %v, want %d", len(got), err, len(all)-MaxBuckets)
	}
	if got := Between(all, all[10].Bucket, all[20].Bucket); !slices.Equal(got, all[10:21]) {
		t.Errorf("between two buckets: got %d, want 11", len(got))
	}

	ranges := []Range{{0, 4095}, {8192, 8192}, {1 << 40, LastOrd}}
	back, err := DecodeRanges(EncodeRanges(ranges))
	if err != nil || !slices.Equal(back, ranges) {
		t.Errorf("got %v and %v, want %v", back, err, ranges)
	}
}

func TestListsRefuse(t *testing.T) {
	t.Parallel()
	sum := make([]byte, 32)
	long := bytes.Repeat(append([]byte{1, 1}, sum...), MaxBuckets+1)
	if _, err := DecodeBuckets(long[:len(long)-34]); err != nil {
		t.Errorf("as many buckets as allowed: got %v, want none", err)
	}
	for name, b := range map[string][]byte{
		"one bucket too many":       long,
		"half a sum":                append([]byte{1, 1}, sum[:31]...),
		"no sum":                    {1, 1},
		"no count":                  {1},
		"no items":                  append([]byte{1, 0}, sum...),
		"the same bucket again":     slices.Concat([]byte{1, 1}, sum, []byte{0, 1}, sum),
		"a bucket past the end":     append(append(appendVarint(nil, uint64(BucketOf(LastOrd))+1), 1), sum...),
		"a bucket that wraps":       slices.Concat([]byte{1, 1}, sum, appendVarint(nil, 1<<64-1), []byte{1}, sum),
		"a number not the shortest": append([]byte{0x80, 1, 1}, sum...),
		"a number past 64 bits":     append(append(bytes.Repeat([]byte{0xff}, 10), 1), sum...),
	} {
		if _, err := DecodeBuckets(b); !errors.Is(err, ErrList) {
			t.Errorf("%s: got %v, want ErrList", name, err)
		}
	}
	for name, b := range map[string][]byte{
		"none":                 {},
		"half a range":         {1},
		"ranges that meet":     {0, 5, 1, 5},
		"ranges that touch":    {0, 5, 0, 5},
		"one too many":         bytes.Repeat([]byte{2, 0}, MaxRanges+1),
		"past the end":         append(appendVarint(nil, LastOrd), 1),
		"a start past the end": append(appendVarint(nil, LastOrd+1), 0),
		"a length that wraps":  append([]byte{5}, appendVarint(nil, 1<<64-3)...),
	} {
		if _, err := DecodeRanges(b); !errors.Is(err, ErrList) {
			t.Errorf("%s: got %v, want ErrList", name, err)
		}
	}
}
