package feature_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/feature"
)

func TestSoonRunsEachKeyOnceAndInOrder(t *testing.T) {
	reg := feature.NewRegistry()
	var h *feature.Host
	feature.Install(reg, feature.Services{}, feature.Feature{Name: "x", Install: func(host *feature.Host) { h = host }})
	var ran []string
	done := make(chan struct{})
	note := func(s string) func(context.Context) { return func(context.Context) { ran = append(ran, s) } }
	h.Soon("a", note("a"))
	h.Soon("b", func(context.Context) {
		ran = append(ran, "b")
		h.Soon("b", note("b again")) // it runs now, so this is another
		h.Soon("end", func(context.Context) { close(done) })
	})
	h.Soon("a", note("a twice"))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- reg.Run(ctx) }()
	<-done
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: got %v, want no error", err)
	}
	if got, want := fmt.Sprint(ran), "[a b b again]"; got != want {
		t.Errorf("ran: got %s, want %s", got, want)
	}
}

func TestCalmlyRunsAtOnceAndThenAfterPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := feature.NewRegistry()
		var h *feature.Host
		feature.Install(reg, feature.Services{}, feature.Feature{Name: "x", Install: func(host *feature.Host) { h = host }})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go reg.Run(ctx)
		began := time.Now()
		var ran []string
		want := func(key string) {
			h.Calmly(key, func(context.Context) { ran = append(ran, fmt.Sprint(key, time.Since(began).Milliseconds())) })
		}
		for range 50 { // one every 10 ms
			want("a")
			time.Sleep(10 * time.Millisecond)
		}
		want("b") // another key waits for nobody
		time.Sleep(time.Second)
		want("a")
		synctest.Wait()
		if got, want := fmt.Sprint(ran), "[a0 a200 a400 b500 a600 a1500]"; got != want {
			t.Errorf("ran: got %s, want %s", got, want)
		}
	})
}
