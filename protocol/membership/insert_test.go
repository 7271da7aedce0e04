package membership

import (
	"errors"
	"slices"
	"testing"
)

func copyOf(t testing.TB, g *Graph, n int) *Graph {
	t.Helper()
	var encoded [][]byte
	for _, op := range g.Ops()[:n] {
		encoded = append(encoded, op.Encode())
	}
	c, err := Restore(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMissingParentsAreAskedFor(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	for i := range 4 {
		does(t, g, 0, 0, add(i+1))
	}
	ops := g.Ops()
	c := copyOf(t, g, 1)
	for _, i := range []int{4, 3, 2} {
		res, err := c.Insert(ops[i])
		if err != nil || len(res.Added) != 0 || !slices.Equal(res.Missing, []ID{ops[i-1].ID}) {
			t.Fatalf("insert %d: got %+v, %v", i, res, err)
		}
		if want := []ID{ops[i-1].ID}; !slices.Equal(c.Wanted(), want) {
			t.Errorf("wanted: got %x, want %x", c.Wanted(), want)
		}
	}
	if c.Has(ops[4].ID) || c.Len() != 1 {
		t.Error("a parked operation counts")
	}
	res, err := c.Insert(ops[1])
	if err != nil || len(res.Added) != 4 || len(c.Wanted()) != 0 {
		t.Fatalf("insert the missing one: got %d added, %d wanted, %v", len(res.Added), len(c.Wanted()), err)
	}
	if res, err := c.Insert(ops[2]); err != nil || len(res.Added) != 0 {
		t.Errorf("insert again: got %+v, %v", res, err)
	}
	wantRoster(t, c, "0:owner 1:member 2:member 3:member 4:member")
}

func TestOperationsThatContradictTheirParentsAreRefused(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	first := does(t, g, 0, 0, add(1))
	second := does(t, g, 0, 0, grant(2, Admin))
	third := does(t, g, 2, 0, add(3))
	sign := func(change func(*wireOp)) *Op {
		t.Helper()
		d, err := g.Draft(author(0, 0), 1, add(4))
		if err != nil {
			t.Fatal(err)
		}
		change(&d.wire)
		op, err := d.Sign(unsigned{})
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	pair := []ID{second, third}
	SortIDs(pair)
	for name, c := range map[string]struct {
		change func(*wireOp)
		want   error
	}{
		"as it should be":             {func(*wireOp) {}, nil},
		"lamport too low":             {func(w *wireOp) { w.Lamport-- }, ErrOp},
		"lamport too high":            {func(w *wireOp) { w.Lamport++ }, ErrOp},
		"a number left out":           {func(w *wireOp) { w.Seq++ }, ErrOp},
		"a number used twice":         {func(w *wireOp) { w.Seq--; w.Prev = &first }, ErrOp},
		"as if it were the first":     {func(w *wireOp) { w.Seq, w.Prev = 1, nil }, ErrOp},
		"after another's":             {func(w *wireOp) { w.Prev = &third }, ErrOp},
		"after one nobody knows":      {func(w *wireOp) { w.Prev = &ID{1} }, ErrOp},
		"after an older one":          {func(w *wireOp) { w.Prev = &first }, ErrOp},
		"a parent of a parent":        {func(w *wireOp) { w.Parents = pair }, ErrOp},
		"before its device's last":    {func(w *wireOp) { w.Parents, w.Lamport = []ID{first}, 3 }, ErrOp},
		"another group":               {func(w *wireOp) { w.Group = &[32]byte{1} }, ErrOtherGroup},
		"a stranger":                  {func(w *wireOp) { w.Account, w.Seq, w.Prev = account(9), 1, nil }, ErrStanding},
		"a member":                    {func(w *wireOp) { w.Account, w.Seq, w.Prev = account(1), 1, nil }, ErrStanding},
		"a checkpoint of what is not": {body(&Checkpoint{Heads: []ID{{1}}}), ErrOp},
	} {
		t.Run(name, func(t *testing.T) {
			c2 := copyOf(t, g, g.Len())
			_, err := c2.Insert(sign(c.change))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if want := g.Len(); err != nil && c2.Len() != want {
				t.Errorf("operations: got %d, want %d", c2.Len(), want)
			}
		})
	}
	create := g.Ops()[0]
	if _, err := founded(t, 2, DefaultPolicy()).Insert(create); !errors.Is(err, ErrOtherGroup) {
		t.Errorf("a second Create: got %v, want %v", err, ErrOtherGroup)
	}
	if _, err := New(g.Ops()[1]); !errors.Is(err, ErrOp) {
		t.Errorf("a graph without Create: got %v, want %v", err, ErrOp)
	}
	if _, err := g.Draft(author(0, 0), 1, create.Body); !errors.Is(err, ErrOp) {
		t.Errorf("draft of a second Create: got %v, want %v", err, ErrOp)
	}
}

// TestWhatWaitsForARefusedOperationGoesWithIt parks a chain behind one that proves wrong.
func TestWhatWaitsForARefusedOperationGoesWithIt(t *testing.T) {
	p := DefaultPolicy()
	p.Add = Member
	g, strict := founded(t, 1, p), founded(t, 1, p)
	a := does(t, g, 0, 0, add(1))
	d, err := g.Draft(author(5, 0), 1, add(2))
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := d.Sign(unsigned{})
	if err != nil {
		t.Fatal(err)
	}
	waiting := []*Op{wrong}
	for i := range 3 {
		last := waiting[len(waiting)-1]
		w := d.wire
		w.Parents, w.Lamport, w.Seq, w.Prev = []ID{last.ID}, last.Lamport+1, uint64(i+2), &last.ID
		op, err := (Draft{w}).Sign(unsigned{})
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, op)
	}
	for _, op := range waiting {
		if _, err := strict.Insert(op); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := g.Op(a)
	res, err := strict.Insert(first)
	if err != nil || len(res.Added) != 1 || len(res.Refused) != 4 || !errors.Is(res.Cause, ErrStanding) {
		t.Errorf("got %d added, %d refused for %v, %v; want 1, 4 for %v", len(res.Added), len(res.Refused), res.Cause, err, ErrStanding)
	}
	if got := len(strict.parked.ops) + len(strict.parked.lacks) + len(strict.parked.waiters) + len(strict.parked.queue); got != 0 {
		t.Errorf("parked records left: got %d, want 0", got)
	}
}

// TestParkingIsBounded floods a graph with operations whose parents never come.
func TestParkingIsBounded(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	group := [32]byte(g.Group())
	flood := func(who, n int) (dropped int) {
		t.Helper()
		w := wireOp{Group: &group, Parents: []ID{{byte(n), byte(n >> 8), byte(who)}}, Lamport: 2, Seq: 1}
		op, err := draft(author(who, 0), 1, add(200), w).Sign(unsigned{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := g.Insert(op)
		if err != nil {
			t.Fatal(err)
		}
		return len(res.Dropped)
	}
	dropped := 0
	for n := range MaxParkedEach + 10 {
		dropped += flood(1, n)
	}
	if dropped != 10 || len(g.parked.ops) != MaxParkedEach {
		t.Errorf("one account: got %d dropped, %d parked, want 10, %d", dropped, len(g.parked.ops), MaxParkedEach)
	}
	for who := 2; who < 60; who++ {
		for n := range MaxParkedEach {
			flood(who, n)
		}
	}
	if got := len(g.parked.ops); got != MaxParked {
		t.Errorf("parked: got %d, want %d", got, MaxParked)
	}
	if got := len(g.parked.waiters); got != MaxParked {
		t.Errorf("waited for: got %d, want %d", got, MaxParked)
	}
	if got := len(g.parked.queue[account(100)]); got != 0 {
		t.Fatalf("the next account has %d parked", got)
	}
	flood(100, 1)
	if got := len(g.parked.queue[account(100)]); got != 1 {
		t.Errorf("somebody else's one operation: got %d parked, want 1", got)
	}
	does(t, g, 0, 0, add(1))
}

func TestRestoreRefusesWhatIsNotAGraph(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, add(1))
	does(t, g, 0, 0, add(2))
	ops := g.Ops()
	other := founded(t, 2, DefaultPolicy()).Ops()[0]
	for name, in := range map[string][][]byte{
		"nothing":          nil,
		"no Create":        {ops[1].Encode()},
		"a gap":            {ops[0].Encode(), ops[2].Encode()},
		"two groups":       {ops[0].Encode(), other.Encode()},
		"another's":        {other.Encode(), ops[1].Encode()},
		"junk":             {ops[0].Encode(), []byte("junk")},
		"a truncated last": {ops[0].Encode(), ops[1].Encode()[:40]},
	} {
		if _, err := Restore(in); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPastsAreAnswered(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	root := g.Heads()
	a := does(t, g, 0, 0, add(1))
	b := doesOn(t, g, root, 0, 1, add(2))
	if g.Saw(a, b) || g.Saw(b, a) || !g.Saw(a, root[0]) || g.Saw(a, a) || g.Saw(a, ID{1}) {
		t.Error("Saw answers wrongly")
	}
	past, err := g.Past([]ID{b})
	if err != nil || len(past) != 2 || past[0].ID != root[0] || past[1].ID != b {
		t.Errorf("past: got %d operations, %v", len(past), err)
	}
	s, err := g.At([]ID{b})
	if err != nil || roster(s) != "0:owner 2:member" {
		t.Errorf("state at one head: got %q, %v", roster(s), err)
	}
	if _, err := g.At([]ID{{9}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("state at an unknown head: got %v, want %v", err, ErrUnknown)
	}
	if _, err := g.At(nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("state at no head: got %v, want %v", err, ErrUnknown)
	}
}
