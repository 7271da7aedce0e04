package contact_test

import (
	"errors"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func start(t *testing.T) *solo.Node { return solo.Start(t, contact.Feature()) }

func link(p *solo.Person) contact.LeadRequest { return contact.LeadRequest{Link: p.Link()} }

func address(p *solo.Person) contact.LeadRequest {
	return contact.LeadRequest{Address: string(p.Address())}
}

func of(p *solo.Person) contact.OfRequest { return contact.OfRequest{Account: p.ID} }

func add(n *solo.Node, who *solo.Person, lead contact.LeadRequest) contact.Contact {
	return solo.Must[contact.Contact](n, who, "contact.add", lead)
}

func do(n *solo.Node, who *solo.Person, what string, to *solo.Person) contact.Contact {
	return solo.Must[contact.Contact](n, who, "contact."+what, of(to))
}

// state returns how somebody stands to another, by the list.
func state(n *solo.Node, who, to *solo.Person) feature.ContactState {
	for _, c := range solo.Must[feature.List[contact.Contact]](n, who, "contact.list", feature.Nothing{}).Items {
		if c.Account == to.ID {
			return c.State
		}
	}
	return ""
}

func wantState(t *testing.T, n *solo.Node, who, to *solo.Person, want feature.ContactState) {
	t.Helper()
	if got := state(n, who, to); got != want {
		t.Errorf("%s to %s: got %q, want %q", who.Name, to.Name, got, want)
	}
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// sees tells whether somebody sees the conversation with another.
func sees(t *testing.T, n *solo.Node, who, other *solo.Person) bool {
	t.Helper()
	err := n.Store.View(func(tx feature.Tx) error {
		c, err := n.Timeline.Conversation(tx, who.With(other))
		if err != nil {
			return err
		}
		return n.Registry.Visible(tx, who.ID, c)
	})
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		t.Fatalf("look at a conversation: %v", err)
	}
	return err == nil
}

// kinds counts the events of some kinds in a log, of all without a kind.
func kinds(t *testing.T, n *solo.Node, log protocol.Log, kind ...string) (count int) {
	t.Helper()
	err := n.Store.View(func(tx feature.Tx) error {
		page, err := n.Timeline.Page(tx, log, feature.Range{Kinds: kind})
		count = len(page)
		return err
	})
	if err != nil {
		t.Fatalf("read a log: %v", err)
	}
	return count
}

func TestALinkMakesBothContactsAtOnce(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	c := add(n, ana, link(bo))
	if c.Status() != 201 || c.State != feature.ContactAccepted || c.Name != "Bo" || c.Address != bo.Address() || c.Conversation != ana.With(bo) {
		t.Errorf("contact.add: got %+v with status %d; want Bo, accepted, 201", c, c.Status())
	}
	if !c.Node.Connected || c.CheckWords[0] == "" {
		t.Errorf("contact.add: got node %+v and words %v; want them filled in", c.Node, c.CheckWords)
	}
	got := solo.Await(n, bo, "contact", func(c contact.Contact) bool { return c.Account == ana.ID && c.State == feature.ContactAccepted })
	if got.Name != "Ana" {
		t.Errorf("Bo's contact: got name %q, want Ana", got.Name)
	}
	wantState(t, n, bo, ana, feature.ContactAccepted)
	if again := add(n, ana, link(bo)); again.Status() != 200 {
		t.Errorf("contact.add again: got status %d, want 200", again.Status())
	}
	if got := kinds(t, n, ana.With(bo), "contact.introduced"); got != 1 {
		t.Errorf("introductions: got %d, want 1", got)
	}
}

func TestAnIntroductionByLinkIsAnsweredOnce(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Secret: ana.Secret[:]}); err != nil {
		t.Fatalf("introduce: %v", err)
	}
	solo.Await(n, ana, "contact", func(c contact.Contact) bool { return c.State == feature.ContactAccepted && c.Name == "Eve" })
	n.Job("contact.answer")
	waitKinds(t, n, ana.With(eve), "contact.accepted", 1)
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.Rebuild(tx, ana.With(eve))
		return err
	})
	n.Ring.Lock(ana.ID)
	ana.Unlock() // looks for what is owed
	if got := kinds(t, n, ana.With(eve), "contact.accepted"); got != 1 {
		t.Errorf("answers after a rebuild and a restart: got %d, want 1", got)
	}
	wantState(t, n, ana, eve, feature.ContactAccepted)
}

