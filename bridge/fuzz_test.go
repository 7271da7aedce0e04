package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"conclave/node/feature"
)

// FuzzBody: what the strict reader lets pass, encoding/json reads the same; nothing that it would repair gets through.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"text":"a"}`, `{"a":[1,2,{"b":null}],"c":1e5}`, `{"a":1,"a":2}`, `{"a":1} x`, `"\ud83d\ude00"`, `"\ud83d"`, `"\\ud83d"`, "\"\xff\"", `[[[[[[]]]]]]`,
		`{"a":"\u0000"}`, `nul`, ``, ` `, `{"a":tru}`, `[1,]`, `{,}`, `-0`, `01`, "\"\\", `{"a`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parseJSON(body)
		if err != nil {
			var refused *feature.Error
			if !errors.As(err, &refused) || refused.Status != 400 {
				t.Fatalf("got %v, want a refusal with 400", err)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil || !reflect.DeepEqual(v, want) {
			t.Fatalf("%q: got %v, encoding/json %v %v", body, v, want, err)
		}
		if !utf8.Valid(body) || !json.Valid(body) {
			t.Fatalf("%q passed", body)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if w, err := parseJSON(again); err != nil || !reflect.DeepEqual(v, w) {
			t.Fatalf("%q: read again %v %v, want %v", body, w, err, v)
		}
	})
}

// FuzzQuery: a query that passes holds every parameter once and bounded, and becomes a request or a refusal.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "limit=5", "limit=5&limit=6", "limit=%zz", "a=1;b=2", "before=m_x", "all=true", "limit=-1", "limit=99999999999999999999", "%00=%00", "all=TRUE", "limit=5&&", "limit"} {
		f.Add(s)
	}
	type list struct {
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
		All   bool   `query:"all"`
		Text  string `query:"text" maxLength:"10"`
	}
	op := feature.Operation{Name: "x.list", Request: reflect.TypeFor[list]()}
	in := newInput(op, "/x", newDocument())
	f.Fuzz(func(t *testing.T, raw string) {
		v := reflect.New(op.Request)
		if err := in.decodeQuery(v, raw); err != nil {
			var refused *feature.Error
			if !errors.As(err, &refused) || refused.Status != 400 {
				t.Fatalf("got %v, want a refusal with 400", err)
			}
			return
		}
		got := v.Elem().Interface().(list)
		if got.Limit < 1 || got.Limit > 200 || utf8.RuneCountInString(got.Text) > 10 || !utf8.ValidString(got.Text) {
			t.Fatalf("%q passed as %+v", raw, got)
		}
	})
}

// FuzzClientFrames: whatever a client sends, the reader ends with the bytes, holds no more than a control frame, and answers
// pings only.
func FuzzClientFrames(f *testing.F) {
	for _, fr := range []ws.Frame{
		ws.NewPingFrame([]byte("a")), ws.NewTextFrame([]byte("text")), ws.NewCloseFrame(nil), ws.NewFrame(ws.OpText, false, []byte("a")),
		ws.NewBinaryFrame(make([]byte, 5000)), ws.NewFrame(ws.OpContinuation, true, nil),
	} {
		b, err := ws.CompileFrame(ws.MaskFrame(fr))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(append(bytes.Clone(b), b...))
		f.Add(b[:len(b)/2])
	}
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, sent []byte) {
		pongs := 0
		in := &clientFrames{alive: func() error { return nil }, window: time.Hour, pong: func(p []byte) error {
			if pongs++; len(p) > 125 {
				t.Fatalf("a pong of %d bytes", len(p))
			}
			return nil
		}}
		err := in.read(bytes.NewReader(sent))
		var end closeError
		if err == nil || !errors.As(err, &end) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ws.ErrHeaderLengthMSB) && !errors.Is(err, ws.ErrHeaderLengthUnexpected) {
			t.Fatalf("got %v, want an end", err)
		}
		if pongs > maxClientFrames || in.n > maxClientFrames+1 {
			t.Fatalf("%d pongs for %d frames", pongs, in.n)
		}
	})
}
