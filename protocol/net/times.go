package net

import "time"

// times are the waits of the protocol (SPEC.md, envelopes and streams). Tests shorten them.
type times struct {
	dial      time.Duration // until a connection stands
	hello     time.Duration // until the other side's Hello or request is there
	frame     time.Duration // until the next frame is complete
	keepAlive time.Duration // silence of the sender until it sends an empty Ack
	ack       time.Duration // until some outstanding Put is answered
	idle      time.Duration // without a Put until a lane closes
	write     time.Duration // until the other side takes what is written
	request   time.Duration // for a whole request
	backoff   time.Duration // after the first failure; doubles up to backoffMax
	block     time.Duration // for a peer that sends bad frames
	probe     time.Duration // for a sign of life of an older connection
}

// The longest back-off, and that while there is a connection: what fails then is the lane alone, and somebody may wait for it.
const (
	backoffMax = time.Hour
	backoffMet = 15 * time.Second
)

func (t times) orDefault() times {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&t.dial, 15*time.Second)
	set(&t.hello, 10*time.Second)
	set(&t.frame, time.Minute)
	set(&t.keepAlive, 20*time.Second)
	set(&t.ack, 30*time.Second)
	set(&t.idle, 5*time.Minute)
	set(&t.write, 30*time.Second)
	set(&t.request, 30*time.Second)
	set(&t.backoff, 2*time.Second)
	set(&t.block, 10*time.Minute)
	set(&t.probe, 4*time.Second)
	return t
}
