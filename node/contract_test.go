package node

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// fact is a passing fact that no slice of the product knows.
type fact struct {
	Where string `cbor:"0,keyasint"`
}

func (fact) Kind() string    { return "test.typing" }
func (fact) Validate() error { return nil }

// scribe is a slice that takes signals and catches up with every event.
type scribe struct {
	mu      sync.Mutex
	signals []string
	texts   []string
	fails   int
	send    func(context.Context, protocol.Log, protocol.Account, fact) error
}

func (s *scribe) feature() feature.Feature {
	return feature.Feature{Name: "scribe", Install: func(h *feature.Host) {
		s.send = feature.Signal(h, func(_ context.Context, _ protocol.Account, _ feature.Conversation, b fact) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.signals = append(s.signals, b.Where)
			return nil
		})
		feature.CatchUp(h, "texts", func(_ context.Context, e feature.Entry) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.fails > 0 {
				s.fails--
				return errors.New("out of ink")
			}
			if m, err := event.Decode[event.MessageSent](e.Body); err == nil && e.Kind == m.Kind() {
				s.texts = append(s.texts, m.Content)
			}
			return nil
		})
	}}
}

func (s *scribe) seen() (signals, texts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.signals...), append([]string(nil), s.texts...)
}

func TestASignalReachesTheOtherNodeAndIsNotLogged(t *testing.T) {
	var at, bt scribe
	a := openWith(t, "a", t.TempDir(), at.feature())
	b := openWith(t, "b", t.TempDir(), bt.feature())
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "hello"))
	c.arrives(a, c.send(b, c.bob, "hello back"))
	before := logged(t, b)
	c.until("the signal arrives", func() bool {
		if err := at.send(t.Context(), c.log, c.alice, fact{"here"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
		signals, _ := bt.seen()
		return len(signals) > 0 && signals[0] == "here"
	})
	if got := logged(t, b); got != before {
		t.Errorf("a signal changed the log: %d events, before it %d", got, before)
	}
	if err := at.send(t.Context(), c.log, c.alice, fact{string(make([]byte, protocol.MaxSignal+1))}); err == nil {
		t.Error("a signal over the limit was sent")
	}
	if signals, _ := at.seen(); len(signals) > 0 {
		t.Errorf("the sender was told of its own signal: %q", signals)
	}
	c.delivered(a, c.send(a, c.alice, "after the signals"))
}

// logged counts the events of all logs of a node.
func logged(t *testing.T, n *Node) (count int) {
	t.Helper()
	if err := n.store.Export(func(table storage.Table) bool { return table == storage.Log }, func(storage.Key, []byte) error {
		count++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return count
}

func TestAFollowerThatCatchesUpMissesNothing(t *testing.T) {
	dir := t.TempDir()
	var first, second scribe
	a := openWith(t, "a", dir, first.feature())
	b := open(t, "b", t.TempDir())
	c := meet(t, a, b)
	c.arrives(b, c.send(a, c.alice, "one"))
	c.arrives(a, c.send(b, c.bob, "two"))
	c.until("both came", func() bool { _, texts := first.seen(); return len(texts) == 2 })
	first.mu.Lock()
	first.fails = 1
	first.mu.Unlock()
	c.arrives(b, c.send(a, c.alice, "three"))
	c.arrives(b, c.send(a, c.alice, "four"))
	stop(t, a)
	a = openWith(t, "a", dir, second.feature())
	c.arrives(b, c.send(a, c.alice, "five"))
	c.until("what was missed comes", func() bool {
		_, had := first.seen()
		_, texts := second.seen()
		all := append(had, texts...)
		return len(all) >= 5 && all[len(all)-1] == "five"
	})
	_, had := first.seen()
	_, texts := second.seen()
	seen := map[string]bool{}
	for _, text := range append(had, texts...) {
		seen[text] = true
	}
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		if !seen[text] {
			t.Errorf("%q was missed", text)
		}
	}
}
