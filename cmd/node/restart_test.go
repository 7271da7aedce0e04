package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/live"
	"conclave/node/nodetest"
)

// A node is told to stop, and started again, while many clients watch and write. They obey the delay that they are told, and
// repeat under the same key what got no answer. Nothing that was acknowledged may be lost, and nothing may be there twice.
func TestARestartUnderLoad(t *testing.T) {
	clients := 200
	switch {
	case testing.Short():
		t.Skip("a restart under load takes its time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		clients = 1000
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := newSide(t, "ana", anyPeer(t)...)
	talks := s.pairs(ctx, t, clients/(2*clientsEach))

	running, open := errgroup.WithContext(ctx) // ends when a client fails
	var all []*client
	for _, talk := range talks {
		for i := range 2 * clientsEach {
			c := &client{name: fmt.Sprint(len(all)), home: s, person: talk.both[i%2], talk: talk, heard: make(chan struct{}), back: make(chan struct{})}
			all = append(all, c)
		}
	}
	defer func() { _ = running.Wait() }()
	defer cancel()
	for _, c := range all {
		running.Go(func() error { return c.read(open) })
		running.Go(func() error { return c.write(open) })
	}
	for _, c := range all {
		c.wait(open, t, c.heard)
	}

	told := time.Now()
	if err := s.node.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.node.end(t, 30*time.Second); code != codeOK {
		t.Errorf("got code %d and %s, want %d", code, s.node.stderr.String(), codeOK)
	}
	stopped := time.Since(told)
	s.restart(t)
	for _, c := range all {
		c.wait(open, t, c.back)
	}
	if err := running.Wait(); err != nil {
		t.Fatal(err)
	}
	total, gap, silence := 0, time.Duration(0), time.Duration(0)
	for _, c := range all {
		total, gap, silence = total+len(c.sent), max(gap, c.gap), max(silence, c.answered.Sub(told))
	}
	for _, talk := range talks {
		talk.check(ctx, t, s, all)
	}
	if t.Failed() {
		return
	}
	fmt.Printf("restart: %d clients, %d messages, stopped in %s, longest gap of live frames %s, all could send again after %s; 0 lost, 0 twice\n",
		clients, total, stopped.Round(time.Millisecond), gap.Round(time.Millisecond), silence.Round(time.Millisecond))
	if worst := max(gap, silence); worst > 50*time.Second {
		t.Errorf("got a gap of %s, want less than 10s on a machine that has nothing else to do, and never 50s", worst)
	}
}

// clientsEach is how many clients each person has.
const clientsEach = 20

// pair is two people of one node who talk.
type pair struct {
	both [2]*nodetest.Person
	id   string
}

// pairs makes so many.
func (s *side) pairs(ctx context.Context, t *testing.T, n int) (all []*pair) {
	t.Helper()
	for i := range n {
		p := &pair{}
		for j := range p.both {
			var err error
			if p.both[j], err = s.now().Invite(ctx, fmt.Sprintf("guest-%d-%d", i, j), ""); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if p.id, err = nodetest.Introduce(ctx, p.both[0], p.both[1]); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// client is an open page: it watches, and writes one message after the other.
type client struct {
	name   string
	home   *side
	person *nodetest.Person
	talk   *pair

	heard chan struct{} // closed when the client watches and messages come
	back  chan struct{} // closed when it watches again after the restart

	sent     []string // texts that were acknowledged, in order; owned by write until it ends
	answered time.Time
	gap      time.Duration // without live frames; owned by read until back is closed
}

func (c *client) wait(ctx context.Context, t *testing.T, happened <-chan struct{}) {
	t.Helper()
	select {
	case <-happened:
	case <-ctx.Done():
		t.Fatalf("client %s: %v", c.name, context.Cause(ctx))
	}
}

// write goes on until the client is back and was answered once more.
func (c *client) write(ctx context.Context) error {
	pace := time.NewTicker(250 * time.Millisecond)
	defer pace.Stop()
	for i, last := 0, false; !last; i++ {
		select {
		case <-c.back:
			last = true
		case <-pace.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		text := fmt.Sprintf("%s says %d", c.name, i)
		err := nodetest.Await(ctx, text+" is accepted", func() (bool, error) {
			_, err := c.person.Moved(c.home.now().Home()).Send(ctx, c.talk.id, text, c.name+"-"+fmt.Sprint(i))
			return err == nil, refusal(err)
		})
		if err != nil {
			return err
		}
		c.sent = append(c.sent, text)
		c.answered = time.Now()
	}
	return nil
}

// read watches until the node restarts, and once again after the delay that it was told.
func (c *client) read(ctx context.Context) error {
	w, err := c.person.Watch(ctx, 0)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { w.Close() })()
	defer w.Close()
	var heard bool
	var seen uint64
	var told *live.Return
	for {
		f, code, err := w.Next()
		if err != nil || code != 0 && (code != int(live.Restart) || told == nil) {
			return fmt.Errorf("client %s: got code %d, %w and delay %v, want 1012 and a delay", c.name, code, err, told)
		}
		if code != 0 {
			break
		}
		seen = f.Seq
		switch f.Type {
		case "message":
			if !heard {
				heard = true
				close(c.heard)
			}
		case "restart":
			if err := json.Unmarshal(f.Data, &told); err != nil {
				return err
			}
		}
	}
	closed := time.Now()
	w.Close()
	select {
	case <-time.After(time.Duration(told.AfterMS) * time.Millisecond): // as it was told
	case <-ctx.Done():
		return ctx.Err()
	}
	err = nodetest.Await(ctx, c.name+" watches again", func() (bool, error) {
		var err error
		w, err = c.person.Moved(c.home.now().Home()).Watch(ctx, seen)
		return err == nil, refusal(err)
	})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { w.Close() })()
	defer w.Close()
	for _, want := range []string{"hello", "resync"} { // numbers of the run before are not known any more
		if f, code, err := w.Next(); err != nil || f.Type != want {
			return fmt.Errorf("client %s: got %s, code %d and %w, want %s", c.name, f.Type, code, err, want)
		}
	}
	c.gap = time.Since(closed)
	close(c.back)
	return nil
}

// check compares what both people see with what their clients were told is sent.
func (p *pair) check(ctx context.Context, t *testing.T, s *side, all []*client) {
	t.Helper()
	total := 0
	for _, c := range all {
		if c.talk == p {
			total += len(c.sent)
		}
	}
	for _, person := range p.both {
		person = person.Moved(s.now().Home())
		if err := person.Has(ctx, p.id, total); err != nil {
			t.Error(err)
		}
		got, unreadable, err := person.Messages(ctx, p.id)
		if err != nil || unreadable != 0 || len(got) != total {
			t.Errorf("%s: got %d messages, %d that cannot be read, and %v, want the %d that were acknowledged", person.Name, len(got), unreadable, err, total)
		}
		for _, c := range all {
			if c.talk != p {
				continue
			}
			var texts []string
			for _, m := range got {
				if strings.HasPrefix(m.Text, c.name+" says ") {
					texts = append(texts, m.Text)
				}
			}
			if !slices.Equal(texts, c.sent) {
				t.Errorf("%s: got %q of client %s, want %q", person.Name, texts, c.name, c.sent)
			}
		}
	}
}
