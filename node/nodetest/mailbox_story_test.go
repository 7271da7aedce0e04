package nodetest_test

import (
	"fmt"
	"slices"
	"testing"

	"conclave/node/mailbox"
)

// address is where other nodes reach a house.
func (h *house) address() string { return h.Addresses()[0] }

// keptAt has the mailboxes of a guest set, and waits until they keep.
func (g guest) keptAt(addresses ...string) {
	g.t.Helper()
	g.ask(200, "PUT", "/me/mailboxes", map[string][]string{"addresses": addresses})
	g.until("the mailboxes keep", func() bool {
		items := g.ask(200, "GET", "/me/mailboxes", nil).items()
		return len(items) == len(addresses) && !slices.ContainsFunc(items, func(m map[string]any) bool { return m["state"] != "keeps" })
	})
}

// comes tells that a node is back.
func (g guest) comes(c houseConfig) guest { g.t.Helper(); return g.at(newHouse(g.t, c)) }

// saysMany writes numbered messages and waits until all are in a state.
func (g guest) saysMany(talk, what string, n int, state string) (ids, texts []string) {
	g.t.Helper()
	for i := range n {
		texts = append(texts, fmt.Sprint(what, " ", i))
		ids = append(ids, g.says(talk, texts[i]))
	}
	g.allAre(talk, ids, state)
	return ids, texts
}

func (g guest) allAre(talk string, ids []string, state string) {
	g.t.Helper()
	g.until(fmt.Sprintf("%d messages of %s are %s", len(ids), g.name, state), func() bool {
		n := 0
		for _, m := range g.history(talk) {
			if slices.Contains(ids, m["id"].(string)) && m["state"] == state {
				n++
			}
		}
		return n == len(ids)
	})
}

func (g guest) shows(talk string, want []string) {
	g.t.Helper()
	g.until(fmt.Sprintf("%s has %d messages", g.name, len(want)), func() bool { return len(g.all(talk)) >= len(want) })
	if got := g.all(talk); !slices.Equal(got, want) {
		g.t.Fatalf("%s shows %d messages %q, want %d in their order", g.name, len(got), got, len(want))
	}
}

// all are the texts of a conversation, oldest first.
func (g guest) all(talk string) (out []string) {
	g.t.Helper()
	for _, m := range g.history(talk) {
		out = append(out, m["text"].(string))
	}
	return out
}

// history are the messages of a conversation that people wrote, over all pages, oldest first.
func (g guest) history(talk string) (out []map[string]any) {
	g.t.Helper()
	for before := ""; ; {
		r := g.ask(200, "GET", "/conversations/"+talk+"/messages?limit=100"+before, nil)
		var page []map[string]any
		for _, m := range r.items() {
			if m["kind"] == "text" {
				page = append(page, m)
			}
		}
		out = append(page, out...)
		if r.text("next") == "" {
			return out
		}
		before = "&before=" + r.text("next")
	}
}

func TestTwoWhoAreNeverOnlineTogetherTalkThroughAThird(t *testing.T) {
	k := newHouse(t, houseConfig{dir: t.TempDir(), keeps: mailbox.Anyone})
	ca, cb := houseConfig{dir: t.TempDir()}, houseConfig{dir: t.TempDir()}
	a, b := newHouse(t, ca), newHouse(t, cb)
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	talk := ana.meets(ben)
	ana.keptAt(k.address())
	ben.keptAt(k.address())
	_, want := ana.saysMany(talk, "hello from ana", 1, "delivered")
	_, more := ben.saysMany(talk, "hello from ben", 1, "delivered")
	want = append(want, more...)

	b.end()
	anas, more := ana.saysMany(talk, "ana", 50, "sent")
	want = append(want, more...)
	a.end()

	ben = ben.comes(cb)
	ben.shows(talk, want)
	ben.ask(204, "PUT", "/conversations/"+talk+"/read", map[string]string{"message": anas[49]})
	bens, more := ben.saysMany(talk, "ben", 50, "sent")
	want = append(want, more...)
	ben.end()

	ana = ana.comes(ca)
	ana.shows(talk, want)
	ana.allAre(talk, anas, "read")
	ana.ask(204, "PUT", "/conversations/"+talk+"/read", map[string]string{"message": bens[49]})
	_, more = ana.saysMany(talk, "goodbye", 1, "sent")
	want = append(want, more...)
	ana.end()

	ben = ben.comes(cb)
	ben.shows(talk, want)
	ben.allAre(talk, bens, "read")
}
