package sim

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/message"
	"conclave/node/mailbox"
	"conclave/node/nodetest/wire"
)

// failpoint is a moment at which a node dies: at one of its commits, counted from when something is said. Every step between the ratchet's advance and the
// receipt is a commit or stands between two of them.
type failpoint struct {
	side   int // the node: 0 is who writes, 1 who reads, 2 the mailbox between them
	commit int
	unsent bool // behind the commit, before anything of it leaves; else before the commit, of which nothing stays
}

func (f failpoint) String() string {
	return fmt.Sprintf("%s, %s commit %d", []string{"who writes", "who reads", "the mailbox"}[f.side], map[bool]string{true: "behind", false: "before"}[f.unsent], f.commit)
}

// arm has a node die at a failpoint. What it returns tells that it happened, and counts commits.
func (f failpoint) arm(h *home) (fallen chan struct{}, commits *atomic.Int64) {
	fallen, commits = make(chan struct{}), new(atomic.Int64)
	h.dice = func() bool {
		n := int(commits.Add(1))
		switch {
		case n > f.commit:
			return true // it is dead
		case n < f.commit:
			return false
		case f.unsent:
			h.w.ground.Break(h.peer)
		default:
			h.rows.Cut()
		}
		close(fallen)
		return !f.unsent
	}
	h.wrong.Store(true)
	return fallen, commits
}

// talk is what is tried at each failpoint: how people come to the conversation, whether the message is their first, and whether it goes by a mailbox, since who
// writes and who reads are never there together.
type talk struct {
	name   string
	three  bool // in a group, of three where no mailbox is between them
	first  bool
	mailed bool
}

// sides is how many different nodes there are to die.
func (k talk) sides() int {
	if k.mailed {
		return 3
	}
	return 2
}

func TestANodeThatDiesAtAnyStepLosesNothing(t *testing.T) {
	kinds := []talk{
		{name: "in a session"},
		{name: "in a group", three: true},
		{name: "the first of all", first: true},
		{name: "by a mailbox", mailed: true},
	}
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		kinds = append(kinds, talk{name: "in a group, by a mailbox", three: true, mailed: true})
	}
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			tried, commits := 0, make([]int, kind.sides())
			for side := range commits {
				steps := kind.tell(t, failpoint{side: side, commit: math.MaxInt})
				if steps == 0 {
					t.Fatalf("node %d wrote nothing down: nothing is tried", side)
				}
				commits[side] = steps
				for n := range steps {
					for _, unsent := range []bool{false, true} {
						kind.tell(t, failpoint{side, n + 1, unsent})
						tried++
					}
				}
			}
			fmt.Printf("failpoints, %s: %v commits, %d moments tried, 0 may be lost, twice or unreadable\n", kind.name, commits, tried)
		})
	}
}

// scene is a talk in a world of its own.
type scene struct {
	*story
	talk
	f       failpoint
	fallen  chan struct{} // closed when the node died
	commits *atomic.Int64
}

func (c *scene) victim() *home { return c.homes[c.f.side] }

// begin has the node of the failpoint die there from now on.
func (c *scene) begin() { c.fallen, c.commits = c.f.arm(c.victim()) }

// wait lets time pass, in which the node dies and is started again.
func (c *scene) wait(d time.Duration) error {
	over := time.After(d)
	select {
	case <-c.fallen:
	case <-over:
		return nil
	}
	c.fallen = nil
	c.victim().crash()
	time.Sleep(time.Second)
	c.victim().wrong.Store(false)
	err := c.victim().start()
	<-over
	return err
}

// tell lets a message be said while a node dies at a failpoint, and returns how many commits that node made.
func (k talk) tell(t *testing.T, f failpoint) (steps int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overWire{wire.New(1, weather(1))})
		defer func() {
			if err := w.close(); err != nil {
				t.Error(err)
			}
		}()
		c := &scene{story: &story{world: w}, talk: k, f: f}
		err := c.settle()
		if err == nil {
			err = c.play()
		}
		if err != nil {
			t.Fatalf("%s, %s: %v", k.name, f, err)
		}
		steps = int(c.commits.Load())
	})
	return steps
}

// settle starts the nodes and makes the people and what went before.
func (c *scene) settle() error {
	names := []string{"ana", "ben"}
	if c.mailed || c.three {
		names = append(names, "cleo") // a member, or nobody but the mailbox
	}
	for range names {
		c.home(0)
	}
	if c.mailed {
		keeper := c.homes[2]
		keeper.keeps = mailbox.Anyone
		if err := keeper.start(); err != nil {
			return err
		}
		c.mailAt = keeper.node.Addresses()[:1]
		names = names[:2]
	}
	for i, name := range names {
		h := c.homes[i]
		if err := h.start(); err != nil {
			return err
		}
		if err := h.found(name); err != nil {
			return err
		}
	}
	if c.first {
		return nil
	}
	if err := c.meet(); err != nil {
		return err
	}
	_, err := c.write(c.people[0], "before")
	time.Sleep(time.Minute)
	return err
}

