package sim

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"conclave/node/nodetest/still"
	"conclave/node/nodetest/wire"
)

var (
	only    = flag.Int64("seed", -1, "play this seed only, and tell what happens")
	threads = flag.Int("threads", 0, "how many threads the process had in which the seed failed")
)

// batch is how many seeds one process tells, one after another: what they share is made once. It begins with a seed that this divides.
const batch = 25

// The environment of a process that tells a batch: the first and last seed, and how many threads it must have, 0 for any.
const (
	tellEnv = "CONCLAVE_TELL"
	tellFmt = "%08d-%08d-%02d"
)

// otherThreads is what a process leaves with that has another number of threads.
const otherThreads = 75

// telling is what a process said of a batch.
type telling struct {
	failed  bool
	threads int
	traces  map[uint64]string
	text    string
}

var tracesIn = regexp.MustCompile(`seed (\d+), (\d+) threads: (\d+ frames, hash [0-9a-f]+)`)

// tellBatch has the seeds from first to last told in a process of their own that chance has no part in, see package still.
func tellBatch(t *testing.T, first, last uint64, threads int) (telling, error) {
	dir := t.TempDir()
	for range 200 {
		out, err := os.Create(filepath.Join(dir, "out"))
		if err != nil {
			return telling{}, err
		}
		home, err := os.MkdirTemp(dir, "home")
		if err != nil {
			return telling{}, err
		}
		status, err := still.Run(still.Program{
			Path: "/proc/self/exe", Args: []string{"sim", "-test.run=^TestBatch$", "-test.v"},
			Env: []string{fmt.Sprintf(tellEnv+"="+tellFmt, first, last, threads), "TMPDIR=."}, Dir: home, Out: out, For: 5 * time.Minute,
		}, first)
		text, readErr := os.ReadFile(out.Name())
		if err := errors.Join(err, readErr, out.Close(), os.RemoveAll(home)); err != nil {
			return telling{}, err
		}
		if status == otherThreads {
			continue
		}
		got := telling{failed: status != 0, text: string(text), traces: map[uint64]string{}}
		for _, m := range tracesIn.FindAllStringSubmatch(got.text, -1) {
			var seed uint64
			if _, err := fmt.Sscan(m[1]+" "+m[2], &seed, &got.threads); err != nil {
				return telling{}, err
			}
			got.traces[seed] = m[3]
		}
		if !got.failed && len(got.traces) != int(last-first)+1 {
			return telling{}, fmt.Errorf("seeds %d to %d: got %d traces: %s", first, last, len(got.traces), got.text)
		}
		return got, nil
	}
	return telling{}, fmt.Errorf("200 processes, and none had %d threads", threads)
}

// TestBatch is what such a process runs.
func TestBatch(t *testing.T) {
	var first, last uint64
	var want int
	if _, err := fmt.Sscanf(os.Getenv(tellEnv), tellFmt, &first, &last, &want); err != nil {
		t.Skip("this is a part that the other tests have played")
	}
	made := still.Threads()
	if want != 0 && made != want {
		os.Exit(otherThreads)
	}
	for seed := first; seed <= last && !t.Failed(); seed++ {
		if seed%5 == 0 {
			runtime.GC() // at moments of our own
		}
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			cryptotest.SetGlobalRandom(t, seed)
			people := peopleOf(t, seed)
			cryptotest.SetGlobalRandom(t, seed)
			tr := &trace{}
			var said strings.Builder // kept always, so that a story takes the same course whether it is shown or not
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, overWire{tr.of(wire.New(seed, weather(seed)))})
				w.log = func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) }
				if err := play(w, Plan{Seed: seed, Steps: steps}, people); err != nil {
					t.Errorf("%v\n\nagain: go test ./node/nodetest/sim -run '^TestStoriesEndAlike$' -v -seed %d -threads %d", err, seed, made)
				}
			})
			t.Logf("seed %d, %d threads: %v", seed, made, tr)
			if t.Failed() || seed == last {
				t.Logf("what happened:\n%s", said.String())
			}
		})
	}
}

// tellings is how often a batch is told until two take the same course. Twice is enough on a machine that has nothing else to do; where four others
// are told beside it about one of ten takes another course, for a reason that is not found yet (decision 0110).
const tellings = 4

// differs tells in which traces another telling of the first seeds is not the same.
func (one telling) differs(again telling, last uint64) (err error) {
	for seed := range last + 1 {
		if one.traces[seed] != again.traces[seed] {
			err = errors.Join(err, fmt.Errorf("seed %d: got the trace %s, then %s, want the same", seed, one.traces[seed], again.traces[seed]))
		}
	}
	return err
}

// agreed tells the first seeds of a batch until one telling is the same as another one, and returns that other one.
func agreed(t *testing.T, told []telling, last uint64) telling {
	t.Helper()
	for len(told) < tellings {
		again, err := tellBatch(t, 0, last, told[0].threads)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range told {
			if err = one.differs(again, last); err == nil {
				return one
			}
		}
		t.Logf("telling %d of seeds 0 to %d took another course: %v", len(told), last, err)
		told = append(told, again)
	}
	t.Fatalf("%d tellings of seeds 0 to %d, and each took another course", tellings, last)
	return telling{}
}

func TestASeedIsToldTheSameAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("two batches are told")
	}
	first, err := tellBatch(t, 0, batch-1, 0)
	if errors.Is(err, still.ErrUnable) {
		t.Skipf("SKIP: %v", err)
	}
	if err != nil || first.failed {
		t.Fatalf("a batch: got %v, %s", err, first.text)
	}
	// The last of a batch is told again by itself, with those before it, as after a failure.
	one := agreed(t, []telling{first}, batch-1)
	agreed(t, []telling{one}, 3)
	different := map[string]bool{}
	for _, trace := range one.traces {
		different[trace] = true
	}
	if len(different) != batch {
		t.Errorf("%d seeds: got %d different traces, want as many", batch, len(different))
	}
}
