package node

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/contact"
	"conclave/node/mailbox"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// inBetween are two members who are never online together from now on, and know each other's mailboxes.
func inBetween(t *testing.T, clock *calendar, homes []Config, keepers ...*Node) *circle {
	t.Helper()
	g := gather(t, openLike(t, "ana", homes[0]), openLike(t, "ben", homes[1]))
	for i := range homes {
		g.mailAt(i, keepers...)
	}
	for i := range homes {
		g.becomes(i, g.say(i, "before"), feature.Delivered)
		g.knowsMailbox(i, 1-i)
	}
	return g
}

// mailed waits until a message lies in a mailbox; the clock runs ahead meanwhile, since nodes wait for those that may come back.
func (g *circle) mailed(i int, clock *calendar, ids ...protocol.EventID) {
	g.t.Helper()
	for _, id := range ids {
		g.untilWithin(time.Minute, "the message is in the mailbox", func() bool {
			clock.pass(time.Second)
			return g.state(i, id) == feature.Sent
		})
	}
}

func (g *circle) showsTo(i int, ids []protocol.EventID) {
	g.t.Helper()
	g.untilWithin(time.Minute, fmt.Sprintf("node %d shows %d messages", i, len(ids)), func() bool { return len(g.texts(i)) >= len(ids) })
	if got := g.texts(i); !slices.Equal(got, ids) {
		g.t.Errorf("messages of node %d: got %d, want %d in their order", i, len(got), len(ids))
	}
}

func homesWith(t *testing.T, clock *calendar, n int) (homes []Config) {
	for range n {
		homes = append(homes, Config{Data: t.TempDir(), Now: clock.now})
	}
	return homes
}

func TestOperationsAndAnswersOfAGroupTravelThroughWhoIsNoMember(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	homes := homesWith(t, clock, 2)
	g := inBetween(t, clock, homes, openLike(t, "keeper", Config{Mailbox: mailbox.Anyone, Now: clock.now}))
	all := g.texts(0)
	for round := range 3 {
		i := round % 2
		stop(t, g.nodes[1-i])
		if i == 0 {
			g.act(0, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte(fmt.Sprint("name ", round))}}})
		}
		said := []protocol.EventID{g.say(i, fmt.Sprint("round ", round)), g.say(i, "and on")}
		all = append(all, said...)
		g.mailed(i, clock, said...)
		stop(t, g.nodes[i])
		g.nodes[1-i] = openLike(t, "back", homes[1-i])
		g.showsTo(1-i, all)
		if round < 2 {
			continue
		}
		c, err := g.conversation(1 - i)
		if err != nil || c.Title() != "name 2" {
			t.Errorf("name of the group for who was away: got %q, %v, want %q", c.Title(), err, "name 2")
		}
	}
}

// parked counts the rows that wait in the inboxes of a node.
func parked(t *testing.T, n *Node) int { t.Helper(); return rowsIn(t, n, storage.Inbox) }

// rowsIn counts the rows of a table of a node.
func rowsIn(t *testing.T, n *Node, table storage.Table) (rows int) {
	t.Helper()
	realm := n.keys.Node()
	if err := n.store.View(func(tx feature.Tx) error {
		return tx.Scan(realm, realm.Key(table), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
			rows++
			return true, nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// allRide waits until what a node has for so many others lies in their mailboxes.
func (g *circle) allRide(i int, clock *calendar, others int) {
	g.t.Helper()
	realm := g.nodes[i].keys.Node()
	g.untilWithin(time.Minute, "all is in the mailboxes", func() bool {
		clock.pass(time.Second)
		rides, there := 0, 0
		g.view(i, func(tx feature.Tx) error {
			return tx.Scan(realm, realm.Key(storage.Rides), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
				leg, err := canon.Unmarshal[map[uint64]any](v)
				if rides++; leg[1] == true {
					there++
				}
				return true, err
			})
		})
		return rides == others && there == rides
	})
}

// A message names an operation of a third member, whose node went before it could deposit it. Both come through the mailbox, the
// wrong way round and on different days; no two nodes are up together.
func TestWhatComesBeforeTheOperationThatItNamesIsParked(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	homes := homesWith(t, clock, 3)
	keeper := openLike(t, "keeper", Config{Mailbox: mailbox.Anyone, Now: clock.now})
	g := gather(t, openLike(t, "ana", homes[0]), openLike(t, "ben", homes[1]), openLike(t, "cid", homes[2]))
	for i := range homes {
		g.mailAt(i, keeper)
	}
	for i := range homes {
		g.becomes(i, g.say(i, "before"), feature.Delivered)
	}
	g.knowsMailbox(0, 2)
	g.knowsMailbox(1, 2)
	named := func(i int) bool {
		c, err := g.conversation(i)
		return err == nil && c.Title() == "renamed"
	}

	stop(t, g.nodes[2])
	g.act(0, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("renamed")}}})
	g.until("ben knows the name", func() bool { return named(1) })
	stop(t, g.nodes[0])
	said := g.say(1, "what a name")
	g.allRide(1, clock, 2)
	stop(t, g.nodes[1])

	g.nodes[2] = openLike(t, "cid", homes[2])
	g.untilWithin(time.Minute, "the message is parked", func() bool { return parked(t, g.nodes[2]) == 1 })
	if g.has(2, said) || named(2) {
		t.Error("cid knows what nobody could have told")
	}
	stop(t, g.nodes[2])

	g.nodes[0] = openLike(t, "ana", homes[0])
	g.allRide(0, clock, 2)
	stop(t, g.nodes[0])

	g.nodes[2] = openLike(t, "cid", homes[2])
	g.arrives(2, said)
	if !named(2) {
		t.Error("cid shows the message without the operation that it names")
	}
	if n := parked(t, g.nodes[2]); n != 0 {
		t.Errorf("rows that wait: got %d, want none", n)
	}
}

