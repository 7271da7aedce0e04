package node

import (
	"fmt"
	"os"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol/membership"
	"conclave/storage"
)

// crowd makes accounts on a node and members of them.
func (g *circle) crowd(i, count int) {
	g.t.Helper()
	owner := feature.Actor{Account: g.who[i]}
	for k := range count {
		invite := call[account.NewInvite](g.t, g.nodes[i], owner, "invite.create", account.InviteRequest{})
		a := call[account.Opened](g.t, g.nodes[i], feature.Actor{}, "account.create", account.CreateRequest{
			Name: fmt.Sprintf("local%d", k), Passphrase: "correct horse", Invite: invite.Token,
		}).Account.Acct
		g.update(i, func(tx feature.Tx) error {
			_, err := g.nodes[i].groups.Act(tx, g.log, g.who[i], &membership.Add{Account: a})
			return err
		})
	}
}

// writes counts the rows that a message changes on each of two nodes.
func (g *circle) writes(from int) (rows [2]int) {
	g.t.Helper()
	g.becomes(from, g.say(from, "now the chain is known"), feature.Delivered)
	g.quiet()
	everything := func(storage.Table) bool { return true }
	before := []map[storage.Key]string{export(g.t, g.nodes[0], everything), export(g.t, g.nodes[1], everything)}
	g.becomes(from, g.say(from, "how many rows?"), feature.Delivered)
	g.quiet()
	for i := range rows {
		after := export(g.t, g.nodes[i], everything)
		for k, v := range after {
			if before[i][k] != v {
				rows[i]++
			}
		}
		for k := range before[i] {
			if _, ok := after[k]; !ok {
				rows[i]++
			}
		}
	}
	return rows
}

// quiet waits until no node has anything to send.
func (g *circle) quiet() {
	g.t.Helper()
	g.until("all is sent", func() bool {
		for _, n := range g.nodes {
			left := waiting(g.t, n)
			if err := n.store.View(func(tx feature.Tx) error {
				return tx.Scan(n.keys.Node(), n.keys.Node().Key(storage.GroupOutbox), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
					left++
					return true, nil
				})
			}); err != nil {
				g.t.Fatal(err)
			}
			if left > 0 {
				return false
			}
		}
		return true
	})
}

// cost is the least that one of several messages changes: what nodes do for other reasons meanwhile is not its cost.
func (g *circle) cost(from int) [2]int {
	g.t.Helper()
	least := g.writes(from)
	for range 3 {
		rows := g.writes(from)
		least = [2]int{min(least[0], rows[0]), min(least[1], rows[1])}
	}
	return least
}

// However many members live on a node, a message is one row in its log and the same few beside it.
func TestAGroupMessageCostsTheSameForOneLocalMemberAndForMany(t *testing.T) {
	members := 100
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		members = 1000
	}
	few, many := gather(t, open(t, "a", ""), open(t, "b", "")), gather(t, open(t, "c", ""), open(t, "d", ""))
	many.crowd(0, members)
	for from, where := range []string{"the node of many", "the other node"} {
		want, got := few.cost(from), many.cost(from)
		t.Logf("rows of a message from %s: %d and %d with one local member, %d and %d with %d", where, want[0], want[1], got[0], got[1], members)
		if got != want {
			t.Errorf("rows of a message from %s, for %d local members: got %v, want %v", where, members, got, want)
		}
	}
}
