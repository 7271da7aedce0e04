package feature

import (
	"context"
	"sync"
)

// errands are small pieces of work for after a commit, done in order by one worker of the node.
type errands struct {
	wake chan struct{}

	mu      sync.Mutex // guards what follows
	queue   []errand
	waiting map[string]bool
}

type errand struct {
	key string
	run func(context.Context)
}

func newErrands() *errands {
	return &errands{wake: make(chan struct{}, 1), waiting: map[string]bool{}}
}

func (q *errands) add(e errand) {
	q.mu.Lock()
	if !q.waiting[e.key] {
		q.waiting[e.key] = true
		q.queue = append(q.queue, e)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *errands) take() (errand, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 {
		return errand{}, false
	}
	e := q.queue[0]
	q.queue[0] = errand{}
	q.queue = q.queue[1:]
	delete(q.waiting, e.key)
	return e, true
}

// Soon has fn run once outside of any transaction, which a commit hook or a follower is too busy to do itself: telling
// watchers of what they see now, for example. What waits already under the same key is not queued again, so fn must read the
// state anew; a crash loses it. It never blocks.
func (h *Host) Soon(key string, fn func(context.Context)) {
	h.reg.errands.add(errand{key: h.slice + "/" + key, run: fn})
}

// Run does what Soon queues until the context ends. The node runs it once.
func (r *Registry) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.errands.wake:
		}
		for ctx.Err() == nil {
			e, ok := r.errands.take()
			if !ok {
				break
			}
			r.safely("errand", func() { e.run(ctx) })
		}
	}
}