func TestTheSecondMailboxServesWhenTheFirstIsGone(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	homes := homesWith(t, clock, 2)
	first, second := openLike(t, "first", Config{Mailbox: mailbox.Anyone, Now: clock.now}), openLike(t, "second", Config{Mailbox: mailbox.Anyone, Now: clock.now})
	g := inBetween(t, clock, homes, first, second)
	all := g.texts(0)
	stop(t, g.nodes[1])
	early := g.say(0, "while both mailboxes are up")
	g.mailed(0, clock, early)
	if n, _ := kept(t, first); n == 0 {
		t.Error("the first mailbox has nothing, although it is there")
	}
	stop(t, first)
	late := g.say(0, "while one is gone")
	g.mailed(0, clock, late)
	if n, _ := kept(t, second); n < 2 {
		t.Errorf("blobs in the second mailbox: got %d, want the older one too", n)
	}
	stop(t, g.nodes[0])
	g.nodes[1] = openLike(t, "ben", homes[1])
	g.showsTo(1, append(all, early, late))
}

func TestASealedAccountReadsItsMailboxOnceItIsOpened(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	homes := homesWith(t, clock, 2)
	keeper := openLike(t, "keeper", Config{Mailbox: mailbox.Anyone, Now: clock.now})
	g := inBetween(t, clock, homes, keeper)
	call[feature.Nothing](t, g.nodes[1], feature.Actor{Account: g.who[1]}, "me.seal", account.SealRequest{Sealed: true, Passphrase: "correct horse"})
	all := g.texts(0)
	stop(t, g.nodes[1])
	var said []protocol.EventID
	for n := range 20 {
		said = append(said, g.say(0, fmt.Sprint("for who sealed ", n)))
	}
	g.mailed(0, clock, said...)
	stop(t, g.nodes[0])

	g.nodes[1] = openLike(t, "ben", homes[1])
	g.untilWithin(time.Minute, "the locked node took everything", func() bool { n, _ := kept(t, keeper); return n == 0 })
	if g.nodes[1].keys.Unlocked(g.who[1]) {
		t.Fatal("the sealed account is open after a start")
	}
	call[account.Opened](t, g.nodes[1], feature.Actor{}, "session.open", account.OpenRequest{Name: "member1", Passphrase: "correct horse"})
	g.showsTo(1, append(all, said...))
}

