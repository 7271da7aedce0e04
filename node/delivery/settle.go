package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol/net"
	"conclave/storage"
)

// answer is what became of a parcel.
type answer struct {
	parcel parcel
	code   net.Code
}

// desk writes answers, one transaction after another, beside what the courier does. Answers wait a little for others: each
// transaction is a sync, and what is lost with the process is answered again as a duplicate. Used by one goroutine.
type desk struct {
	courier *courier
	waiting []answer
	writing []answer
	due     <-chan time.Time // nil while nothing waits, or something is being written
	done    chan settlement
}

// How many answers may wait to be written, after how many they no longer do, and for how long.
const (
	deskSize  = 4 * maxInFlight
	deskBatch = maxInFlight
	deskRest  = 10 * time.Millisecond
)

func newDesk(c *courier) *desk { return &desk{courier: c, done: make(chan settlement, 1)} }

func (d *desk) busy() bool  { return len(d.writing) > 0 }
func (d *desk) empty() bool { return !d.busy() && len(d.waiting) == 0 }
func (d *desk) full() bool  { return len(d.waiting) >= deskSize }

// pairs notes whose answers are not written yet: if they never are, what they are about is offered again.
func (d *desk) pairs(out map[session.Pair]bool) {
	for _, answers := range [...][]answer{d.waiting, d.writing} {
		for _, a := range answers {
			out[a.parcel.Pair] = true
		}
	}
}

// take has answers written soon.
func (d *desk) take(ctx context.Context, answers []answer) {
	d.waiting = append(d.waiting, answers...)
	d.arm(ctx)
}

// ended notes that what was being written is.
func (d *desk) ended(ctx context.Context) {
	d.writing = nil
	d.arm(ctx)
}

func (d *desk) arm(ctx context.Context) {
	switch {
	case d.busy() || len(d.waiting) == 0:
	case len(d.waiting) >= deskBatch:
		d.write(ctx)
	case d.due == nil:
		d.due = time.After(deskRest)
	}
}

// write begins to write what waits.
func (d *desk) write(ctx context.Context) {
	answers := d.waiting
	d.waiting, d.writing, d.due = nil, answers, nil
	go func() { d.done <- d.courier.settle(ctx, answers) }()
}

// wait lets what is being written end.
func (d *desk) wait() {
	if d.busy() {
		<-d.done
	}
}

// settlement is how writing answers went.
type settlement struct {
	again map[session.Pair]bool // refused: what is left of them is sealed anew
	later map[session.Pair]bool // put off
	err   error
}

// answered takes the answers that are there, in order: it returns those to parcels, and how many there are in all.
func (c *courier) answered(flying []flight) (out []answer, n int, err error) {
	for _, f := range flying {
		select {
		case <-f.pending.Done():
		default:
			return out, n, nil
		}
		code, err := f.pending.Result()
		if err != nil {
			return nil, 0, err
		}
		n++
		if f.load != nil {
			c.landed(*f.load, code)
		} else {
			out = append(out, answer{f.parcel, code})
		}
	}
	return out, n, nil
}

// settle writes what became of parcels, by halves where that is too much for one transaction.
func (c *courier) settle(ctx context.Context, answers []answer) settlement {
	s := c.settleAll(ctx, answers)
	half := len(answers) / 2
	if !errors.Is(s.err, storage.ErrTooLarge) || half == 0 {
		return s
	}
	s = c.settle(ctx, answers[:half])
	if s.err != nil {
		return s
	}
	rest := slices.DeleteFunc(slices.Clone(answers[half:]), func(a answer) bool { return s.later[a.parcel.Pair] })
	more := c.settle(ctx, rest)
	maps.Copy(s.again, more.again)
	maps.Copy(s.later, more.later)
	s.err = more.err
	return s
}

func (c *courier) settleAll(ctx context.Context, answers []answer) (s settlement) {
	s.err = errStopped
	_ = c.d.guard("settlement", func() error {
		s.err = c.d.Store.Update(ctx, func(tx feature.Tx) error {
			s.again, s.later = map[session.Pair]bool{}, map[session.Pair]bool{}
			for _, a := range answers {
				if err := c.write(tx, a, s); err != nil {
					return err
				}
			}
			return nil
		})
		return s.err
	})
	return s
}

// errStopped is the error of a settlement that panicked.
var errStopped = errors.New("answers were not written")

func (c *courier) write(tx feature.Tx, a answer, s settlement) error {
	if s.later[a.parcel.Pair] {
		return nil // it is offered again behind the one that waits
	}
	switch a.code {
	case net.Delivered, net.Duplicate:
		return c.d.done(tx, a.parcel)
	case net.Stored:
		return c.d.laidUp(tx, a.parcel)
	case net.Later:
		s.later[a.parcel.Pair] = true
		return nil
	}
	s.again[a.parcel.Pair] = true
	return c.d.refused(tx, a.parcel)
}

// reconsider has pairs of which something was not taken looked at from the oldest parcel on.
func (c *courier) reconsider(s settlement) {
	for p := range s.again {
		delete(c.offered, p)
		c.held[p] = true
	}
	for p := range s.later {
		delete(c.offered, p)
		c.held[p] = true
		c.pause[p] = c.d.Now().Add(laterPause)
	}
}
