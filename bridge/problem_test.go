package bridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/bridge"
)

// canary is a secret that must not turn up where it does not belong.
const canary = "canary-7f3a"

func TestPanicsAndErrorsTellNothingOfTheirContent(t *testing.T) {
	n := newNode(t)
	for _, path := range []string{"/api/v1/fail/panic", "/api/v1/fail/error"} {
		p := n.refused(t, request{"POST", path, `{"text":"` + canary + `"}`, as("ana")}, 500, "internal")
		if len(p.RequestID) != 16 || !strings.Contains(n.logs.text(), p.RequestID) {
			t.Errorf("%s: the log does not name request %q: %s", path, p.RequestID, n.logs.text())
		}
	}
	logs := n.logs.text()
	if strings.Contains(logs, canary) || strings.Contains(logs, "token-ana") {
		t.Errorf("the log tells a secret: %s", logs)
	}
	for _, want := range []string{"operation=fail.panic", "operation=fail.error", "note_test.go", "open note", "broken"} {
		if !strings.Contains(logs, want) {
			t.Errorf("the log misses %q: %s", want, logs)
		}
	}
	n.ok(t, request{"GET", "/api/v1/notes", "", as("ana")}, 200)
}

func TestPanickingPagesDoNotTellMore(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) {
		c.Pages = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(canary) })
	})
	p := n.refused(t, request{"GET", "/", "", nil}, 500, "internal")
	if logs := n.logs.text(); strings.Contains(logs, canary) || !strings.Contains(logs, p.RequestID) {
		t.Errorf("got log %s", logs)
	}
}

func TestRefusalsSayWhenToTryAgain(t *testing.T) {
	n := newNode(t)
	n.refused(t, request{"POST", "/api/v1/fail/error", `{"text":"busy"}`, nil}, 503, "unavailable")
	res, _ := n.do(t, request{"POST", "/api/v1/fail/error", `{"text":"busy"}`, nil})
	if got := res.Header.Get("Retry-After"); got != "2" {
		t.Errorf("got Retry-After %q, want 2", got)
	}
	n.refused(t, request{"POST", "/api/v1/fail/error", `{"text":"slow"}`, nil}, 503, "busy")
}

func TestMoreWritesThanTheNodeHoldsAreRefused(t *testing.T) {
	n := newNode(t)
	entered, release := n.held()
	var waiting sync.WaitGroup
	for range bridge.MaxWriting {
		waiting.Go(func() { n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana")}, 201) })
	}
	for range bridge.MaxWriting {
		<-entered
	}
	more := request{"POST", "/api/v1/notes", `{"text":"one too many"}`, as("ana")}
	n.refused(t, more, 503, "busy")
	if res, _ := n.do(t, more); res.Header.Get("Retry-After") != "2" {
		t.Errorf("got Retry-After %q, want 2", res.Header.Get("Retry-After"))
	}
	n.ok(t, request{"GET", "/api/v1/notes", "", as("ana")}, 200)
	n.hold = nil
	close(release)
	waiting.Wait()
	n.ok(t, more, 201)
}

func TestDrainFinishesWhatRunsAndRefusesTheRest(t *testing.T) {
	n := newNode(t)
	entered, release := n.held()
	answer := make(chan string, 1)
	go func() { answer <- n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana")}, 201) }()
	<-entered
	short, cancel := context.WithCancel(context.Background())
	cancel()
	if err := n.b.Drain(short); err == nil {
		t.Error("drained while a call was running")
	}
	close(release)
	if err := n.b.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-answer:
		if !strings.Contains(got, "m_") {
			t.Errorf("got %s", got)
		}
	case <-time.After(time.Minute):
		t.Fatal("the call that ran was not finished")
	}
	n.ok(t, request{"GET", "/readyz", "", nil}, 503)
	n.ok(t, request{"GET", "/livez", "", nil}, 200)
	n.refused(t, request{"GET", "/api/v1/notes", "", as("ana")}, 503, "restarting")
}

func TestOpenAPIIsTheSameOnEveryNodeAndValidJSON(t *testing.T) {
	a, b := newNode(t), newNode(t)
	if !bytes.Equal(a.b.OpenAPI(), b.b.OpenAPI()) {
		t.Error("two nodes describe the same API differently")
	}
	if !json.Valid(a.b.OpenAPI()) || a.ok(t, request{"GET", "/api/openapi.json", "", nil}, 200) != string(a.b.OpenAPI()) {
		t.Error("the description is not served as it is")
	}
}