func TestWhoIsAcceptedForContactsOnly(t *testing.T) {
	t.Parallel()
	keeper := open(t, "keeper", "")
	friend, stranger := open(t, "friend", ""), open(t, "stranger", "")
	g := gather(t, keeper, friend)
	accepted := func(n *Node) (ok bool) {
		t.Helper()
		if err := keeper.store.View(func(tx feature.Tx) (err error) { ok, err = keeper.keepsFor(tx, n.PeerID()); return err }); err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !accepted(friend) {
		t.Error("the node of a member of the same group: got refused, want accepted")
	}
	call[account.Opened](t, stranger, feature.Actor{}, "account.create", account.CreateRequest{Name: "eve", Passphrase: "correct horse", SetupToken: stranger.SetupToken()})
	if accepted(stranger) {
		t.Error("the node of nobody: got accepted, want refused")
	}
	g.act(0, &membership.Remove{Account: g.who[1]})
	g.until("who was put out is refused", func() bool { return !accepted(friend) })
	other := open(t, "other", "")
	ben := call[account.Opened](t, other, feature.Actor{}, "account.create", account.CreateRequest{Name: "ben", Passphrase: "correct horse", SetupToken: other.SetupToken()})
	me := call[account.Me](t, other, feature.Actor{Account: ben.Account.Acct}, "me.get", feature.Nothing{})
	call[contact.Contact](t, keeper, feature.Actor{Account: g.who[0]}, "contact.add", contact.LeadRequest{Link: me.ContactLink})
	g.until("the node of a contact is accepted", func() bool { return accepted(other) })
}

func TestTheMailboxOfANodeServesEveryAccountThatIsMade(t *testing.T) {
	t.Parallel()
	keeper := openLike(t, "home", Config{Mailbox: mailbox.Anyone})
	n := openLike(t, "member", Config{MailboxAt: keeper.Addresses()[:1]})
	made := []protocol.Account{call[account.Opened](t, n, feature.Actor{}, "account.create", account.CreateRequest{Name: "ana", Passphrase: "correct horse", SetupToken: n.SetupToken()}).Account.Acct}
	invite := call[account.NewInvite](t, n, feature.Actor{Account: made[0]}, "invite.create", account.InviteRequest{})
	made = append(made, call[account.Opened](t, n, feature.Actor{}, "account.create", account.CreateRequest{Name: "ben", Passphrase: "correct horse", Invite: invite.Token}).Account.Acct)
	g := &circle{t: t}
	for _, a := range made {
		g.until("the mailbox keeps for an account that chose none", func() bool {
			items := call[feature.List[mailbox.Item]](t, n, feature.Actor{Account: a}, "mailbox.list", feature.Nothing{}).Items
			return len(items) == 1 && items[0].State == mailbox.Keeps && items[0].Default
		})
		g.until("its link names the mailbox", func() bool {
			return strings.Contains(call[account.Me](t, n, feature.Actor{Account: a}, "me.get", feature.Nothing{}).ContactLink, keeper.PeerID())
		})
	}
}

// Where TestMailboxThatIsKilled finds its store and its address.
const (
	killedBox = "CONCLAVE_KILLED_BOX"
	killedAt  = "CONCLAVE_KILLED_AT"
)

// TestMailboxThatIsKilled is the child of TestAMailboxThatIsKilledKeepsWhatItStored: it keeps blobs until it is killed.
func TestMailboxThatIsKilled(t *testing.T) {
	dir := os.Getenv(killedBox)
	if dir == "" {
		t.Skip("only as a child")
	}
	c := Config{Data: dir, Mailbox: mailbox.Anyone}
	if at := os.Getenv(killedAt); at != "" {
		c.Listen = []string{at}
	}
	n := openLike(t, "mailbox", c)
	fmt.Printf("mailbox at %s\n", n.Addresses()[0])
	time.Sleep(5 * time.Minute) // a child that nobody kills
}

// box runs a mailbox in a process of its own and returns its address. kill ends it without a word.
func box(t *testing.T, dir, at string) (address string, kill func()) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestMailboxThatIsKilled$")
	c.Env = append(os.Environ(), killedBox+"="+dir, killedAt+"="+at)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = c.Process.Kill() // it may be dead already
		_ = c.Wait()
	}
	t.Cleanup(kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if at, ok := strings.CutPrefix(lines.Text(), "mailbox at "); ok {
			return at, kill
		}
	}
	t.Fatal("the mailbox did not start")
	return "", nil
}

func TestAMailboxThatIsKilledKeepsWhatItStored(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	homes := homesWith(t, clock, 2)
	dir := t.TempDir()
	address, kill := box(t, dir, "")
	g := gather(t, openLike(t, "ana", homes[0]), openLike(t, "ben", homes[1]))
	g.mailAtAddress(1, address)
	for i := range homes {
		g.becomes(i, g.say(i, "before"), feature.Delivered)
	}
	g.knowsMailbox(0, 1)
	all := g.texts(0)
	stop(t, g.nodes[1])
	var said []protocol.EventID
	for n := range 50 {
		said = append(said, g.say(0, fmt.Sprint("before the kill ", n)))
	}
	g.mailed(0, clock, said...)
	kill()
	stop(t, g.nodes[0])

	at, _, _ := strings.Cut(address, "/p2p/")
	box(t, dir, at)
	g.nodes[1] = openLike(t, "ben", homes[1])
	g.showsTo(1, append(all, said...))
}
