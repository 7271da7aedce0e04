package solo_test

import (
	"math/rand/v2"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/storage"
)

// TestUnreadOfAGroupIsWhatCountingAllOfItGives compares, after random steps, what a reader is told, who adds to what was counted
// before, with what a writer is told, who counts everything.
func TestUnreadOfAGroupIsWhatCountingAllOfItGives(t *testing.T) {
	var host *feature.Host
	n := solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), receipt.Feature(),
		feature.Feature{Name: "desk", Install: func(h *feature.Host) { host = h }})
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	log := found(n, ana, ben, cy)
	known(n, log, ana, ana, ben, cy)
	solo.Must[contact.Contact](n, cy, "contact.add", contact.LeadRequest{Link: ben.Link()})
	count := func(tx feature.Tx) int {
		c, err := host.Timeline.Conversation(tx, log)
		if err != nil {
			t.Fatal(err)
		}
		unread, err := host.UnreadOf(tx, cy.ID, c)
		if err != nil {
			t.Fatal(err)
		}
		return unread
	}
	random, blocked, most := rand.New(rand.NewPCG(1, 2)), false, 0
	var last, newest protocol.EventID
	for i := range 300 {
		switch p := random.IntN(40); {
		case p < 20:
			last, newest = newest, send(n, ana, log, "x")
		case p < 35:
			last, newest = newest, send(n, ben, log, "x")
		case p == 35 && !last.IsZero():
			read(n, cy, log, last)
		case p == 36:
			send(n, cy, log, "x")
		case p == 37:
			op := map[bool]string{false: "contact.block", true: "contact.unblock"}[blocked]
			solo.Must[contact.Contact](n, cy, op, contact.OfRequest{Account: ben.ID})
			blocked = !blocked
		case p == 38:
			forgetOne(t, n, host, log, random)
		}
		var got, want int
		if err := n.Store.View(func(tx feature.Tx) error { got = count(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		n.Update(func(tx feature.Tx) error { want = count(tx); return nil })
		if got != want {
			t.Fatalf("unread after step %d: got %d, want %d", i, got, want)
		}
		most = max(most, got)
	}
	if most < 10 {
		t.Errorf("at most %d were unread, want enough to compare", most)
	}
}

// forgetOne deletes a row of the log, as what is kept for a time only.
func forgetOne(t *testing.T, n *solo.Node, host *feature.Host, log protocol.Log, random *rand.Rand) {
	t.Helper()
	n.Update(func(tx feature.Tx) error {
		realm, err := host.Realms.Conversation(tx, log)
		if err != nil {
			return err
		}
		var keys []storage.Key
		if err := tx.Scan(realm, realm.Key(storage.Log), storage.ScanOptions{Reverse: true, Limit: 8, KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
			keys = append(keys, k)
			return true, nil
		}); err != nil {
			return err
		}
		tx.Delete(keys[random.IntN(len(keys)-1)+1]) // the end stays: orders are counted from there
		return nil
	})
}
