package node

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/storage"
)

const (
	// daily is the pace from which on it is remembered over restarts when a job ran: many nodes never run for a whole day.
	daily = 24 * time.Hour
	// settle is how long after a start such a job waits at the least, unless the Config says otherwise.
	settle = time.Minute
)

// repeat runs a job again and again. What fails is logged and tried the next time.
func (n *Node) repeat(ctx context.Context, job feature.Job) error {
	timer := time.NewTimer(n.first(job))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		began := n.config.Now()
		err := n.once(ctx, job)
		if err == nil && job.Every >= daily {
			err = n.ran(ctx, began, job)
		}
		if err != nil && ctx.Err() == nil {
			n.config.Logger.Warn("a job failed", "job", job.Name, "err", err)
		}
		timer.Reset(job.Every)
	}
}

// first is how long a job waits after the start of the node.
func (n *Node) first(job feature.Job) time.Duration {
	if job.Every < daily {
		return job.Every
	}
	var last uint64
	if err := n.store.View(func(tx feature.Tx) (err error) {
		last, err = storage.GetAs[uint64](tx, n.keys.Node(), n.runKey(job))
		return err
	}); err != nil {
		n.config.Logger.Warn("when a job ran is not known", "job", job.Name, "err", err)
		return n.config.settle
	}
	left := job.Every - n.config.Now().Sub(time.UnixMilli(int64(last)))
	return min(max(left, n.config.settle), job.Every) // a clock that was set back keeps nothing from being done
}

// pace notes for jobs that never ran that they did just now: there is nothing old yet.
func (n *Node) pace(ctx context.Context) error {
	var missing []feature.Job
	if err := n.store.View(func(tx feature.Tx) error {
		for _, job := range n.allJobs() {
			if job.Every < daily {
				continue
			}
			if _, err := tx.Get(n.keys.Node(), n.runKey(job)); errors.Is(err, storage.ErrNotFound) {
				missing = append(missing, job)
			} else if err != nil {
				return err
			}
		}
		return nil
	}); err != nil || len(missing) == 0 {
		return err
	}
	return n.ran(ctx, n.config.Now(), missing...)
}

func (n *Node) ran(ctx context.Context, at time.Time, jobs ...feature.Job) error {
	return n.store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
		for _, job := range jobs {
			if err := storage.PutAs(tx, n.keys.Node(), n.runKey(job), uint64(at.UnixMilli())); err != nil {
				return err
			}
		}
		return nil
	})
}

func (n *Node) allJobs() []feature.Job { return append(n.jobs(), n.registry.Jobs()...) }

func (n *Node) runKey(job feature.Job) storage.Key {
	return n.keys.Node().Key(storage.Counters, storage.H([]byte("job"), []byte(job.Name)))
}
