package nodetest_test

import (
	"strings"
	"testing"

	"conclave/node/mailbox"
)

// talkWith waits until a guest is in contact with another and returns the conversation.
func (g guest) talkWith(other guest) (talk string) {
	g.t.Helper()
	g.until(g.name+" sees the conversation", func() bool {
		for _, c := range g.ask(200, "GET", "/contacts", nil).items() {
			if c["acct"] == other.acct && c["state"] == "accepted" {
				talk, _ = c["conversation"].(string)
			}
		}
		return talk != ""
	})
	return talk
}

func TestAFirstMessageReachesWhoIsAwayThroughItsMailbox(t *testing.T) {
	for form, c := range map[string]houseConfig{"conclave:i/": {}, "http://": {public: true}} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			c.dir = t.TempDir()
			firstMessage(t, c, form)
		})
	}
}

// firstMessage has ana write to ben, whom she knows by a link of that form only, while ben's node is away.
func firstMessage(t *testing.T, cb houseConfig, form string) {
	k, other := newHouse(t, houseConfig{dir: t.TempDir(), keeps: mailbox.Anyone}), newHouse(t, houseConfig{dir: t.TempDir(), keeps: mailbox.Anyone})
	ca := houseConfig{dir: t.TempDir()}
	a, b := newHouse(t, ca), newHouse(t, cb)
	cb.http = strings.TrimPrefix(b.base, "http://")
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	ana.keptAt(other.address())
	ben.keptAt(k.address())
	link := ben.link()
	if !strings.Contains(link, k.PeerID()) || !strings.HasPrefix(link, form) {
		t.Fatalf("the link %q does not name the mailbox behind %s", link, form)
	}
	b.end()

	talk := ana.ask(201, "POST", "/contacts", map[string]string{"link": link}).text("conversation")
	anas, want := ana.saysMany(talk, "ana", 3, "sent")
	a.end()

	ben = ben.comes(cb)
	if got := ben.talkWith(ana); got != talk {
		t.Fatalf("the conversation of ben: got %s, want %s", got, talk)
	}
	ben.shows(talk, want)
	_, more := ben.saysMany(talk, "ben", 3, "sent")
	want = append(want, more...)
	ben.end()

	ana = ana.comes(ca)
	ana.shows(talk, want)
	ana.allAre(talk, anas, "delivered")
	if state := ana.state(ben.acct); state != "accepted" {
		t.Errorf("ana's contact: got %q, want accepted", state)
	}
	_, more = ana.saysMany(talk, "goodbye", 1, "sent")
	want = append(want, more...)
	ana.end()

	ben = ben.comes(cb)
	ben.shows(talk, want)
	logged := k.log.text()
	for what, text := range map[string]string{"name": "Ana", "node": a.PeerID(), "account": ana.acct} {
		if strings.Contains(logged, text) {
			t.Errorf("the log of ben's mailbox has the %s of who wrote:\n%s", what, lineWith(logged, text))
		}
	}
}
