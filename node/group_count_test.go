package node

import (
	"fmt"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
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

// writes counts the rows that a message changes where it is written and where it comes to.
func (g *circle) writes() (sender, receiver int) {
	g.t.Helper()
	g.quiet()
	everything := func(storage.Table) bool { return true }
	before := []map[storage.Key]string{export(g.t, g.nodes[0], everything), export(g.t, g.nodes[1], everything)}
	id := g.say(0, "how many rows?")
	g.becomes(0, id, feature.Delivered)
	g.arrives(1, id)
	g.quiet()
	var counts [2]int
	for i := range counts {
		after := export(g.t, g.nodes[i], everything)
		for k, v := range after {
			if before[i][k] != v {
				counts[i]++
			}
		}
		for k := range before[i] {
			if _, ok := after[k]; !ok {
				counts[i]++
			}
		}
	}
	return counts[0], counts[1]
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

// However many members live on a node, a message is one row in its log and the same few beside it.
func TestAGroupMessageCostsTheSameForOneLocalMemberAndForAThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand accounts take their time")
	}
	few := gather(t, open(t, "a", ""), open(t, "b", ""))
	few.becomes(0, few.say(0, "the chain is known now"), feature.Delivered)
	sent, got := few.writes()
	many := gather(t, open(t, "c", ""), open(t, "d", ""))
	many.crowd(0, 1000)
	var last protocol.EventID
	many.quiet()
	last = many.say(0, "the chain is known now")
	many.becomes(0, last, feature.Delivered)
	sentMany, gotMany := many.writes()
	t.Logf("rows a message: %d where it is written, %d where it comes to", sent, got)
	if sentMany != sent {
		t.Errorf("rows written by the sender's node with 1,000 local members: got %d, want %d", sentMany, sent)
	}
	if gotMany != got {
		t.Errorf("rows written by the receiver's node: got %d, want %d", gotMany, got)
	}
}
