package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"conclave/crypto/vault"
	"conclave/node"
	"conclave/node/nodetest"
	"conclave/node/nodetest/irc"
)

// The cast of the demo: the node that each lives on, by its number; the first of a node owns it.
var cast = []struct {
	name, display string
	home          int
}{{"ana", "Ana", 0}, {"ben", "Ben", 0}, {"chloe", "Chloe", 1}, {"deniz", "Deniz", 1}, {"emeka", "Emeka", 2}}

const demoNodes = 3

func (p *program) demoCommand() *cobra.Command {
	c := &cobra.Command{Use: "demo", Short: "Three nodes with five people who talk, to look around in", Args: noArgs,
		Long: "Starts three federated nodes in this process, on loopback, with five people whose conversations come from real logs, and\n" +
			"prints how to log in. Everything lies in a temporary folder that is deleted at the end."}
	messages := c.Flags().Int("messages", 0, "fill in so many messages (default: some hundred)")
	port := c.Flags().Int("port", 8430, "port of the first page, the others follow; 0 for any")
	corpus := c.Flags().String("corpus", "", "folder with more logs (default: CONCLAVE_CORPUS, else an excerpt that is built in)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *messages < 0 || *port < 0 || *port > 65535-demoNodes {
			return usage("--messages and --port are numbers from 0 up")
		}
		if *corpus == "" {
			*corpus, _ = p.variable("CONCLAVE_CORPUS")
		}
		if err := p.harden(); err != nil {
			return err
		}
		ctx, cancel := p.untilSignal(c.Context())
		defer cancel()
		dir, err := os.MkdirTemp("", "conclave-demo-*")
		if err != nil {
			return fmt.Errorf("make a temporary folder: %w", err)
		}
		d := &demo{program: p, dir: dir}
		return errors.Join(d.run(ctx, *port, *corpus, *messages), os.RemoveAll(dir))
	}
	return c
}

// demo is three nodes and their people.
type demo struct {
	*program
	dir      string
	services []*service
	people   []*nodetest.Person
}

// run serves until the context ends.
func (d *demo) run(ctx context.Context, port int, corpus string, messages int) error {
	_, logs, err := nodetest.Dialogues(corpus)
	if err != nil {
		return err
	}
	if err := d.open(ctx, port); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, v := range d.services {
		group.Go(func() error { return v.run(ctx, func() error { return nil }) })
	}
	group.Go(func() error {
		err := d.play(ctx, script(logs, messages))
		if err != nil && ctx.Err() != nil {
			return nil // told to stop while it was being set up
		}
		if err == nil {
			err = d.introduce(corpus)
		}
		return err
	})
	return group.Wait()
}

// open makes the nodes; on an error none is left.
func (d *demo) open(ctx context.Context, port int) error {
	for i := range demoNodes {
		at := "0"
		if port > 0 {
			at = strconv.Itoa(port + i)
		}
		s := settings{
			data: filepath.Join(d.dir, strconv.Itoa(i+1)), http: net.JoinHostPort("127.0.0.1", at), admin: "127.0.0.1:0",
			listen: []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"},
		}
		log := slog.New(slog.NewTextHandler(d.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})).With("node", i+1)
		v, err := open(ctx, s, node.Config{Version: d.version, Logger: log, Cost: d.cost})
		if err != nil {
			for _, v := range d.services {
				err = errors.Join(err, v.close())
			}
			return err
		}
		d.services = append(d.services, v)
	}
	return nil
}

// play makes the accounts and lets everybody talk with everybody.
func (d *demo) play(ctx context.Context, script [][]nodetest.Saying) error {
	owners := make([]*nodetest.Person, demoNodes)
	for _, c := range cast {
		v := d.services[c.home]
		var p *nodetest.Person
		var err error
		if owners[c.home] == nil {
			p, err = nodetest.At(v.base()).Founder(ctx, v.node.SetupToken(), c.name, c.display)
			owners[c.home] = p
		} else {
			p, err = owners[c.home].Invite(ctx, c.name, c.display)
		}
		if err != nil {
			return fmt.Errorf("make the account %s: %w", c.name, err)
		}
		d.people = append(d.people, p)
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, a := range d.people {
		for _, b := range d.people[i+1:] {
			said := script[0]
			script = script[1:]
			group.Go(func() error {
				conversation, err := nodetest.Introduce(ctx, a, b)
				if err != nil {
					return err
				}
				return nodetest.Talk(ctx, a, b, conversation, said)
			})
		}
	}
	return group.Wait()
}

// script gives each pair of the cast what real pairs said, one after the other, so many messages in all; 0 takes one real pair
// for each.
func script(logs [][]irc.Message, messages int) [][]nodetest.Saying {
	out := make([][]nodetest.Saying, len(cast)*(len(cast)-1)/2)
	for total, turn := 0, 0; ; {
		for _, log := range logs {
			for _, pair := range nodetest.Pairs(log) {
				said := pair.Said
				if messages > 0 {
					said = said[:min(len(said), messages-total)]
				}
				out[turn%len(out)] = append(out[turn%len(out)], said...)
				total += len(said)
				turn++
				if messages > 0 && total == messages || messages == 0 && turn == len(out) {
					return out
				}
			}
		}
	}
}

// introduce says what there is to see.
func (d *demo) introduce(corpus string) error {
	source, _, err := nodetest.Dialogues(corpus)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "Three nodes with five people run on this machine; everybody knows everybody.\n\n")
	w := tabwriter.NewWriter(d.stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "  OPEN\tNAME\tPASSPHRASE")
	for i, c := range cast {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", d.services[c.home].base(), d.people[i].Name, nodetest.Passphrase)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "\nThe first of each page owns its node. Text: logs of #ubuntu (CC BY 4.0), %s.\n", source)
	if d.cost != (vault.Cost{}) {
		fmt.Fprintln(d.stdout, "Passphrases cost next to nothing to try here; those of a real node do not.")
	}
	_, err = fmt.Fprintf(d.stdout, "Everything lies in %s and is deleted at the end: press Ctrl-C.\n", d.dir)
	return err
}