func TestAnAnswerThatFailedIsGivenLater(t *testing.T) {
	for name, later := range map[string]func(*solo.Node, *solo.Person){
		"by the repeated job": func(n *solo.Node, _ *solo.Person) { n.Job("contact.answer") },
		"after a restart":     func(n *solo.Node, p *solo.Person) { n.Ring.Lock(p.ID); p.Unlock() },
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t)
			ana, eve := n.Account("ana"), n.Stranger("eve")
			broken := errors.New("the outbox is broken")
			n.Delivery.Refuse(broken)
			if _, err := eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Secret: ana.Secret[:]}); err != nil {
				t.Fatalf("introduce: %v", err)
			}
			waitFor(t, "the answer is tried", func() bool { return n.Delivery.Refuse(broken) > 0 })
			if got := kinds(t, n, ana.With(eve), "contact.accepted"); got != 0 {
				t.Errorf("answers after a failure: got %d, want none", got)
			}
			n.Delivery.Refuse(nil)
			// The failure is remembered right after it happened; until then the job finds nothing to do.
			waitFor(t, "an answer", func() bool { later(n, ana); return kinds(t, n, ana.With(eve), "contact.accepted") > 0 })
			later(n, ana)
			if got := kinds(t, n, ana.With(eve), "contact.accepted"); got != 1 {
				t.Errorf("answers: got %d, want 1", got)
			}
		})
	}
}

// waitFor waits until something is true.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// waitKinds waits until a log holds a number of events of a kind.
func waitKinds(t *testing.T, n *solo.Node, log protocol.Log, kind string, want int) {
	t.Helper()
	waitFor(t, kind, func() bool { return kinds(t, n, log, kind) == want })
}

func TestAWrongSecretIsARequest(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Secret: make([]byte, 16)}); err != nil {
		t.Fatalf("introduce: %v", err)
	}
	wantState(t, n, ana, eve, feature.ContactRequested)
	if sees(t, n, ana, eve) {
		t.Error("the conversation of a request is shown")
	}
}

func TestARequestIsHiddenUntilAccepted(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.Writes(ana, event.MessageSent{Content: "hello"}); err != nil {
		t.Fatalf("write: %v", err)
	}
	wantState(t, n, ana, eve, feature.ContactRequested)
	if sees(t, n, ana, eve) {
		t.Error("a message of a stranger is shown")
	}
	if c := do(n, ana, "accept", eve); c.State != feature.ContactAccepted {
		t.Errorf("contact.accept: got %q, want accepted", c.State)
	}
	if !sees(t, n, ana, eve) {
		t.Error("an accepted conversation is hidden")
	}
	if len(n.Delivery.Sent()) != 1 || n.Delivery.Sent()[0].Kind != "contact.accepted" {
		t.Errorf("sent: got %d events, want one contact.accepted", len(n.Delivery.Sent()))
	}
	do(n, ana, "accept", eve)
	if got := kinds(t, n, ana.With(eve), "contact.accepted"); got != 1 {
		t.Errorf("answers after accepting twice: got %d, want 1", got)
	}
}

func TestAnAddressAsksAndTheOtherAccepts(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	if c := add(n, ana, address(bo)); c.State != feature.ContactPending || c.Name != string(bo.Address()) {
		t.Errorf("contact.add: got %q called %q, want pending, called by its address", c.State, c.Name)
	}
	wantState(t, n, bo, ana, feature.ContactRequested)
	if !sees(t, n, ana, bo) || sees(t, n, bo, ana) {
		t.Error("who asked sees the conversation, who is asked does not yet")
	}
	_, err := solo.Call[contact.Contact](n, ana, "contact.accept", of(bo))
	wantError(t, "accept what one asked", err, feature.ErrConflict)
	do(n, bo, "accept", ana)
	wantState(t, n, ana, bo, feature.ContactAccepted)
	solo.Await(n, ana, "contact", func(c contact.Contact) bool { return c.State == feature.ContactAccepted && c.Name == "Bo" })
}

func TestBothAskingIsConsent(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	n.Open(ana, eve)
	introduce := func() error {
		_, err := eve.Writes(ana, event.ContactIntroduced{Name: "Eve"})
		return err
	}
	n.Wire.Answer = func(string, []byte) ([]byte, error) { return nil, errors.New("busy") }
	if c := add(n, ana, link(eve)); c.State != feature.ContactAccepted {
		t.Fatalf("contact.add with a node that does not answer: got %q, want accepted", c.State)
	}
	if err := introduce(); err != nil {
		t.Fatalf("introduce: %v", err)
	}
	wantState(t, n, ana, eve, feature.ContactAccepted)
	waitKinds(t, n, ana.With(eve), "contact.accepted", 1)
}

func TestAddingWhoAsksAcceptsThem(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	add(n, ana, address(bo))
	if c := add(n, bo, address(ana)); c.State != feature.ContactAccepted || c.Status() != 200 {
		t.Errorf("contact.add of a request: got %q with %d, want accepted with 200", c.State, c.Status())
	}
	wantState(t, n, ana, bo, feature.ContactAccepted)
	if got := kinds(t, n, ana.With(bo), "contact.introduced"); got != 1 {
		t.Errorf("introductions: got %d, want 1", got)
	}
}

