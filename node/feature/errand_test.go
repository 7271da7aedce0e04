package feature_test

import (
	"context"
	"fmt"
	"testing"

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
