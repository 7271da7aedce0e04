package nodetest_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
)

// start runs a node until the test ends.
func start(t *testing.T, name, dir string) *nodetest.Home {
	t.Helper()
	c := node.Config{Data: dir, Unlimited: true}
	if os.Getenv("CONCLAVE_LOG") != "" {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	}
	h, err := nodetest.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close %s: %v", name, err)
		}
	})
	return h
}

// founder makes the first account of a node.
func founder(t *testing.T, h *nodetest.Home, name string) *nodetest.Person {
	t.Helper()
	p, err := h.Founder(t.Context(), h.SetupToken(), name, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestTwoPeopleOnTwoNodesTalk(t *testing.T) {
	a, b := start(t, "a", t.TempDir()), start(t, "b", t.TempDir())
	ana, ben := founder(t, a, "ana"), founder(t, b, "ben")
	ctx := within(t, 2*time.Minute)
	talk, err := nodetest.Introduce(ctx, ana, ben)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		from *nodetest.Person
		text string
	}{{ana, "hello"}, {ana, "are you there?"}, {ben, "  yes\x02 \u202e "}} {
		if _, err := s.from.Send(ctx, talk, s.text, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []*nodetest.Person{ana, ben} {
		if err := p.Has(ctx, talk, 3); err != nil {
			t.Error(err)
		}
	}
	err = nodetest.Await(ctx, "what ana sent is delivered", func() (bool, error) {
		all, _, err := ana.Messages(ctx, talk)
		for _, m := range all {
			if m.Author == ana.Acct && m.State != "delivered" && m.State != "read" {
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		t.Error(err)
	}
}
