package feature_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"conclave/node/feature"
)

// What a slice does after a commit may be wrong; the others and the node go on, and the log tells no content.
func TestAPanicAfterACommitEndsNothing(t *testing.T) {
	var log bytes.Buffer
	reg := feature.NewRegistry()
	did := map[string]int{}
	soon := make(chan struct{})
	var host *feature.Host
	feature.Install(reg, feature.Services{Logger: slog.New(slog.NewTextHandler(&log, nil))}, feature.Feature{Name: "x", Install: func(h *feature.Host) {
		host = h
		feature.Follow(h, func(context.Context, feature.Entry) { panic("what somebody wrote") })
		feature.Follow(h, func(context.Context, feature.Entry) { did["follow"]++ })
		feature.OnProgress(h, func(context.Context, feature.Progress) { panic("what somebody wrote") })
		feature.OnProgress(h, func(context.Context, feature.Progress) { did["progress"]++ })
	}})
	reg.Followed(t.Context(), feature.Entry{})
	reg.Progressed(t.Context(), feature.Progress{})
	host.Soon("a", func(context.Context) { panic("what somebody wrote") })
	host.Soon("b", func(context.Context) { did["errand"]++; close(soon) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- reg.Run(ctx) }()
	<-soon
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, what := range []string{"follow", "progress", "errand"} {
		if did[what] != 1 {
			t.Errorf("%s: got %d calls behind a panic, want 1", what, did[what])
		}
	}
	if got := strings.Count(log.String(), "a slice panicked"); got != 3 || strings.Contains(log.String(), "somebody wrote") {
		t.Errorf("got %d lines, want 3 without the text: %s", got, log.String())
	}
}
