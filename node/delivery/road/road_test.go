package road

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// desk is a book in a store of its own, with a clock that a test moves.
type desk struct {
	*Book
	t     *testing.T
	store *storage.Store
	log   protocol.Log
	now   time.Time
	seq   uint64
	moves []string
}

func open(t *testing.T) *desk {
	t.Helper()
	store, err := storage.Open(storage.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	d := &desk{t: t, store: store, log: protocol.Log{1}, now: time.UnixMilli(1_800_000_000_000)}
	d.Book = &Book{
		Realm: storage.NewRealm([16]byte{1}, [32]byte{2}, [32]byte{3}),
		Now:   func() time.Time { return d.now },
		Next:  func() uint64 { d.seq++; return d.seq },
	}
	return d
}

func (d *desk) update(fn func(feature.Tx) error) {
	d.t.Helper()
	if err := d.store.Update(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) view(fn func(feature.Tx) error) {
	d.t.Helper()
	if err := d.store.View(fn); err != nil {
		d.t.Fatal(err)
	}
}

// tell notes what was moved, as "1 sent".
func (d *desk) tell(moves []Move) {
	for _, m := range moves {
		d.moves = append(d.moves, fmt.Sprint(m.Event[0], " ", m.State))
	}
}

func (d *desk) want(what string, want ...string) {
	d.t.Helper()
	slices.Sort(d.moves)
	slices.Sort(want)
	if !slices.Equal(d.moves, want) {
		d.t.Errorf("%s: got %v, want %v", what, d.moves, want)
	}
	d.moves = nil
}

func (d *desk) survey(peers ...net.PeerID) (fresh []Stop) {
	d.t.Helper()
	var nodes []Stop
	for _, p := range peers {
		nodes = append(nodes, Stop{Peer: p, By: protocol.Account{p[0]}})
	}
	d.update(func(tx feature.Tx) error {
		f, moves, err := d.Survey(tx, d.log, d.Next(), nodes)
		fresh = f
		d.tell(moves)
		return err
	})
	return fresh
}

// add queues the message of an event.
func (d *desk) add(event byte) (seq uint64) {
	d.t.Helper()
	d.update(func(tx feature.Tx) (err error) {
		seq, err = d.Add(tx, d.log, Row{Kind: protocol.GroupMessage, Event: protocol.EventID{event}, Data: []byte{event}})
		return err
	})
	return seq
}

func (d *desk) answer(peer net.PeerID, fate Fate, seqs ...uint64) {
	d.t.Helper()
	var marks []Mark
	for _, s := range seqs {
		marks = append(marks, Mark{s, fate})
	}
	d.update(func(tx feature.Tx) error {
		moves, err := d.Settle(tx, d.log, map[net.PeerID][]Mark{peer: marks})
		d.tell(moves)
		return err
	})
}

// rows are the events that stand in the queue.
func (d *desk) rows() (events []byte) {
	d.t.Helper()
	d.view(func(tx feature.Tx) error {
		return d.Each(tx, d.log, 0, func(r Row) (bool, error) {
			events = append(events, r.Event[0])
			return true, nil
		})
	})
	return events
}

func (d *desk) road(peer net.PeerID) (r Road) {
	d.t.Helper()
	d.view(func(tx feature.Tx) (err error) {
		r, err = d.Find(tx, d.log, peer)
		return err
	})
	return r
}

func (d *desk) queued(what string, want ...byte) {
	d.t.Helper()
	if got := d.rows(); !slices.Equal(got, want) {
		d.t.Errorf("%s: got the rows %v, want %v", what, got, want)
	}
}

func TestARowStaysUntilEveryNodeHasIt(t *testing.T) {
	d := open(t)
	d.survey("a", "b")
	one, two := d.add(1), d.add(2)
	d.answer("a", Taken, one)
	d.want("one node has the first", "1 sent")
	d.answer("b", Taken, one, two)
	d.want("the other has both", "1 delivered", "2 sent")
	d.queued("behind that", 2)
	d.answer("a", Taken, two)
	d.want("both have both", "2 delivered")
	d.queued("at the end")
	d.answer("a", Taken, two)
	d.want("an answer that comes twice")
}

func TestANewNodeBeginsAtTheEndAndOneThatLeftHoldsNothingUp(t *testing.T) {
	d := open(t)
	d.survey("a")
	one := d.add(1)
	if fresh := d.survey("a", "b"); len(fresh) != 1 || fresh[0].Peer != "b" {
		t.Errorf("new nodes: got %v, want b", fresh)
	}
	if r := d.road("b"); r.At < one {
		t.Errorf("the road of a new node begins at %d, want behind %d", r.At, one)
	}
	two := d.add(2)
	d.answer("a", Taken, one)
	d.want("who was there has the first", "1 delivered")
	d.answer("a", Taken, two)
	d.want("and the second", "2 sent")
	d.survey("a")
	d.want("the other one left", "2 delivered")
	d.queued("at the end")
	d.answer("b", Taken, two)
	d.view(func(tx feature.Tx) error {
		if r, err := d.Find(tx, d.log, "b"); err == nil {
			t.Errorf("an answer of a node that left made a road: %+v", r)
		}
		return nil
	})
	d.survey()
	d.view(func(tx feature.Tx) error {
		l, err := d.Ledger(tx, d.log)
		if l.Nodes != 0 || l.Low != math.MaxUint64 {
			t.Errorf("without other nodes: got %+v, want everything to be delivered", l)
		}
		return err
	})
}

func TestWhatIsLaidUpIsDeliveredByWhatIsTakenBehindIt(t *testing.T) {
	d := open(t)
	d.survey("a")
	one, two, three := d.add(1), d.add(2), d.add(3)
	d.answer("a", Laid, one, two)
	d.want("laid up", "1 sent", "2 sent")
	if r := d.road("a"); r.At != two || r.Has >= one {
		t.Errorf("road: got at %d, has %d; want at %d and none", r.At, r.Has, two)
	}
	d.answer("a", Taken, three)
	d.want("the next is taken", "1 delivered", "2 delivered", "3 delivered")
}

func TestARefusalHoldsNothingUp(t *testing.T) {
	d := open(t)
	d.survey("a")
	one, two, three := d.add(1), d.add(2), d.add(3)
	d.answer("a", Refused, one)
	d.answer("a", Laid, two)
	d.answer("a", Refused, three)
	d.want("the second is laid up", "1 delivered", "2 sent") // whether the first was refused, its track knows
	if r := d.road("a"); r.At != three || r.Has != one {
		t.Errorf("road: got at %d, has %d; want %d and %d: a refusal does not tell that what is laid up was opened", r.At, r.Has, three, one)
	}
}

func TestOnlyReconciliationClosesAGap(t *testing.T) {
	d := open(t)
	d.survey("a")
	one, two := d.add(1), d.add(2)
	d.answer("a", Missed, one)
	d.answer("a", Taken, two)
	d.want("the first was passed over", "2 sent")
	three := d.add(3)
	d.update(func(tx feature.Tx) error {
		moves, err := d.Reconciled(tx, d.log, "a", two)
		d.tell(moves)
		return err
	})
	d.want("it was found to have both", "1 delivered", "2 delivered")
	d.queued("at the end", 3)
	d.answer("a", Taken, three)
	d.want("and goes on", "3 delivered")
}

func TestRowsAreOfferedForADayAndKeptForFortyFive(t *testing.T) {
	d := open(t)
	d.survey("a", "b")
	one := d.add(1)
	d.answer("a", Taken, one)
	d.moves = nil
	d.add(2)
	d.now = d.now.Add(PushFor + time.Minute)
	three := d.add(3)
	age := func() Aged {
		var out Aged
		d.update(func(tx feature.Tx) (err error) {
			out, err = d.Age(tx)
			return err
		})
		return out
	}
	if got := age(); len(got.Late) != 2 {
		t.Errorf("roads that passed something over: got %d, want 2", len(got.Late))
	}
	if r := d.road("b"); r.Gap == 0 || r.At >= three {
		t.Errorf("road of who was away: got %+v, want a gap before the new row", r)
	}
	if got := age(); len(got.Late) != 0 {
		t.Errorf("a second time: got %d, want none", len(got.Late))
	}
	d.queued("after a day", 1, 2, 3)
	d.now = d.now.Add(protocol.OutboxKeep - time.Hour)
	given := age().Given[d.log]
	d.tell(given)
	d.want("after 45 days", "1 sent", "2 failed")
	d.queued("after 45 days", 3)
}

// However many nodes there are, a message is one row, and an answer one.
func TestRowsWrittenForAMessage(t *testing.T) {
	for _, nodes := range []int{1, 10, 100} {
		d := open(t)
		var peers []net.PeerID
		for i := range nodes {
			peers = append(peers, net.PeerID(fmt.Sprintf("%03d", i)))
		}
		d.survey(peers...)
		before := d.count()
		seq := d.add(1)
		if got := d.count() - before; got != 1 {
			t.Errorf("%d nodes: got %d rows for a message, want 1", nodes, got)
		}
		for _, p := range peers {
			d.answer(p, Taken, seq)
		}
		if got := d.count() - before; got != 0 {
			t.Errorf("%d nodes: got %d rows after all answered, want none", nodes, got)
		}
	}
}

func (d *desk) count() (n int) {
	d.t.Helper()
	all := func(storage.Table) bool { return true }
	if err := d.store.Export(all, func(storage.Key, []byte) error { n++; return nil }); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestARowIsTakenOutUntilSomeNodeAnsweredIt(t *testing.T) {
	d := open(t)
	d.survey("a", "b")
	first, second, third := d.add(1), d.add(2), d.add(3)
	d.answer("a", Taken, first)
	for _, c := range []struct {
		seq  uint64
		want bool
	}{{first, false}, {second, true}} {
		d.update(func(tx feature.Tx) error {
			if dropped, err := d.Drop(tx, d.log, c.seq); err != nil || dropped != c.want {
				t.Errorf("drop row %d: got %v, %v; want %v", c.seq, dropped, err, c.want)
			}
			return nil
		})
	}
	d.queued("after the second was taken out", 1, 3)
	for _, peer := range []net.PeerID{"a", "b"} {
		d.answer(peer, Taken, first, third)
	}
	d.queued("after all answered the others")
}
