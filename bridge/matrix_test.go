package bridge_test

import (
	"io"
	"net/http"
	"testing"

	"conclave/bridge/bridgetest"
	"conclave/protocol"
)

func TestForeignIDsAreAnsweredAsIfThereWereNothing(t *testing.T) {
	n := newNode(t)
	hers, none := n.addNote(t, "ana", "hers"), protocol.EventID{9}.String()
	ops := n.b.Registry.Operations()
	answers := map[string]map[string]string{}
	for _, id := range []string{hers, none} {
		cases, err := bridgetest.Foreign(ops, bridgetest.IDs{Params: map[string]string{"note": id, "id": "s-ana"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(cases) != 4 {
			t.Errorf("got %d cases, want 4 operations with ids", len(cases))
		}
		before := n.state()
		for _, c := range cases {
			for token, want := range map[string]int{"token-ben": 404, "": 401, "nobody": 401} {
				if c.Operation == "note.touch" && token == "token-ben" {
					continue // this test's own operation looks at nothing
				}
				status, body := send(t, n.srv.URL, c, token)
				if status != want {
					t.Errorf("%s as %q: got %d %s, want %d", c.Operation, token, status, body, want)
				}
				key := c.Operation + token
				if answers[key] == nil {
					answers[key] = map[string]string{}
				}
				answers[key][id] = body
			}
		}
		if n.state() != before {
			t.Errorf("the state changed to %s", n.state())
		}
	}
	for key, a := range answers {
		if a[hers] != a[none] {
			t.Errorf("%s: a foreign id is answered with %s, an unknown one with %s", key, a[hers], a[none])
		}
	}
	if _, err := bridgetest.Foreign(ops, bridgetest.IDs{}); err == nil {
		t.Error("got a matrix without ids")
	}
}

func send(t *testing.T, base string, c bridgetest.Case, token string) (int, string) {
	t.Helper()
	req, err := c.Request(base, token)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
