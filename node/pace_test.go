package node

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/storage"
)

// jobOf is a repeated job of a node by its name.
func jobOf(t *testing.T, n *Node, name string) feature.Job {
	t.Helper()
	all := n.allJobs()
	i := slices.IndexFunc(all, func(j feature.Job) bool { return j.Name == name })
	if i < 0 {
		t.Fatalf("there is no job %s", name)
	}
	return all[i]
}

func TestWhatIsDueDailyIsDoneByANodeThatNeverRunsForADay(t *testing.T) {
	const name = "keyring.shred"
	dir := t.TempDir()
	begin := time.Now()
	at := func(later time.Duration) *Node {
		return openLike(t, "a", Config{Data: dir, Now: func() time.Time { return begin.Add(later) }, settle: time.Millisecond})
	}
	key := func() []byte {
		raw, err := os.ReadFile(filepath.Join(dir, "shred.key"))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	// waits tells how many whole hours it is to the next run.
	waits := func(n *Node) time.Duration { return n.first(jobOf(t, n, name)).Round(time.Hour) }
	n := at(0)
	first := key()
	if got := waits(n); got != daily {
		t.Errorf("a new node waits %v, want %v", got, daily)
	}
	stop(t, n)
	n = at(20 * time.Hour)
	if got, want := waits(n), 4*time.Hour; got != want {
		t.Errorf("20 hours later it waits %v, want %v", got, want)
	}
	stop(t, n)
	if !bytes.Equal(key(), first) {
		t.Error("the key was replaced before its time")
	}
	n = at(25 * time.Hour)
	cast{t: t}.until("the key that is due is replaced and that is noted", func() bool {
		return !bytes.Equal(key(), first) && waits(n) == daily
	})
	stop(t, n)
	n = at(-time.Hour)
	if got := waits(n); got != daily {
		t.Errorf("after the clock was set back it waits %v, want %v", got, daily)
	}
}

func TestAnAccountIsReachableLongerThanAnEntryOfItsLogLives(t *testing.T) {
	var later atomic.Int64
	begin := time.Now()
	clock := func() time.Time { return begin.Add(time.Duration(later.Load())) }
	a, b := openLike(t, "a", Config{Now: clock}), openLike(t, "b", Config{Now: clock})
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "before"))
	c.delivered(b, c.send(b, c.bob, "yes"))
	for _, days := range []int{50, 100} {
		later.Store(int64(time.Duration(days) * 24 * time.Hour))
		for _, n := range []*Node{a, b} {
			for _, job := range []string{"identity.renew", "session.stock"} {
				if err := jobOf(t, n, job).Run(t.Context()); err != nil {
					t.Fatalf("%s after %d days: %v", job, days, err)
				}
			}
		}
	}
	forgetSessions(t, b)
	c.delivered(b, c.send(b, c.bob, "after the entry that bob knew had ended"))
}

// forgetSessions makes a node begin new ones.
func forgetSessions(t *testing.T, n *Node) {
	t.Helper()
	if err := n.store.Update(t.Context(), func(tx feature.Tx) error {
		realm := n.keys.Node()
		return tx.Scan(realm, realm.Key(storage.Sessions), storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
			tx.Delete(k)
			return true, nil
		})
	}); err != nil {
		t.Fatal(err)
	}
}
