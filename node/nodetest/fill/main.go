// Command fill makes the data folder of a node with one large group in it, for measures and pictures of the page: so many
// messages by so many people of the node, with what people wrote in a log. It prints one line of JSON that says how to log in.
//
// It goes the way that messages always go, through the bridge and the log; only the clock runs faster, over twenty days.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node"
	"conclave/node/nodetest"
	"conclave/node/nodetest/irc"
)

// span is how long ago the first message was written; sessions live longer.
const span = 20 * 24 * time.Hour

const (
	together = 64  // calls at a time
	answers  = 9   // every so many messages one answers an earlier one
	far      = 500 // how many messages ago at most
)

func main() {
	data := flag.String("data", "", "folder that is made")
	messages := flag.Int("messages", 100_000, "how many messages")
	authors := flag.Int("authors", 500, "how many people write")
	corpus := flag.String("corpus", "", "folder with logs; without it an excerpt is used again and again")
	flag.Parse()
	if err := run(*data, *corpus, *messages, *authors); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(data, corpus string, messages, authors int) error {
	if data == "" || messages < 1 || authors < 1 || authors > 900 {
		return errors.New("-data names a folder, -messages is 1 or more, -authors 1 to 900")
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the folder %s is there already", data)
	}
	_, log, err := nodetest.Crowd(corpus)
	if err != nil {
		return err
	}
	said := linesOf(log)
	if len(said) == 0 {
		return errors.New("nobody says anything in the log")
	}
	f := &filler{step: span / time.Duration(messages), begin: time.Now().Add(-span)}
	ctx := context.Background()
	home, err := nodetest.Start(ctx, node.Config{Data: data, Now: f.now, GroupListen: []string{}, Unlimited: true})
	if err != nil {
		return err
	}
	err = f.fill(ctx, home, said, messages, authors)
	return errors.Join(err, home.Close())
}

// linesOf returns what was said, with the names of who said it.
func linesOf(log []irc.Line) (out []irc.Line) {
	for _, l := range log {
		if l.Nick != "" && l.Text != "" {
			out = append(out, l)
		}
	}
	return out
}

// filler is the clock of the node and what was sent so far.
type filler struct {
	begin time.Time
	step  time.Duration
	ticks atomic.Int64

	mu   sync.Mutex
	sent []string
}

func (f *filler) now() time.Time { return f.begin.Add(time.Duration(f.ticks.Load()) * f.step) }

func (f *filler) fill(ctx context.Context, home *nodetest.Home, said []irc.Line, messages, authors int) error {
	owner, err := home.Founder(ctx, home.SetupToken(), "owner", "Olive Owner")
	if err != nil {
		return fmt.Errorf("make the owner: %w", err)
	}
	people := make([]*nodetest.Person, authors)
	names := namesOf(said)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i := range people {
		group.Go(func() (err error) {
			people[i], err = owner.Invite(gctx, fmt.Sprintf("person%d", i+1), names[i%len(names)])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("make people: %w", err)
	}
	id, err := owner.NewGroup(ctx, "Everybody", "all", people...)
	if err != nil {
		return fmt.Errorf("make the group: %w", err)
	}
	group, gctx = errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i := range messages {
		group.Go(func() error {
			f.ticks.Add(1)
			line := said[i%len(said)]
			sent, err := f.say(gctx, people[(i*7919)%authors], id, line.Text, f.earlier(i))
			if err != nil {
				return fmt.Errorf("message %d: %w", i, err)
			}
			f.mu.Lock()
			f.sent = append(f.sent, sent)
			f.mu.Unlock()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"name": owner.Name, "passphrase": nodetest.Passphrase, "conversation": id, "messages": messages, "authors": authors,
	})
}

func (f *filler) say(ctx context.Context, who *nodetest.Person, group, text, to string) (string, error) {
	if to == "" {
		return who.Send(ctx, group, text, "")
	}
	return who.Reply(ctx, group, to, text)
}

// earlier returns the message that another answers, or none.
func (f *filler) earlier(i int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i%answers != 0 || len(f.sent) == 0 {
		return ""
	}
	return f.sent[len(f.sent)-1-(i*31)%min(far, len(f.sent))]
}

func namesOf(said []irc.Line) (out []string) {
	known := map[string]bool{}
	for _, l := range said {
		if !known[l.Nick] {
			known[l.Nick] = true
			out = append(out, l.Nick)
		}
	}
	return out
}
