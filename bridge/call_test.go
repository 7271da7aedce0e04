package bridge_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// request is one call in a table.
type request struct {
	method, path, body string
	header             http.Header
}

func head(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func as(name string, pairs ...string) http.Header {
	return head(append(pairs, "Authorization", "Bearer token-"+name)...)
}

func (n *node) do(t testing.TB, r request) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(r.method, n.srv.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	if h := req.Header.Get("Host"); h != "" {
		req.Host = h
		req.Header.Del("Host")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

type problem struct {
	Type, Title, Detail, Code string
	Status                    int
	RequestID                 string `json:"request_id"`
	Errors                    []struct{ Location, Message string }
}

// refused asserts that a call gets a problem.
func (n *node) refused(t testing.TB, r request, status int, code string) problem {
	t.Helper()
	res, body := n.do(t, r)
	var p problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("%s %s: got %d %q, want a problem", r.method, r.path, res.StatusCode, body)
	}
	if res.StatusCode != status || p.Status != status || p.Code != code || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%s %s %.80s: got %d %s (%s), want %d %s", r.method, r.path, r.body, res.StatusCode, body, res.Header.Get("Content-Type"), status, code)
	}
	if p.Type != "about:blank" || p.Title != http.StatusText(status) || p.Detail == "" {
		t.Fatalf("got an incomplete problem %s", body)
	}
	return p
}

func (n *node) ok(t testing.TB, r request, status int) string {
	t.Helper()
	res, body := n.do(t, r)
	if res.StatusCode != status {
		t.Fatalf("%s %s: got %d %s, want %d", r.method, r.path, res.StatusCode, body, status)
	}
	return body
}

func (n *node) addNote(t testing.TB, name, text string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ ID string }
	body := n.ok(t, request{"POST", "/api/v1/notes", string(raw), as(name)}, 201)
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	return got.ID
}
