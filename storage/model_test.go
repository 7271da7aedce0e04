package storage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// model is what a store must look like: the rows of one realm as a plain map.
type model map[Key]string

func (m model) scan(prefix Key, o ScanOptions) []string {
	var keys []Key
	for k := range m {
		if strings.HasPrefix(string(k), string(prefix)) {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool { return (keys[i] < keys[j]) != o.Reverse })
	var out []string
	for _, k := range keys {
		if o.From != "" && (k <= o.From) != o.Reverse && k != o.From || k == o.From {
			continue
		}
		if o.Limit > 0 && len(out) == o.Limit {
			break
		}
		v := m[k]
		if o.KeysOnly {
			v = ""
		}
		out = append(out, fmt.Sprintf("%x=%s", k, v))
	}
	return out
}

func scanned(tx *Tx, r *Realm, prefix Key, o ScanOptions) ([]string, error) {
	var out []string
	err := tx.Scan(r, prefix, o, func(k Key, v []byte) (bool, error) {
		out = append(out, fmt.Sprintf("%x=%s", k, v))
		return true, nil
	})
	return out, err
}

// TestAgainstAPlainMap runs random transactions while a random number of earlier ones still waits for the disk, and compares
// reads and scans, in both directions, with a map; a reader must see exactly what has been committed.
func TestAgainstAPlainMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := openMemory(t)
		defer s.Close()
		// The test commits by itself, when it likes: the queue is held back by taking the committer's place.
		close(s.stop)
		s.stopped.Wait()
		s.stop = make(chan struct{})
		r := testRealm("a")
		settled, latest := model{}, model{}
		var states []model // the model after each queued transaction

		key := rapid.Custom(func(rt *rapid.T) Key {
			return r.Key(rapid.SampledFrom([]Table{Settings, Counters}).Draw(rt, "table"),
				Fixed([]byte{rapid.SampledFrom([]byte{0, 7, 255}).Draw(rt, "group")}),
				Fixed(rapid.SampledFrom([][]byte{{0}, {1}, {2}, {254}, {255}}).Draw(rt, "row")))
		})
		check := func(tx *Tx, m model) {
			k := key.Draw(rt, "read")
			v, err := tx.Get(r, k)
			want, ok := m[k]
			if ok != (err == nil) || !ok && !errors.Is(err, ErrNotFound) || string(v) != want {
				rt.Fatalf("get %x = %q, %v, want %q, %v", k, v, err, want, ok)
			}
			from := key.Draw(rt, "from")
			prefix := from[:rapid.SampledFrom([]int{17, 18}).Draw(rt, "prefix")]
			o := ScanOptions{
				Reverse:  rapid.Bool().Draw(rt, "reverse"),
				KeysOnly: rapid.Bool().Draw(rt, "keys only"),
				Limit:    rapid.IntRange(0, 4).Draw(rt, "limit"),
			}
			if rapid.Bool().Draw(rt, "from a key") {
				o.From = from
			}
			got, err := scanned(tx, r, prefix, o)
			if want := m.scan(prefix, o); err != nil || !slices.Equal(got, want) {
				rt.Fatalf("scan %x %+v = %v, %v, want %v", prefix, o, got, err, want)
			}
		}
		settle := func(n int) {
			batch := s.pending.take(batchBytes, s.limits.rows, n)
			if len(batch) == 0 {
				return
			}
			s.commitBatch(batch)
			settled, states = states[len(batch)-1], states[len(batch):]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				next := maps.Clone(latest)
				abort := rapid.IntRange(0, 4).Draw(rt, "abort") == 0
				if err := s.takeTurn(context.Background()); err != nil {
					rt.Fatal(err)
				}
				e, err := s.runTurn(context.Background(), func(tx *Tx) error {
					for range rapid.IntRange(1, 5).Draw(rt, "writes") {
						k := key.Draw(rt, "write")
						if rapid.Bool().Draw(rt, "delete") {
							tx.Delete(k)
							delete(next, k)
						} else {
							v := rapid.StringN(0, 5, 20).Draw(rt, "value")
							if err := tx.Put(r, k, []byte(v)); err != nil {
								return err
							}
							next[k] = v
						}
						check(tx, next)
					}
					if abort {
						return context.Canceled
					}
					return nil
				})
				if abort != errors.Is(err, context.Canceled) || !abort && err != nil {
					rt.Fatalf("transaction: %v", err)
				}
				if !abort {
					latest = next
				}
				if e != nil {
					states = append(states, latest)
				}
			},
			"settle": func(rt *rapid.T) { settle(rapid.IntRange(1, 3).Draw(rt, "transactions")) },
			"read": func(*rapid.T) {
				if err := s.View(func(tx *Tx) error { check(tx, settled); return nil }); err != nil {
					rt.Fatal(err)
				}
			},
		})
	})
}

func TestAScanDoesNotSeeWhatItsCallbackWrites(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	k := func(i int) Key { return r.Key(Settings, U64(uint64(i))) }
	update(t, s, func(tx *Tx) error { return tx.Put(r, k(1), nil) })
	update(t, s, func(tx *Tx) error {
		if err := errors.Join(tx.Put(r, k(3), nil), tx.Put(r, k(5), nil)); err != nil {
			return err
		}
		var seen []Key
		err := tx.Scan(r, r.Key(Settings), ScanOptions{}, func(key Key, _ []byte) (bool, error) {
			seen = append(seen, key)
			tx.Delete(k(5))
			return true, errors.Join(tx.Put(r, k(2), nil), tx.Put(r, k(4), nil), tx.Put(r, k(6), nil))
		})
		if want := []Key{k(1), k(3), k(5)}; err != nil || !slices.Equal(seen, want) {
			t.Errorf("scan saw %x, %v, want %x", seen, err, want)
		}
		return err
	})
}

func TestASnapshotStays(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	k := r.Key(Settings, U64(1))
	put := func(v string) { update(t, s, func(tx *Tx) error { return tx.Put(r, k, []byte(v)) }) }
	put("old")
	err := s.View(func(tx *Tx) error {
		for i := range 50 {
			put(fmt.Sprint("new ", i))
		}
		if got, err := tx.Get(r, k); err != nil || string(got) != "old" {
			t.Errorf("get in a View begun before = %q, %v, want old", got, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, s, r, k); err != nil || got != "new 49" {
		t.Errorf("get afterwards = %q, %v, want new 49", got, err)
	}
	if got := len(s.pending.readers); got != 0 {
		t.Errorf("%d versions still held, want 0", got)
	}
}

func TestAVersionIsKeptWhileItIsRead(t *testing.T) {
	var p pending
	p.init(7)
	held, _ := p.snapshot(false)
	if got := p.finish(nil, 9); got != held || held != 7 {
		t.Errorf("oldest version while 7 is read = %d, want 7", got)
	}
	p.release(held)
	if got := p.finish(nil, 10); got != 10 {
		t.Errorf("oldest version when nothing is read = %d, want 10", got)
	}
}
