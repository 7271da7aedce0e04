package nodetest_test

import (
	"testing"

	"conclave/node/nodetest"
)

func (g guest) seals() {
	g.t.Helper()
	g.ask(204, "PUT", "/me/sealed", map[string]any{"sealed": true, "passphrase": nodetest.Passphrase})
}

func TestASealedAccountTakesInWhatItCannotRead(t *testing.T) {
	c := houseConfig{dir: t.TempDir()}
	a, b := newHouse(t, houseConfig{dir: t.TempDir()}), newHouse(t, c)
	alice, bob := a.founds("alice", "Alice"), b.founds("bob", "Bob")
	talk := alice.meets(bob)
	before := alice.says(talk, "before the restart")
	alice.until("delivered", func() bool { return alice.progress(talk, before) == "delivered" })
	bob.seals()
	if me := bob.ask(200, "GET", "/me", nil); me.body["sealed"] != true {
		t.Errorf("got %s, want sealed", me.raw)
	}

	b = b.again(c)
	var sent []string
	for _, text := range []string{"while locked 1", "while locked 2", "while locked 3"} {
		sent = append(sent, alice.says(talk, text))
	}
	for _, m := range sent {
		alice.until("the locked node has it", func() bool { return alice.progress(talk, m) == "sent" })
	}
	a = a.again(houseConfig{dir: a.DataDir()}) // what is sent stays sent without the sender
	bob = b.login("bob", nodetest.Passphrase)
	bob.until("the messages open", func() bool { return len(bob.texts(talk)) == 4 })
	if got := bob.texts(talk); got[1] != "while locked 1" || got[3] != "while locked 3" {
		t.Errorf("got %q, want them in order", got)
	}
	alice = alice.at(a)
	for _, m := range sent {
		alice.until("delivered", func() bool { return alice.progress(talk, m) == "delivered" })
	}
	answer := bob.says(talk, "I am back")
	bob.until("delivered", func() bool { return bob.progress(talk, answer) == "delivered" })
}

func TestASealedAccountLocksWithItsLastSession(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	alice, bob := a.founds("alice", "Alice"), b.founds("bob", "Bob")
	talk := alice.meets(bob)
	bob.seals()
	bob.ask(204, "DELETE", "/sessions/current", nil)
	locked := alice.says(talk, "after the log-out")
	alice.until("sent", func() bool { return alice.progress(talk, locked) == "sent" })
	bob = b.login("bob", nodetest.Passphrase)
	bob.until("the message opens", func() bool { return len(bob.texts(talk)) == 1 })
	alice.until("delivered", func() bool { return alice.progress(talk, locked) == "delivered" })
	bob.ask(204, "PUT", "/me/sealed", map[string]any{"sealed": false, "passphrase": nodetest.Passphrase})
	bob.ask(204, "DELETE", "/sessions/current", nil)
	open := alice.says(talk, "unsealed again")
	alice.until("delivered", func() bool { return alice.progress(talk, open) == "delivered" })
}

func TestALockedMemberOfTheSameNode(t *testing.T) {
	c := houseConfig{dir: t.TempDir()}
	h := newHouse(t, c)
	olga := h.founds("olga", "Olga")
	lena := olga.invites("lena", "Lena")
	link := lena.link()
	lena.seals()
	h = h.again(c)
	olga = olga.at(h)

	talk := olga.ask(201, "POST", "/contacts", map[string]string{"link": link}).text("conversation")
	message := olga.says(talk, "for when you are back")
	if got := olga.texts(talk); len(got) != 1 {
		t.Errorf("the writer sees %q, want the message", got)
	}
	h = h.again(c) // nobody here holds the key of lena's side of it meanwhile
	olga = olga.at(h)
	lena = h.login("lena", nodetest.Passphrase)
	lena.until("the message is there", func() bool { return lena.state(olga.acct) == "accepted" && len(lena.texts(talk)) == 1 })
	olga.until("delivered", func() bool { return olga.progress(talk, message) == "delivered" })
	lena.says(talk, "thank you")
	olga.until("the answer is there", func() bool { return len(olga.texts(talk)) == 2 })
}
