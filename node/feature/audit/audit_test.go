package audit

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

type realms struct {
	feature.Realms
	node *storage.Realm
}

func (r realms) Node() *storage.Realm { return r.node }

type world struct {
	t   *testing.T
	reg *feature.Registry
	now time.Time
}

func begin(t *testing.T) *world {
	t.Helper()
	var key [32]byte
	rand.Read(key[:])
	store, err := storage.Open(storage.Options{InMemory: true, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, reg: feature.NewRegistry(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	feature.Install(w.reg, feature.Services{
		Now: func() time.Time { return w.now }, Store: store, Realms: realms{node: storage.NewRealm([16]byte{1}, key, key)},
	}, Feature())
	return w
}

func (w *world) list(req ListRequest) feature.List[Incident] {
	w.t.Helper()
	op, _ := w.reg.Operation("audit.list")
	if op.Access != feature.Owner {
		w.t.Errorf("access: got %d, want the owner only", op.Access)
	}
	out, err := op.Call(w.t.Context(), req)
	if err != nil {
		w.t.Fatal(err)
	}
	return out.(feature.List[Incident])
}

func TestAPeerHasOneRowForEachKindAndMinute(t *testing.T) {
	w := begin(t)
	if got := w.list(ListRequest{}).Items; got == nil || len(got) != 0 {
		t.Errorf("rows of a new log: got %v, want an empty list", got)
	}
	log := protocol.Log{7}
	for range 3 {
		for n := range 1000 {
			w.reg.Report(feature.Incident{Kind: feature.ForgedRecord, Peer: "p", Log: log})
			if n%500 == 0 {
				w.list(ListRequest{}) // written in the middle
			}
		}
		w.now = w.now.Add(time.Minute)
	}
	w.reg.Report(feature.Incident{Kind: feature.PeerBlocked, Peer: "p"})
	got := w.list(ListRequest{}).Items
	if len(got) != 4 || got[0].Kind != feature.PeerBlocked || got[0].Group != "" {
		t.Fatalf("rows: got %+v, want 4, the newest first", got)
	}
	for _, i := range got[1:] {
		if i.Count != 1000 || i.Peer != "p" || i.Group != log.String() || i.Account != "" {
			t.Errorf("row: got %+v, want 1000 of a peer in a group", i)
		}
	}
	page := w.list(ListRequest{Limit: 3})
	rest := w.list(ListRequest{Limit: 3, Before: page.Next})
	if len(page.Items) != 3 || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0] != got[3] {
		t.Errorf("pages: got %d and %+v, want 3 and the oldest", len(page.Items), rest)
	}
}

func TestTheLogIsBounded(t *testing.T) {
	w := begin(t)
	for m := range 2 + maxRows/(maxPerMinute+1) {
		for n := range 3 * maxPerMinute {
			w.reg.Report(feature.Incident{Kind: feature.PeerFloods, Peer: fmt.Sprint(m, " ", n)})
		}
		w.list(ListRequest{Limit: 1})
		w.now = w.now.Add(time.Minute)
	}
	rows, others := 0, 0
	for page := w.list(ListRequest{Limit: maxPage}); ; page = w.list(ListRequest{Limit: maxPage, Before: page.Next}) {
		rows += len(page.Items)
		for _, i := range page.Items {
			if i.Peer == "" {
				others++
				if i.Count != 2*maxPerMinute {
					t.Fatalf("others of a minute: got %d, want %d", i.Count, 2*maxPerMinute)
				}
			}
		}
		if page.Next == "" {
			break
		}
	}
	if rows != maxRows || others < maxRows/(maxPerMinute+1)-1 {
		t.Errorf("rows: got %d with %d for others, want %d", rows, others, maxRows)
	}
}
