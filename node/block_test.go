package node_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
)

// What a blocked person sends leaves nothing in the store of who blocked, and the sender is not told.
func TestTheDoorStoresNothingOfABlockedPerson(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var homes [2]*house
	for i, name := range []string{"ana", "ben"} {
		home, err := nodetest.Start(ctx, node.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := home.Close(); err != nil {
				t.Error(err)
			}
		})
		homes[i] = &house{Home: home}
		homes[i].owner = homes[i].join(t, "setup_token", home.SetupToken(), name)
	}
	a, b := homes[0], homes[1]
	ana, ben := a.owner.token, b.owner.token
	await := func(what string, is func() bool) {
		t.Helper()
		if err := nodetest.Await(ctx, what, func() (bool, error) { return is(), nil }); err != nil {
			t.Fatal(err)
		}
	}
	link := text(b.ask(t, ben, "GET", "/me", nil), "contact_link")
	talk := text(a.ask(t, ana, "POST", "/contacts", map[string]string{"link": link}), "conversation")
	say := func(words string) string {
		return text(a.ask(t, ana, "POST", "/conversations/"+talk+"/messages", map[string]string{"text": words}), "id")
	}
	state := func(id string) string {
		for _, m := range a.ask(t, ana, "GET", "/conversations/"+talk+"/messages", nil)["items"].([]any) {
			if m := m.(map[string]any); m["id"] == id {
				return m["state"].(string)
			}
		}
		return ""
	}
	first := say("before")
	await("the first is there", func() bool { return state(first) == "delivered" })
	answer := text(b.ask(t, ben, "POST", "/conversations/"+talk+"/messages", map[string]string{"text": "hello"}), "id")
	await("the answer is there", func() bool {
		raw, err := json.Marshal(a.ask(t, ana, "GET", "/conversations/"+talk+"/messages", nil))
		return err == nil && strings.Contains(string(raw), answer)
	})
	b.ask(t, ben, "POST", "/contacts/"+a.owner.acct+"/block", nil)

	before := b.rows(t)
	await("the store is at rest", func() bool { was := before; before = b.rows(t); return maps.Equal(was, before) })
	var sent []string
	for _, words := range []string{"one", "two", "three"} {
		sent = append(sent, say(words))
	}
	for _, id := range sent {
		await("the sender is told nothing but sent", func() bool { return state(id) == "sent" })
	}
	if after := b.rows(t); !maps.Equal(before, after) {
		t.Errorf("the store of who blocked changed: %s", difference(before, after))
	}
}
