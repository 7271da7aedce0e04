package delivery

import (
	"fmt"
	"testing"

	"conclave/protocol"
	"conclave/protocol/net"
)

// parks has a node park records of a size until it gets no more, and returns what it has.
func parks(t *testing.T, d *Delivery, log protocol.Log, from net.PeerID, bytes int) share {
	t.Helper()
	for range 2 * parkedBounds.rows {
		room, err := d.room(nil, log, from, bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !room {
			break
		}
		d.count(log, from, 1, bytes)
	}
	if s := d.parks[log].of[from]; s != nil {
		return *s
	}
	return share{}
}

// Nodes that act together take turns to park all they can, again and again: for one that comes after them there is room.
func TestNodesTogetherDoNotFillTheRoom(t *testing.T) {
	for _, size := range []int{1, 4 << 10, 100 << 10} {
		log := protocol.Log{1}
		d := &Delivery{parks: map[protocol.Log]*tally{log: {of: map[net.PeerID]*share{}}}}
		first := parks(t, d, log, "hostile 0", size)
		if want := min(parkedBounds.rows/2, parkedBounds.bytes/2/size); first.rows != want {
			t.Errorf("records of %d bytes that one node parks alone: got %d, want %d", size, first.rows, want)
		}
		for range 3 {
			for i := range 4 {
				parks(t, d, log, net.PeerID(fmt.Sprint("hostile ", i)), size)
			}
		}
		left := share{rows: parkedBounds.rows - d.parks[log].rows, bytes: parkedBounds.bytes - d.parks[log].bytes}
		honest := parks(t, d, log, "honest", size)
		if want := min(left.rows/2, left.bytes/2/size); honest.rows != want || want == 0 {
			t.Errorf("records of %d bytes of an honest node beside four that park all they can: got %d, want half of the %d and %d bytes left, %d",
				size, honest.rows, left.rows, left.bytes, want)
		}

		// What goes makes room for the others at once.
		for i := range 4 {
			p := net.PeerID(fmt.Sprint("hostile ", i))
			if s := d.parks[log].of[p]; s != nil {
				d.count(log, p, -s.rows, -s.bytes)
			}
		}
		if got := parks(t, d, log, "honest", size); got != first {
			t.Errorf("records of %d bytes of an honest node once the others' are gone: got %+v, want %+v", size, got, first)
		}
	}
}
