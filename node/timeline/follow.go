package timeline

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"conclave/node/feature"
)

// follower hands committed events to the slices' followers, in the order of the commits.
type follower struct {
	reg  *feature.Registry
	wake chan struct{}

	mu    sync.Mutex
	queue []told
}

// told is what followers are told of an event.
type told struct {
	feature.Entry
	hidden bool // it is not shown any more
}

func newFollower(reg *feature.Registry) *follower {
	return &follower{reg: reg, wake: make(chan struct{}, 1)}
}

func (f *follower) add(e told) {
	f.mu.Lock()
	f.queue = append(f.queue, e)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *follower) take() []told {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.queue
	f.queue = nil
	return out
}

// Run tells the followers of committed events, and has those that catch up do so, until the context ends.
func (t *Timeline) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for name, fn := range t.Registry.CatchUps() {
		bell := t.fed.add()
		group.Go(func() error { return t.catchUp(ctx, name, fn, bell) })
	}
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-t.follow.wake:
			}
			for _, e := range t.follow.take() {
				if e.hidden {
					t.Registry.Withdrawn(ctx, e.Entry)
				} else {
					t.Registry.Followed(ctx, e.Entry)
				}
			}
		}
	})
	return group.Wait()
}
