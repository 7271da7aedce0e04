package node

import (
	"fmt"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// join makes the account of a node a member by a ticket; nobody hands it anything else.
func (g *circle) join(i int) {
	g.t.Helper()
	ticket := []byte("a ticket")
	g.update(i, func(tx feature.Tx) error { return g.nodes[i].groups.Expect(tx, g.who[i], g.log, ticket) })
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Answer(tx, g.log, g.who[0], g.who[i], ticket)
		return err
	})
	g.until("the new member has joined", func() bool { return g.standing(i) == feature.GroupJoined })
}

func (g *circle) act(i int, body membership.Body) {
	g.t.Helper()
	g.update(i, func(tx feature.Tx) error {
		_, err := g.nodes[i].groups.Act(tx, g.log, g.who[i], body)
		return err
	})
}

func TestLateJoinerReadsWhatThePolicyShows(t *testing.T) {
	for name, c := range map[string]struct {
		policy func(*membership.Policy)
		want   int // of the three messages before
	}{
		"nothing": {func(p *membership.Policy) {}, 0},
		"all":     {func(p *membership.Policy) { p.History = membership.HistoryAll }, 3},
	} {
		t.Run(name, func(t *testing.T) {
			g := found(t, c.policy, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
			g.join(1)
			var before []protocol.EventID
			for n := range 3 {
				id := g.say(0, fmt.Sprint("before ", n))
				g.arrives(1, id)
				before = append(before, id)
			}
			g.join(2)
			after := g.say(1, "after")
			for i := range g.nodes {
				g.arrives(i, after)
			}
			g.until("history", func() bool { return len(g.texts(2)) == c.want+1 })
			own := g.say(2, "from the new one")
			for i := range g.nodes {
				g.arrives(i, own)
			}
			if got := g.texts(0); got[len(got)-1] != own && got[0] != own {
				t.Errorf("the last message: got another than that of the new member")
			}
			_ = before
		})
	}
}
