package timeline

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
)

// chat is five messages of one member in a row.
func chat(t *testing.T, r room) (out []posted) {
	t.Helper()
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		out = append(out, r.say(t, text))
	}
	return out
}

func (r room) forgo(t *testing.T, events ...posted) {
	t.Helper()
	ids := make([]protocol.EventID, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	r.update(t, func(tx feature.Tx) error { return r.Forgo(tx, r.log, ids) })
}

func (r room) beginBehind(t *testing.T, events ...posted) {
	t.Helper()
	var roots []protocol.Place
	for _, e := range events {
		roots = append(roots, protocol.Place{Ord: e.Ord, ID: e.ID})
	}
	r.update(t, func(tx feature.Tx) error { return r.Begin(tx, r.log, roots) })
}

func (r room) takes(t *testing.T, events ...posted) {
	t.Helper()
	for _, e := range events {
		if err := r.hear(t, e); err != nil {
			t.Fatalf("IngestGroup of order %d: got %v", e.Ord, err)
		}
	}
}

// gapped are the texts that are shown with a gap before them.
func (r room) gapped(t *testing.T) (n int) {
	t.Helper()
	r.view(t, func(tx feature.Tx) error {
		page, err := r.Page(tx, r.log, feature.Range{})
		for _, e := range page {
			if e.Gap {
				n++
			}
		}
		return err
	})
	return n
}

// leads compares the newest events without children.
func (r room) leads(t *testing.T, want ...posted) {
	t.Helper()
	r.view(t, func(tx feature.Tx) error {
		tips, err := r.Tips(tx, r.log)
		if !slices.EqualFunc(tips, want, func(p protocol.Place, e posted) bool { return p.ID == e.ID && p.Ord == e.Ord }) {
			t.Errorf("heads: got %v, want those of order %v", tips, orders(want))
		}
		return err
	})
}

func orders(events []posted) (out []uint64) {
	for _, e := range events {
		out = append(out, e.Ord)
	}
	return out
}

func TestWhatIsForgoneIsNoGap(t *testing.T) {
	for name, c := range map[string]func(t *testing.T, b room, said []posted){
		"told after its child came": func(t *testing.T, b room, said []posted) {
			b.takes(t, said[2], said[3])
			if got, missing := b.gapped(t), b.missing(t); got != 1 || !slices.Equal(missing, []protocol.EventID{said[1].ID}) {
				t.Errorf("before: got %d gaps and %d missing, want the one before the third", got, len(missing))
			}
			b.forgo(t, said[1])
		},
		"told before": func(t *testing.T, b room, said []posted) {
			b.forgo(t, said[1])
			b.takes(t, said[2], said[3])
		},
		"told twice": func(t *testing.T, b room, said []posted) {
			b.forgo(t, said[1], said[1])
			b.takes(t, said[2])
			b.forgo(t, said[1])
			b.takes(t, said[3])
		},
	} {
		t.Run(name, func(t *testing.T) {
			rooms := found(t, newMembers(t, 2))
			b, said := rooms[1], chat(t, rooms[0])
			c(t, b, said)
			if got, missing := b.gapped(t), b.missing(t); got != 0 || len(missing) != 0 {
				t.Errorf("got %d gaps and %d missing, want none", got, len(missing))
			}
			b.wants(t, "three", "four")
			b.leads(t, said[3])
			b.takes(t, said[4])
			b.wants(t, "three", "four", "five")
		})
	}
}

func TestOneParentThatIsForgoneOpensNoGapOfAnother(t *testing.T) {
	rooms := found(t, newMembers(t, 3))
	a, b, c := rooms[0], rooms[1], rooms[2]
	one, two := a.say(t, "one"), b.say(t, "two")
	a.takes(t, two)
	child := a.say(t, "of both")
	if len(child.Parents) != 2 {
		t.Fatalf("parents: got %d, want 2", len(child.Parents))
	}
	c.takes(t, child)
	c.forgo(t, one)
	if got, missing := c.gapped(t), c.missing(t); got != 1 || !slices.Equal(missing, []protocol.EventID{two.ID}) {
		t.Errorf("with one forgone: got %d gaps and %d missing, want the other still", got, len(missing))
	}
	c.takes(t, two)
	if got := c.gapped(t); got != 0 {
		t.Errorf("with the other here: got %d gaps, want none", got)
	}
	c.leads(t, child)
}

func TestWhatIsForgoneAndComesIsLogged(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	said := chat(t, a)
	b.forgo(t, said[1])
	b.takes(t, said[2], said[0], said[1], said[3], said[4])
	b.wants(t, "one", "two", "three", "four", "five")
	b.leads(t, said[4])
	want, n := a.history(t)
	if got, m := b.history(t); got != want || n != 5 || m != 5 {
		t.Errorf("histories: got %d and %d events, the same %v, want 5 on both", m, n, got == want)
	}
	before := b.rows(t)
	b.forgo(t, said...)
	if after := b.rows(t); !maps.Equal(before, after) {
		t.Errorf("to forgo what is here: got %d rows, want the %d that were there, unchanged", len(after), len(before))
	}
}

func TestTheOrderOfWhatIsForgoneIsTakenAsClaimed(t *testing.T) {
	rooms := found(t, newMembers(t, 3))
	a, b, c := rooms[0], rooms[1], rooms[2]
	said := chat(t, a)
	b.takes(t, said[0])
	side := b.say(t, "beside") // of order 2, a leaf of another branch
	a.takes(t, side)
	child := a.say(t, "of both")
	c.forgo(t, said[4])
	c.takes(t, said[0], side)
	c.takes(t, child)
	if got := c.gapped(t); got != 0 {
		t.Errorf("gaps: got %d, want none", got)
	}
	c.wants(t, "one", "beside", "of both")
}

func TestALogBeginsBehindWhatIsNotThere(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	said := chat(t, a)
	b.beginBehind(t, said[4])
	b.leads(t, said[4])
	own := b.say(t, "mine")
	if own.Ord != said[4].Ord+1 || !slices.Equal(own.Parents, []protocol.EventID{said[4].ID}) {
		t.Errorf("an own message: got order %d after %v, want %d after the last one", own.Ord, own.Parents, said[4].Ord+1)
	}
	a.takes(t, own)
	a.wants(t, "one", "two", "three", "four", "five", "mine")
	b.leads(t, own)

	b.takes(t, said...) // what comes later stands before
	b.wants(t, "one", "two", "three", "four", "five", "mine")
	b.leads(t, own)
	if got, missing := b.gapped(t), b.missing(t); got != 0 || len(missing) != 0 {
		t.Errorf("got %d gaps and %d missing, want none", got, len(missing))
	}
	want, _ := a.history(t)
	if got, _ := b.history(t); got != want {
		t.Error("the histories are not the same")
	}
}

func TestARootLeadsUntilItComesOrIsOvertaken(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a := rooms[0]
	said := chat(t, a)
	for name, c := range map[string]struct{ hears, leads []posted }{
		"it comes":                         {said[3:4], said[3:4]},
		"something before it comes":        {said[1:2], []posted{said[1], said[3]}},
		"what follows it comes":            {said[4:], said[4:]},
		"it comes after what stood before": {[]posted{said[1], said[2], said[3]}, said[3:4]},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMembers(t, 2)[1]
			b := room{member: m, log: a.log, ops: a.ops}
			b.begin(t, m.alice)
			b.catchUp(t)
			b.forgo(t, said[0])
			b.beginBehind(t, said[3])
			b.takes(t, c.hears...)
			b.leads(t, c.leads...)
		})
	}
}

func TestALogThatHasSomethingBeginsNowhereElse(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	said := chat(t, a)
	b.takes(t, said[0])
	before := b.rows(t)
	b.beginBehind(t, said[4])
	if after := b.rows(t); !maps.Equal(before, after) {
		t.Errorf("rows: got %d, want the %d that were there, unchanged", len(after), len(before))
	}
	b.leads(t, said[0])
	if err := b.store.Update(t.Context(), func(tx feature.Tx) error {
		return errors.Join(b.Begin(tx, protocol.Log(missingID()), nil), b.Forgo(tx, protocol.Log(missingID()), []protocol.EventID{missingID()}))
	}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("of a log that is not here: got %v, want %v", err, feature.ErrNotFound)
	}
}
