package protocol

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"slices"
	"testing"

	"conclave/crypto/canon"
)

var update = flag.Bool("update", false, "write the golden files")

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}

func someHeader() Header {
	h := Header{Kind: "message.sent", Ord: 3, HLC: 0x0123456789abcdef, Parents: []EventID{{2}, {1}}}
	fill(h.Log[:], 0x11)
	fill(h.Author[:], 0x22)
	fill(h.Device[:], 0x33)
	return h
}

func someEvent(t testing.TB, change func(*Header), body []byte) *Event {
	t.Helper()
	h := someHeader()
	change(&h)
	e, err := NewEvent(bytes.NewReader(make([]byte, 16)), h, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// vectors are what other implementations must agree with.
type vectors struct {
	Event     string `json:"event"`
	ID        string `json:"id"`
	Erased    string `json:"erased"`
	Root      string `json:"root"`
	RootID    string `json:"root_id"`
	DirectLog string `json:"direct_log"`
	Account   string `json:"account"`
	Device    string `json:"device"`
	Envelope  string `json:"envelope_id"`
	History   string `json:"history"`
	LinkToken string `json:"link_token"`
	Content   string `json:"content"`
}

func TestVectors(t *testing.T) {
	e := someEvent(t, func(*Header) {}, []byte("body"))
	root := someEvent(t, func(h *Header) { h.Parents, h.Ord = nil, 1 }, []byte{})
	link := Link{Account: e.Author}
	fill(link.Secret[:], 0x44)
	envelope := EnvelopeIDOf([]byte("blob"))
	history := HistoryHash(HistoryHash([32]byte{}, root), e)
	got := vectors{
		Event: hex.EncodeToString(e.Encode()), ID: e.ID.String(), Erased: hex.EncodeToString(e.Erase().Encode()),
		Root: hex.EncodeToString(root.Encode()), RootID: root.ID.String(),
		DirectLog: DirectLog(e.Author, Account{1}).String(), Account: e.Author.String(), Device: e.Device.String(),
		Envelope: hex.EncodeToString(envelope[:]), History: hex.EncodeToString(history[:]), LinkToken: link.Token(),
		Content: hex.EncodeToString(EncodeContent(Item{Kind: ItemEvent, Data: []byte("e")}, Item{Kind: 99, Data: []byte{}})),
	}
	const file = "testdata/vectors.json"
	if *update {
		b, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want vectors
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("vectors: got\n%+v\nwant\n%+v", got, want)
	}
}

func TestDecodeIsTheInverseOfEncode(t *testing.T) {
	for name, e := range map[string]*Event{
		"with parents": someEvent(t, func(*Header) {}, []byte("body")),
		"root":         someEvent(t, func(h *Header) { h.Parents, h.Ord = nil, 1 }, []byte("body")),
		"empty body":   someEvent(t, func(*Header) {}, []byte{}),
		"with heads":   someEvent(t, func(h *Header) { h.Heads = []EventID{{1}, {2}} }, []byte("body")),
		"largest body": someEvent(t, func(h *Header) { h.Heads = manyIDs(MaxHeads); h.Parents = manyIDs(MaxParents) }, make([]byte, MaxEventBody)),
		"erased":       someEvent(t, func(*Header) {}, []byte("body")).Erase(),
	} {
		t.Run(name, func(t *testing.T) {
			raw := e.Encode()
			got, err := DecodeEvent(raw)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != e.ID || got.Erased() != e.Erased() || !bytes.Equal(got.Body, e.Body) || got.Place() != e.Place() {
				t.Errorf("decoded: got %s %q, want %s %q", got.ID, got.Body, e.ID, e.Body)
			}
			if again := got.Encode(); !bytes.Equal(again, raw) {
				t.Errorf("encoded again: got %x, want %x", again, raw)
			}
			if id := got.Erase().ID; id != e.ID {
				t.Errorf("id after erasing: got %s, want %s", id, e.ID)
			}
		})
	}
}

func manyIDs(n int) (out []EventID) {
	for i := range n {
		out = append(out, EventID{byte(i + 1)})
	}
	return out
}

// wire encodes any header with its right body hash, also one that NewEvent refuses to make.
func wire(h Header, salt, body []byte) []byte {
	h.Version = max(h.Version, 1)
	h.BodyHash = bodyHash(salt, body)
	return canon.MustMarshal(wireEvent{Header: canon.MustMarshal(h), Salt: salt, Body: body})
}

func TestWrongEventsAreRefused(t *testing.T) {
	salt, body := make([]byte, 16), []byte("body")
	with := func(change func(*Header)) []byte {
		h := someHeader()
		SortIDs(h.Parents)
		change(&h)
		return wire(h, salt, body)
	}
	good := with(func(*Header) {})
	if _, err := DecodeEvent(good); err != nil {
		t.Fatalf("the event that the others are made of: got %v", err)
	}
	unbound := someHeader()
	SortIDs(unbound.Parents)
	unbound.Version = 1
	for name, in := range map[string][]byte{
		"version 2":               with(func(h *Header) { h.Version = 2 }),
		"no kind":                 with(func(h *Header) { h.Kind = "" }),
		"long kind":               with(func(h *Header) { h.Kind = string(bytes.Repeat([]byte("k"), MaxKind+1)) }),
		"nine parents":            with(func(h *Header) { h.Parents = manyIDs(MaxParents + 1) }),
		"parents out of order":    with(func(h *Header) { slices.Reverse(h.Parents) }),
		"a parent twice":          with(func(h *Header) { h.Parents = []EventID{{1}, {1}} }),
		"seventeen heads":         with(func(h *Header) { h.Heads = manyIDs(MaxHeads + 1) }),
		"heads out of order":      with(func(h *Header) { h.Heads = []EventID{{2}, {1}} }),
		"order 0":                 with(func(h *Header) { h.Ord = 0 }),
		"order 1 with parents":    with(func(h *Header) { h.Ord = 1 }),
		"order 2 without parents": with(func(h *Header) { h.Parents = []EventID{} }),
		"null for no parents":     with(func(h *Header) { h.Parents, h.Ord = nil, 1 }),
		"a body too large":        wire(unbound, salt, make([]byte, MaxEventBody+1)),
		"a short salt":            wire(unbound, salt[:15], body),
		"an empty salt and body":  wire(unbound, []byte{}, []byte{}),
		"a salt without a body":   wire(unbound, salt, nil),
		"a body without a salt":   wire(unbound, nil, body),
		"another body":            canon.MustMarshal(wireEvent{Header: canon.MustMarshal(unbound), Salt: salt, Body: []byte("other")}),
		"nothing":                 nil,
		"over the limit":          make([]byte, MaxEvent+1),
		"a trailing byte":         append(bytes.Clone(good), 0),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := DecodeEvent(in); !errors.Is(err, ErrEvent) {
				t.Errorf("DecodeEvent: got %v, want %v", err, ErrEvent)
			}
		})
	}
	for i := range good {
		changed := bytes.Clone(good)
		changed[i] ^= 1
		if e, err := DecodeEvent(changed); err == nil && bytes.Equal(e.Encode(), good) {
			t.Errorf("byte %d flipped: decoded as the event that it was made of", i)
		}
	}
}

