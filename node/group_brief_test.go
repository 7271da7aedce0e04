package node

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/mailbox"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// knowsOf waits until a node knows where another one's account has its blobs kept, without having met it.
func (g *circle) knowsOf(i, j int) {
	g.t.Helper()
	g.until("the node knows the mailboxes", func() (known bool) {
		g.view(i, func(tx feature.Tx) error {
			list, err := g.nodes[i].directory.MailboxesOf(tx, g.who[j])
			known = err == nil && len(list) > 0
			return nil
		})
		return known
	})
}

// inMail waits until a node has deposited all that it has for others, rows of groups in so many messages at least. The clock runs ahead
// meanwhile, since nodes wait for those that may come back.
func (g *circle) inMail(i int, clock *calendar, rides int) {
	g.t.Helper()
	realm := g.nodes[i].keys.Node()
	g.until(fmt.Sprintf("all that node %d says is in the mailbox", i), func() bool {
		clock.pass(time.Second)
		carry, waits := 0, false
		g.view(i, func(tx feature.Tx) error {
			return tx.Scan(realm, realm.Key(storage.Outbox), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
				p, err := canon.UnmarshalBody[struct {
					State uint64         `cbor:"6,keyasint"`
					Ride  map[uint64]any `cbor:"16,keyasint"`
				}](v)
				const mailed = 4
				waits = waits || p.State != mailed
				if p.Ride != nil {
					carry++
				}
				return true, err
			})
		})
		return !waits && carry >= rides
	})
}

// Ben is added while his node is away, and comes back when everybody else is gone: all that is there is the mailbox. Cleo and he never
// met, and know of each other through the group alone.
func TestANodeJoinsAGroupThroughAMailboxAlone(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	homes := homesWith(t, clock, 3)
	keeper := openLike(t, "keeper", Config{Mailbox: mailbox.Anyone, Now: clock.now})
	g := found(t, func(*membership.Policy) {}, openLike(t, "ana", homes[0]), openLike(t, "cleo", homes[1]))
	const ana, cleo, ben = 0, 1, 2
	g.nodes = append(g.nodes, openLike(t, "ben", homes[ben]))
	g.who = append(g.who, call[account.Opened](t, g.nodes[ben], feature.Actor{}, "account.create", account.CreateRequest{
		Name: "ben", Passphrase: "correct horse", SetupToken: g.nodes[ben].SetupToken(),
	}).Account.Acct)
	for i := range homes {
		g.mailAt(i, keeper)
		g.until("the link names the mailbox", func() bool {
			me := call[account.Me](t, g.nodes[i], feature.Actor{Account: g.who[i]}, "me.get", feature.Nothing{})
			return strings.Contains(me.ContactLink, keeper.PeerID())
		})
	}
	g.learn(ana, ben)
	g.learn(ana, cleo)
	g.join(cleo)
	ticket := []byte("a ticket")
	g.update(ben, func(tx feature.Tx) error { return g.nodes[ben].groups.Expect(tx, g.who[ben], g.log, ticket) })
	stop(t, g.nodes[ben])
	g.until("ana knows that ben is away", func() bool { return !g.nodes[ana].host.Connected(g.nodes[ben].host.ID()) })

	g.update(ana, func(tx feature.Tx) error {
		_, err := g.nodes[ana].groups.Answer(tx, g.log, g.who[ana], g.who[ben], ticket)
		return err
	})
	g.knowsOf(cleo, ben)
	want := []protocol.EventID{g.say(ana, "welcome")}
	g.arrives(cleo, want[0])
	want = append(want, g.say(cleo, "from me too"))
	g.arrives(ana, want[1])
	g.inMail(ana, clock, 1)
	g.inMail(cleo, clock, 1)
	stop(t, g.nodes[ana])
	stop(t, g.nodes[cleo])

	g.nodes[ben] = openLike(t, "ben", homes[ben])
	g.until("ben is a member", func() bool { return g.standing(ben) == feature.GroupJoined })
	g.showsTo(ben, want)
	g.until("nothing is missing", func() bool { return g.gaps(ben) == 0 })
	answer := g.say(ben, "I am here")
	g.inMail(ben, clock, 2)
	stop(t, g.nodes[ben])

	g.nodes[cleo] = openLike(t, "cleo", homes[cleo])
	g.showsTo(cleo, append(want, answer))
}
