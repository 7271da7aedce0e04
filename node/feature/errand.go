package feature

import (
	"context"
	"sync"
	"time"
)

// errands are small pieces of work for after a commit, done in order by one worker of the node.
type errands struct {
	wake chan struct{}

	mu      sync.Mutex // guards what follows
	queue   []errand
	waiting map[string]bool
	resting map[string]*rest
}

// rest is the pause after an errand that may come often.
type rest struct{ next *errand }

type errand struct {
	key string
	run func(context.Context)
}

func newErrands() *errands {
	return &errands{wake: make(chan struct{}, 1), waiting: map[string]bool{}, resting: map[string]*rest{}}
}

func (q *errands) add(e errand) {
	q.mu.Lock()
	q.put(e)
	q.mu.Unlock()
	q.ring()
}

// put queues an errand. The caller holds the lock.
func (q *errands) put(e errand) {
	if !q.waiting[e.key] {
		q.waiting[e.key] = true
		q.queue = append(q.queue, e)
	}
}

// addCalmly queues an errand at once, or when the pause after the last of the same key is over.
func (q *errands) addCalmly(e errand, pause time.Duration) {
	q.mu.Lock()
	if r := q.resting[e.key]; r != nil {
		r.next = &e
		q.mu.Unlock()
		return
	}
	q.rest(e.key, pause)
	q.put(e)
	q.mu.Unlock()
	q.ring()
}

// rest begins the pause of a key, at whose end the newest errand that came meanwhile is queued, and another begins. The caller
// holds the lock.
func (q *errands) rest(key string, pause time.Duration) {
	r := &rest{}
	q.resting[key] = r
	time.AfterFunc(pause, func() {
		q.mu.Lock()
		delete(q.resting, key)
		if r.next != nil {
			q.rest(key, pause)
			q.put(*r.next)
		}
		q.mu.Unlock()
		q.ring()
	})
}

func (q *errands) ring() {
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

// calm is the pause between two errands of one key that are done calmly: five a second look alive.
const calm = 200 * time.Millisecond

// Calmly is Soon for what is dear and may be wanted many times a second: after fn ran, it runs again 200 ms later at the
// earliest, and then once for all that was wanted meanwhile.
func (h *Host) Calmly(key string, fn func(context.Context)) {
	h.reg.errands.addCalmly(errand{key: h.slice + "/" + key, run: fn}, calm)
}

// Run does what Soon and Calmly queue until the context ends. The node runs it once.
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
