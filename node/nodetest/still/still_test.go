package still_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/nodetest/still"
)

// The program that is run is this test's own, told by its environment which part to play.
func TestMain(m *testing.M) {
	switch os.Getenv("PART") {
	case "wait":
		select {}
	case "leave":
		os.Exit(7)
	}
	os.Exit(m.Run())
}

// TestWhatIsDrawn prints everything that a runtime leaves to chance.
func TestWhatIsDrawn(t *testing.T) {
	if os.Getenv("PART") == "" {
		t.Skip("this is a part that the other tests have played")
	}
	var b strings.Builder
	heap := map[*int]int{}
	for i := range 40 {
		heap[new(int)] = i
	}
	for _, v := range heap {
		fmt.Fprint(&b, v, " ")
	}
	one, two := make(chan int, 64), make(chan int, 64)
	for range 64 {
		one <- 1
		two <- 2
	}
	for range 64 {
		select {
		case v := <-one:
			fmt.Fprint(&b, v)
		case v := <-two:
			fmt.Fprint(&b, v)
		}
	}
	synctest.Test(t, func(*testing.T) {
		fired := make(chan int, 8)
		for i := range 8 {
			time.AfterFunc(time.Second, func() { fired <- i })
		}
		for range 8 {
			fmt.Fprint(&b, " ", <-fired)
		}
	})
	var idle atomic.Bool
	began := time.Now()
	go idle.Store(true)
	for n := 0; n < 50_000_000 && !idle.Load(); n++ { // a goroutine that computes is not interrupted
	}
	fmt.Printf("drawn by %d threads: %s, after %v: interrupted %v\n", still.Threads(), b.String(), time.Since(began), idle.Load())
}

// play runs a part with a seed, and returns what it wrote and left with.
func play(t *testing.T, part string, seed uint64, limit time.Duration) (string, int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	status, err := still.Run(still.Program{
		Path: "/proc/self/exe", Args: []string{"still", "-test.run=^TestWhatIsDrawn$"}, Env: []string{"PART=" + part}, Dir: t.TempDir(), Out: out, For: limit,
	}, seed)
	if errors.Is(err, still.ErrUnable) {
		t.Skipf("SKIP: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), status
}

func TestASeedDrawsTheSame(t *testing.T) {
	drawn := map[string]map[string]int{} // by how many threads there were, then what was drawn
	for range 12 {
		text, status := play(t, "draw", 1, time.Minute)
		threads, rest, ok := strings.Cut(text, " threads: ")
		if !ok || status != 0 || !strings.Contains(rest, "after 0s: interrupted false") {
			t.Fatalf("got status %d and %q, want 0, a clock that stands, and nobody interrupting", status, text)
		}
		if drawn[threads] == nil {
			drawn[threads] = map[string]int{}
		}
		drawn[threads][rest]++
	}
	for threads, texts := range drawn {
		if len(texts) != 1 {
			t.Errorf("%s threads: got %d different draws of one seed, want 1: %v", threads, len(texts), texts)
		}
	}
	other, _ := play(t, "draw", 2, time.Minute)
	for _, texts := range drawn {
		for text := range texts {
			if strings.HasSuffix(other, text) {
				t.Errorf("seeds 1 and 2: got %q of both, want different draws", text)
			}
		}
	}
}

func TestWhatAProgramLeavesWith(t *testing.T) {
	if _, status := play(t, "leave", 1, time.Minute); status != 7 {
		t.Errorf("a program that leaves with 7: got %d, want 7", status)
	}
	if _, status := play(t, "wait", 1, 300*time.Millisecond); status != 128+9 && status != 2 {
		t.Errorf("a program that waits for ever: got %d, want that it was killed", status)
	}
}