func TestPlacesSortAsTheirBytesDo(t *testing.T) {
	places := []Place{
		{}, {Ord: 1}, {Ord: 1, HLC: 1}, {Ord: 1, HLC: 1, ID: EventID{1}}, {Ord: 1, HLC: math.MaxUint64}, {Ord: 2}, {Ord: math.MaxUint64},
	}
	for i, p := range places {
		back, err := PlaceFromBytes(p.Bytes())
		if err != nil || back != p {
			t.Errorf("read back: got %v, %v, want %v", back, err, p)
		}
		for j, q := range places {
			if got := p.Compare(q); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v compared with %v: got %d", p, q, got)
			}
		}
	}
	if _, err := PlaceFromBytes(make([]byte, 47)); err == nil {
		t.Error("47 bytes were read as a place")
	}
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(someEvent(f, func(*Header) {}, []byte("body")).Encode())
	f.Add(someEvent(f, func(h *Header) { h.Parents, h.Ord = nil, 1 }, []byte{}).Encode())
	f.Add(someEvent(f, func(h *Header) { h.Heads = manyIDs(2) }, []byte("x")).Erase().Encode())
	f.Add([]byte{0x83, 0x9a, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := DecodeEvent(in)
		if err != nil {
			return
		}
		if got := e.Encode(); !bytes.Equal(got, in) {
			t.Fatalf("decode then encode: got %x, want %x", got, in)
		}
		if e.Ord == 0 || len(e.Parents) > MaxParents || len(e.Heads) > MaxHeads || len(e.Body) > MaxEventBody {
			t.Fatalf("out of bounds: %+v", e.Header)
		}
	})
}
