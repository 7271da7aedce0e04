package delivery

import (
	"cmp"
	"slices"
	"time"

	"conclave/node/delivery/road"
	"conclave/node/feature"
)

// trip is where a courier is on the road of one group, over its present lane: the rows that it looked at and that something is
// still to be said of, in order. One that has to wait holds up those of its chain, an operation those operations that come
// behind it, and nothing else. What is answered is told in the order of the rows, as a road only goes forward.
type trip struct {
	legs    []leg
	seen    uint64 // the newest row that was looked at
	answers int
	laid    int // answer that told of the newest row that a locked node keeps
}

// leg is one row.
type leg struct {
	row   road.Row // without its data
	state legState
	fate  road.Fate
	told  bool          // there is a fate
	order int           // of its answer
	pause time.Duration // before it is offered again; zero: it was not put off yet
	until time.Time
}

type legState uint8

const (
	ready legState = iota // to be offered
	aloft                 // on its way
	over                  // answered, or not to be offered any more
)

// maxAhead is how many rows a courier looks at behind one that has to wait.
const maxAhead = 512

// The pause of a row that was put off grows from the first to the last.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 5 * time.Second
)

func (l *leg) end(f road.Fate) { l.state, l.fate, l.told = over, f, true }

// putOff has a row offered again after a pause.
func (l *leg) putOff(now time.Time) {
	l.state = ready
	l.pause = min(max(2*l.pause, firstPause), lastPause)
	l.until = now.Add(l.pause)
}

// lookOn takes in rows that were not looked at yet, with their data, as many as could be offered. more tells that there are others.
func (t *trip) lookOn(tx feature.Tx, b *road.Book, r road.Road, room int) (more bool, err error) {
	room = min(room, maxAhead-len(t.legs))
	return more, b.Each(tx, r.Log, max(t.seen, r.At), func(x road.Row) (bool, error) {
		if room == 0 {
			more = true
			return false, nil
		}
		room--
		t.seen = x.Seq
		t.legs = append(t.legs, leg{row: x})
		return true, nil
	})
}

// skip leaves out what the node was found to have, or is not offered any more.
func (t *trip) skip(at uint64) {
	for i := range t.legs {
		if l := &t.legs[i]; l.row.Seq <= at && l.state == ready {
			l.state = over
		}
	}
}

func (t *trip) find(seq uint64) *leg {
	i, ok := slices.BinarySearchFunc(t.legs, seq, func(l leg, seq uint64) int { return cmp.Compare(l.row.Seq, seq) })
	if !ok {
		return nil
	}
	return &t.legs[i]
}

func (t *trip) flies() bool {
	return slices.ContainsFunc(t.legs, func(l leg) bool { return l.state == aloft })
}

// told takes the rows off that are over up to the first that is not, and returns those that have a fate. What was taken before
// something in front of it was laid up does not tell that this is open by now.
func (t *trip) told() (out []leg) {
	n := 0
	for ; n < len(t.legs) && t.legs[n].state == over; n++ {
		l := t.legs[n]
		switch {
		case !l.told:
			continue
		case l.fate == road.Laid:
			t.laid = max(t.laid, l.order)
		case l.fate == road.Taken && l.order < t.laid:
			l.fate = road.Laid
		}
		out = append(out, l)
	}
	t.legs = slices.Delete(t.legs, 0, n)
	return out
}

// wait is how long it takes until a row that was put off is to be offered, limit at the most.
func (t *trip) wait(now time.Time, limit time.Duration) time.Duration {
	for _, l := range t.legs {
		if l.state == ready && now.Before(l.until) {
			limit = min(limit, l.until.Sub(now))
		}
	}
	return limit
}
