package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"conclave/node"
	"conclave/node/nodetest"
	"conclave/node/nodetest/bench/floor"
)

// seen says that a message is shown on a node.
type seen struct {
	node    int
	message uint64
}

// hall is one group over nodes, or the floor of one: what is published on a node is seen on all others.
type hall struct {
	nodes   int
	publish func(ctx context.Context, from int, message uint64) error
	seen    chan seen
	ends    []io.Closer

	audience audience // of a hall with many clients on one node
}

func (h *hall) Close() error {
	var errs []error
	for _, c := range h.ends {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// gather makes a group with one member on each of so many nodes, each with an open page.
func gather(ctx context.Context, dir string, nodes int) (_ *hall, err error) {
	h := &hall{nodes: nodes, seen: make(chan seen, 1<<16)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	urls, tokens, link, id := make([]string, nodes), make([]string, nodes), "", ""
	var first *nodetest.Person
	for i := range nodes {
		home, err := nodetest.Start(ctx, node.Config{Data: filepath.Join(dir, fmt.Sprint("node", i)), Unlimited: true})
		if err != nil {
			return h, err
		}
		h.ends = append([]io.Closer{home}, h.ends...)
		site, err := serve(home.Bridge.Handler())
		if err != nil {
			return h, err
		}
		h.ends = append([]io.Closer{site}, h.ends...)
		who, err := home.Founder(ctx, home.SetupToken(), fmt.Sprint("member", i), "")
		if err != nil {
			return h, err
		}
		if i == 0 {
			first = who
			if id, err = who.NewGroup(ctx, "The room", "none"); err != nil {
				return h, err
			}
			link, err = who.GroupLink(ctx, id)
		} else {
			_, err = who.Join(ctx, link)
		}
		if err != nil {
			return h, fmt.Errorf("node %d joins: %w", i, err)
		}
		urls[i], tokens[i] = site.base+"/api/v1/conversations/"+id+"/messages", who.Token
		if err := h.watch(ctx, i, "ws"+site.base[len("http"):]+"/api/v1/live", who.Token); err != nil {
			return h, err
		}
	}
	h.publish = func(ctx context.Context, from int, message uint64) error {
		_, err := call(ctx, "POST", urls[from], tokens[from], []byte(`{"text":"`+text(message)+`"}`))
		return err
	}
	return h, nodetest.Await(ctx, "everybody is a member", func() (bool, error) {
		g, err := first.Group(ctx, id)
		return g.Group.Members == nodes, err
	})
}

// watch opens the page of a node. A message may be told again when something of it changed: it counts once.
func (h *hall) watch(ctx context.Context, i int, url, token string) error {
	ctx, cancel := context.WithCancel(ctx)
	c, err := dial(ctx, url, token)
	if err != nil {
		cancel()
		return err
	}
	c.SetReadLimit(1 << 20)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer c.CloseNow()
		had := map[uint64]bool{}
		for {
			_, raw, err := c.Read(ctx)
			if err != nil {
				return
			}
			if n, ok := number(raw); ok && !had[n] {
				had[n] = true
				h.seen <- seen{i, n}
			}
		}
	})
	h.ends = append([]io.Closer{closer(func() error { cancel(); reading.Wait(); return nil })}, h.ends...)
	return nil
}

type closer func() error

func (c closer) Close() error { return c() }

// plain is the same with gossipsub alone.
func plain(nodes int) (*hall, error) {
	h := &hall{nodes: nodes, seen: make(chan seen, 1<<16)}
	g, err := floor.NewGossip(nodes, func(host int, data []byte) {
		if n, ok := number(data); ok {
			h.seen <- seen{host, n}
		}
	})
	if err != nil {
		return nil, err
	}
	h.ends = []io.Closer{g}
	h.publish = func(ctx context.Context, from int, message uint64) error {
		return g.Publish(ctx, from, []byte(`{"text":"`+text(message)+`"}`))
	}
	return h, nil
}