func TestABlockedPersonIsTurnedAwayAndNotTold(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Secret: ana.Secret[:]}); err != nil {
		t.Fatalf("introduce: %v", err)
	}
	waitKinds(t, n, ana.With(eve), "contact.accepted", 1)
	logged := kinds(t, n, ana.With(eve))
	if c := do(n, ana, "block", eve); c.State != feature.ContactBlocked {
		t.Errorf("contact.block: got %q, want blocked", c.State)
	}
	_, err := eve.Writes(ana, event.MessageSent{Content: "let me in"})
	wantError(t, "write to who blocked", err, feature.ErrTurnedAway)
	if got := kinds(t, n, ana.With(eve)); got != logged {
		t.Errorf("events logged by blocking: got %d, want none", got-logged)
	}
	if !sees(t, n, ana, eve) {
		t.Error("the history with a blocked contact is hidden")
	}
	if c := do(n, ana, "unblock", eve); c.State != feature.ContactAccepted {
		t.Errorf("contact.unblock: got %q, want accepted as before", c.State)
	}
	if _, err := eve.Writes(ana, event.MessageSent{Content: "thanks"}); err != nil {
		t.Errorf("write after unblocking: %v", err)
	}
}

func TestABlockedRequestStaysHiddenAndComesBackAsOne(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	eve.Writes(ana, event.MessageSent{Content: "hello"})
	do(n, ana, "block", eve)
	if sees(t, n, ana, eve) {
		t.Error("a blocked request is shown")
	}
	_, err := solo.Call[contact.Contact](n, ana, "contact.accept", of(eve))
	wantError(t, "accept who is blocked", err, contact.ErrBlocked)
	_, err = solo.Call[feature.Nothing](n, ana, "contact.delete", of(eve))
	wantError(t, "delete who is blocked", err, feature.ErrConflict)
	_, err = solo.Call[contact.Contact](n, ana, "contact.add", link(eve))
	wantError(t, "add who is blocked", err, contact.ErrBlocked)
	if c := do(n, ana, "unblock", eve); c.State != feature.ContactRequested {
		t.Errorf("contact.unblock: got %q, want requested as before", c.State)
	}
}

func TestWhoIsBlockedOnTheSameNodeCannotAsk(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	add(n, bo, address(ana))
	do(n, ana, "block", bo)
	_, err := solo.Call[contact.Contact](n, bo, "contact.add", link(ana))
	wantError(t, "add who blocked", err, contact.ErrBlocked)
	wantState(t, n, ana, bo, feature.ContactBlocked)
}

func TestADeletedRequestComesBackWithANewMessageOnly(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	eve.Writes(ana, event.MessageSent{Content: "hello"})
	n.Pass(time.Second)
	solo.Must[feature.Nothing](n, ana, "contact.delete", of(eve))
	solo.Await(n, ana, "contact.deleted", func(d contact.Deleted) bool { return d.Account == eve.ID })
	wantState(t, n, ana, eve, "")
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.Rebuild(tx, ana.With(eve))
		return err
	})
	wantState(t, n, ana, eve, "")
	if sees(t, n, ana, eve) {
		t.Error("a deleted conversation is shown")
	}
	_, err := solo.Call[contact.Contact](n, ana, "contact.accept", of(eve))
	wantError(t, "accept what is deleted", err, feature.ErrNotFound)
	n.Pass(time.Second)
	eve.Writes(ana, event.MessageSent{Content: "hello again"})
	wantState(t, n, ana, eve, feature.ContactRequested)
}

func TestNobodyBecomesAContactByClaimingSo(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.Writes(ana, event.ContactAccepted{Name: "Eve"}); err != nil {
		t.Fatalf("accept: %v", err)
	}
	wantState(t, n, ana, eve, feature.ContactRequested)
}

func TestRequestsAreBounded(t *testing.T) {
	n := start(t)
	ana := n.Account("ana")
	first := n.Stranger("first")
	first.Writes(ana, event.MessageSent{Content: "x"})
	for range 999 {
		n.Stranger("s").Writes(ana, event.MessageSent{Content: "x"})
	}
	last := n.Stranger("last")
	_, err := last.Writes(ana, event.MessageSent{Content: "x"})
	wantError(t, "the 1,001st request", err, feature.ErrTurnedAway)
	if _, err := first.Writes(ana, event.MessageSent{Content: "more"}); err != nil {
		t.Errorf("a message of who asked before: %v", err)
	}
	solo.Must[feature.Nothing](n, ana, "contact.delete", of(first))
	if _, err := last.Writes(ana, event.MessageSent{Content: "x"}); err != nil {
		t.Errorf("a request after one was deleted: %v", err)
	}
}
