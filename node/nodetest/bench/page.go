package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
	"conclave/node/nodetest/bench/floor"
	"net/http"
)

const (
	pageHistory = 10_000
	pages       = 200
)

// page is goal 14: the newest 50 of 10,000 messages, as the API answers them.
func page(ctx context.Context, b *bench) error {
	home, talk, err := history(ctx, filepath.Join(b.dir, "history"), pageHistory)
	if err != nil {
		return err
	}
	defer home.Close()
	site, err := serve(home.Bridge.Handler())
	if err != nil {
		return err
	}
	defer site.Close()
	p, err := floor.New(filepath.Join(b.dir, "page-floor"))
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Fill(strings.Repeat("x", textBytes), pageHistory); err != nil {
		return err
	}
	under, err := serve(http.HandlerFunc(p.Page))
	if err != nil {
		return err
	}
	defer under.Close()
	var found, cost [2][]float64
	for range rounds {
		for i, get := range []struct{ url, token string }{{site.base + talk.path, talk.token}, {under.base, ""}} {
			times, used, err := reads(ctx, get.url, get.token)
			if err != nil {
				return err
			}
			found[i], cost[i] = append(found[i], at(times, 0.95)), append(cost[i], used)
		}
	}
	b.add(row{
		Goal: "14", Metric: "page of 50 of 10,000 messages, p95", Unit: "ms", Ours: median(found[0]), Floor: median(found[1]),
		CPU: median(cost[0]), FloorC: median(cost[1]), Ratio: 2,
	})
	return nil
}

func reads(ctx context.Context, url, token string) (times []float64, cpuEach float64, err error) {
	used := cpu()
	for range pages {
		began := time.Now()
		if _, err := call(ctx, "GET", url, token, nil); err != nil {
			return nil, 0, err
		}
		times = append(times, ms(time.Since(began)))
	}
	slices.Sort(times)
	return times, us(cpu()-used) / pages, nil
}

// talk is a conversation with a history.
type talk struct{ path, token string }

// history starts a node on which two people wrote to one another.
func history(ctx context.Context, dir string, messages int) (_ *nodetest.Home, t talk, err error) {
	home, err := nodetest.Start(ctx, node.Config{Data: dir})
	if err != nil {
		return nil, t, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, home.Close())
		}
	}()
	owner, err := home.Founder(ctx, home.SetupToken(), "owner", "")
	if err != nil {
		return nil, t, err
	}
	other, err := owner.Invite(ctx, "other", "")
	if err != nil {
		return nil, t, err
	}
	conversation, err := nodetest.Introduce(ctx, owner, other)
	if err != nil {
		return nil, t, err
	}
	const writers = 64
	errs := make(chan error, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := w; n < messages; n += writers {
				if _, err := owner.Send(ctx, conversation, text(uint64(n)), ""); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	t = talk{fmt.Sprintf("/api/v1/conversations/%s/messages?limit=50", conversation), owner.Token}
	return home, t, <-errs
}
