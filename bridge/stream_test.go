package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"conclave/node/feature"
)

type (
	streamReq struct {
		End string `query:"end"`
	}
	streamed struct {
		Items []string `json:"items"`

		end string
	}
)

func (*notes) stream(_ context.Context, r streamReq) (streamed, error) {
	return streamed{end: r.End}, nil
}

var errStream = errors.New("a secret of the stream")

// Stream writes 1 MiB, and ends as it was asked to.
func (s streamed) Stream(_ context.Context, w io.Writer) error {
	if s.end == "never" {
		return feature.ErrTooMany
	}
	if _, err := io.WriteString(w, `{"items":["`); err != nil {
		return err
	}
	for range 16 {
		if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
			return err
		}
	}
	if s.end == "early" {
		return errStream
	}
	_, err := io.WriteString(w, `"]}`)
	return err
}

func TestAStreamIsWrittenPieceByPiece(t *testing.T) {
	n := newNode(t)
	res, body := n.do(t, request{"GET", "/api/v1/stream?end=whole", "", as("ana")})
	var got streamed
	if err := json.Unmarshal([]byte(body), &got); err != nil || res.StatusCode != 200 || len(got.Items) != 1 || len(got.Items[0]) != 1<<20 {
		t.Errorf("a whole stream: got %d with %d bytes, %v", res.StatusCode, len(body), err)
	}
	if kind := res.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("content type: got %q", kind)
	}
	n.refused(t, request{"GET", "/api/v1/stream?end=never", "", as("ana")}, 429, "too_many_requests")
	n.refused(t, request{"GET", "/api/v1/stream?end=whole", "", nil}, 401, "no_session")
}

func TestAStreamThatFailsIsCutShort(t *testing.T) {
	n := newNode(t)
	req, err := http.NewRequest("GET", n.srv.URL+"/api/v1/stream?end=early", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = as("ana")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got, err := io.ReadAll(res.Body); err == nil || strings.HasSuffix(string(got), "}") {
		t.Errorf("got %d bytes and no error, want the connection to end", len(got))
	}
}