// play is what happens while a node dies, and afterwards.
func (c *scene) play() error {
	ana, ben := c.people[0], c.people[1]
	away := c.mailed && c.f.side == 1 // who reads is not there yet
	if c.mailed {
		if err := ben.home.down(); err != nil {
			return err
		}
	}
	if !away {
		c.begin()
	}
	var err error
	if c.first {
		err = c.meet()
	}
	said := err == nil
	if said {
		_, err = c.write(ana, "meanwhile")
	}
	answered := said && err == nil
	if err := c.wait(time.Minute); err != nil {
		return err
	}
	if said && !answered { // a client repeats what got no answer, under the same key
		if _, err := c.write(ana, "meanwhile"); err != nil {
			return err
		}
	}
	if c.mailed {
		if err := c.change(); err != nil {
			return err
		}
	}
	c.victim().wrong.Store(false)
	time.Sleep(10 * time.Minute)
	if c.first {
		if err := c.meet(); err != nil { // it repeats that, too
			return err
		}
		time.Sleep(time.Minute)
	}
	for _, p := range c.people[1:] {
		if _, err := c.write(p, "an answer of "+p.name); err != nil {
			return err
		}
		time.Sleep(time.Minute)
	}
	if _, err := c.write(ana, "afterwards"); err != nil {
		return err
	}
	time.Sleep(10 * time.Minute)
	return c.whole(said)
}

// change has who writes go and who reads come, and then both be there.
func (c *scene) change() error {
	ana, ben := c.homes[0], c.homes[1]
	if err := c.wait(5 * time.Minute); err != nil {
		return err
	}
	if c.f.side == 0 {
		ana.wrong.Store(false)
	}
	if err := ana.down(); err != nil {
		return err
	}
	if c.f.side == 1 {
		c.begin()
	}
	if err := ben.start(); err != nil {
		select {
		case <-c.fallen: // it died while it started
		default:
			return err
		}
	}
	if err := c.wait(10 * time.Minute); err != nil {
		return err
	}
	if !c.shows(c.people[1], "meanwhile") {
		return errors.New("the mailbox did not bring the message")
	}
	return ana.start()
}

// shows tells whether somebody sees a message.
func (c *scene) shows(p *person, text string) bool {
	list, err := c.read(p)
	return err == nil && slices.ContainsFunc(list, func(m message.Message) bool { return m.Text == text })
}

// meet has the people be in contact, and in the conversation.
func (c *scene) meet() error {
	ana := c.people[0]
	req := conversation.CreateRequest{Kind: "direct", With: c.people[1].acct}
	if c.three {
		req = conversation.CreateRequest{Kind: "group", Name: "some"}
	}
	for _, p := range c.people[1:] {
		if err := ana.meet(p); err != nil {
			return err
		}
		if c.three {
			req.Members = append(req.Members, p.acct)
		}
	}
	if c.three {
		time.Sleep(time.Minute)
	}
	made, err := call[conversation.Conversation](ana.home, ana.actor(), "conversation.create", req)
	if c.group = made.ID; err == nil && c.three {
		time.Sleep(time.Minute)
	}
	return err
}

// write says something under a key that follows from it.
func (c *scene) write(p *person, text string) (message.Sent, error) {
	return callKeyed[message.Sent](p.home, p.actor(), text, "message.send", message.SendRequest{Conversation: c.group, Text: text})
}

// whole tells what is lost, twice, unreadable or not known to have arrived.
func (c *scene) whole(said bool) error {
	var errs []error
	var first []string
	for _, p := range c.people {
		list, err := c.read(p)
		if err != nil {
			return err
		}
		errs = append(errs, c.readable(p, list)...)
		var texts []string
		for _, m := range list {
			texts = append(texts, m.Text)
			if m.Author == p.acct && m.State != feature.Delivered && m.State != feature.Read {
				errs = append(errs, fmt.Errorf("%s's message %q is %s", p.name, m.Text, m.State))
			}
		}
		want := []string{"an answer of ben", "afterwards"}
		if !c.first {
			want = append(want, "before")
		}
		if said {
			want = append(want, "meanwhile")
		}
		for _, text := range want {
			if !slices.Contains(texts, text) {
				errs = append(errs, fmt.Errorf("lost: %s does not see %q", p.name, text))
			}
		}
		if first == nil {
			first = texts
		} else if !slices.Equal(first, texts) {
			errs = append(errs, fmt.Errorf("%s sees %s, the first one %s", p.name, strings.Join(texts, ", "), strings.Join(first, ", ")))
		}
	}
	return errors.Join(errs...)
}
