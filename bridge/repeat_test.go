package bridge_test

import (
	"strings"
	"sync"
	"testing"
)

// held makes note.add stop inside: it tells entered, and goes on when release is closed.
func (n *node) held() (entered, release chan struct{}) {
	entered, release = make(chan struct{}), make(chan struct{})
	n.hold = func() {
		entered <- struct{}{}
		<-release
	}
	return entered, release
}

func TestRepeatedCallsHaveOneEffect(t *testing.T) {
	n := newNode(t)
	add := request{"POST", "/api/v1/notes", `{"text":"once"}`, as("ana", "Idempotency-Key", "k-1")}
	first := n.ok(t, add, 201)
	if again := n.ok(t, add, 201); again != first || len(n.notes.notes) != 1 {
		t.Errorf("got %s and %d notes, want %s and one", again, len(n.notes.notes), first)
	}
	n.refused(t, request{"POST", "/api/v1/notes", `{"text":"other"}`, as("ana", "Idempotency-Key", "k-1")}, 409, "idempotency_mismatch")
	if len(n.notes.notes) != 1 {
		t.Errorf("got %d notes, want one", len(n.notes.notes))
	}
}

func TestDuplicatesInFlightGetTheAnswerOfTheFirst(t *testing.T) {
	n := newNode(t)
	entered, release := n.held()
	add := request{"POST", "/api/v1/notes", `{"text":"once"}`, as("ana", "Idempotency-Key", "k-1")}
	answers := make([]string, 8)
	var all sync.WaitGroup
	all.Go(func() { answers[0] = n.ok(t, add, 201) })
	<-entered
	n.hold = nil
	for i := range answers[1:] {
		all.Go(func() { answers[1+i] = n.ok(t, add, 201) })
	}
	n.refused(t, request{"POST", "/api/v1/notes", `{"text":"other"}`, as("ana", "Idempotency-Key", "k-1")}, 409, "idempotency_mismatch")
	if n.calls != 0 {
		t.Errorf("got %d calls while the first is inside, want none beside it", n.calls)
	}
	close(release)
	all.Wait()
	for _, a := range answers {
		if a != answers[0] || !strings.Contains(a, "m_") {
			t.Errorf("got answers %v, want all the same", answers)
		}
	}
	if len(n.notes.notes) != 1 {
		t.Errorf("got %d notes, want one", len(n.notes.notes))
	}
}
