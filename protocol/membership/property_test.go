package membership

import (
	"os"
	"slices"
	"testing"

	"conclave/protocol"
)

// histories runs f over random histories, more of them in the nightly run.
func histories(t *testing.T, n int, f func(h *history)) {
	t.Helper()
	if os.Getenv("CONCLAVE_NIGHTLY") == "1" {
		n *= 20
	}
	for seed := range n / rarely {
		h := newHistory(t, uint64(1_000_000+seed), 20+seed%40)
		if f(h); t.Failed() {
			t.Fatalf("seed %d", 1_000_000+seed)
		}
	}
}

// TestTheOrderOfArrivalDoesNotMatter inserts histories in random orders, so that most operations are parked first.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	histories(t, 300, func(h *history) {
		ops := h.g.Ops()
		want := digest(h.g, h.g.Resolve(), ops)
		other, err := New(ops[0])
		if err != nil {
			t.Fatal(err)
		}
		shuffled := slices.Clone(ops[1:])
		h.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		added := 1
		for _, op := range shuffled {
			res, err := other.Insert(op)
			if err != nil || len(res.Refused)+len(res.Dropped) > 0 {
				t.Fatalf("insert: %v, refused %d: %v, dropped %d", err, len(res.Refused), res.Cause, len(res.Dropped))
			}
			added += len(res.Added)
		}
		if added != len(ops) || other.Len() != len(ops) || len(other.Wanted()) > 0 {
			t.Errorf("inserted: got %d reported, %d in the graph, %d wanted; want %d, %d, 0", added, other.Len(), len(other.Wanted()), len(ops), len(ops))
		}
		if got := digest(other, other.Resolve(), ops); got != want {
			t.Error("another order of arrival made another state")
		}
		if !slices.Equal(other.Heads(), h.g.Heads()) || len(other.Forks()) != len(h.g.Forks()) {
			t.Error("another order of arrival made other heads or other evidence of forks")
		}
		for range 5 {
			m := h.message()
			want, err1 := h.g.Shown(m)
			got, err2 := other.Shown(m)
			if got != want || err1 != nil || err2 != nil {
				t.Errorf("a message: got shown %v, %v, want %v, %v", got, err2, want, err1)
			}
		}
		var encoded [][]byte
		for _, op := range shuffled {
			encoded = append(encoded, op.Encode())
		}
		restored, err := Restore(append(encoded, ops[0].Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if got := digest(restored, restored.Resolve(), ops); got != want {
			t.Error("the restored graph has another state")
		}
	})
}

// struck tells whether a Revoke or Remove ended every tenure of an account of at least the given role.
func struck(r *resolver, a protocol.Account, least Role) bool {
	s := r.who[a]
	if s == nil {
		return true
	}
	return !slices.ContainsFunc(s.tenures, func(u *tenure) bool {
		hit := slices.ContainsFunc(u.cuts, func(c *node) bool { return c.Kind() == KindRevoke || c.Kind() == KindRemove })
		return u.role >= least && !hit
	})
}

// TestBackdatedOperationsChangeNothing lets people who were removed, who lost their role or never had one sign whatever they
// like on whatever old operations they like, their own forgeries included.
func TestBackdatedOperationsChangeNothing(t *testing.T) {
	forged, refused := 0, 0
	histories(t, 400, func(h *history) {
		ops := h.g.Ops()
		want := digest(h.g, h.g.Resolve(), ops)
		r := h.g.decideAll(h.g.all())
		adds, edits := openToMembers(ops)
		var removed, demoted []int
		for i := range h.accounts {
			switch {
			case struck(r, account(i), Member):
				removed = append(removed, i)
			case struck(r, account(i), Moderator):
				demoted = append(demoted, i)
			}
		}
		for range 150 {
			var i int
			var body Body
			switch {
			case len(removed) > 0 && (len(demoted) == 0 || h.IntN(2) == 0):
				i = removed[h.IntN(len(removed))]
				body = h.body(i)
			case len(demoted) > 0:
				i = demoted[h.IntN(len(demoted))]
				body = h.body(i)
				k := body.Kind()
				if k == KindLeave || k == KindAdd && adds || k == KindSetMeta && edits {
					continue // a member may
				}
			default:
				return
			}
			op := forge(t, h.g, h.pick(0), author(i, h.IntN(2)), body)
			forged++
			if _, err := h.g.Insert(op); isStanding(err) {
				refused++
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if got := digest(h.g, h.g.Resolve(), ops); got != want {
				t.Errorf("a forged %T by %d changed the state", body, i)
				dump(t, h.g)
				return
			}
		}
	})
	t.Logf("%d forged operations, %d refused for want of standing", forged, refused)
	if want := 40_000 / rarely / 2; forged < want {
		t.Errorf("forged operations: got %d, want %d or more", forged, want)
	}
}

// openToMembers tells whether some policy ever let plain members add people, or edit what the group shows of itself.
func openToMembers(ops []*Op) (adds, edits bool) {
	for _, op := range ops {
		var p Policy
		switch b := op.Body.(type) {
		case *Create:
			p = b.Policy
		case *SetPolicy:
			p = b.Policy
		default:
			continue
		}
		adds, edits = adds || p.Add == Member, edits || p.Edit == Member
	}
	return adds, edits
}

// TestLeavingTakesNothingBack adds a Leave or StepDown of somebody on old operations: whatever they or others signed stays
// as valid or void as it was.
func TestLeavingTakesNothingBack(t *testing.T) {
	histories(t, 400, func(h *history) {
		for range 10 {
			ops := h.g.Ops()
			before := h.g.Resolve()
			i := h.someone()
			var body Body = leave()
			if h.IntN(2) == 0 {
				body = &StepDown{Role(2 + h.IntN(3))}
			}
			h.try(forge(t, h.g, h.pick(0), author(i, h.IntN(2)), body))
			after := h.g.Resolve()
			for _, op := range ops {
				at := h.g.index[op.ID]
				if got, want := after.valid.has(at), before.valid.has(at); got != want {
					t.Errorf("%T of %d by %d: a %T by %d made its validity %v", op.Body, op.Author.Account[1], op.Seq, body, i, got)
				}
			}
			for _, m := range before.Members() {
				if m.Account != account(i) && after.Role(m.Account) != m.Role {
					t.Errorf("role of %d: got %d, want %d", m.Account[1], after.Role(m.Account), m.Role)
				}
			}
		}
	})
}

// TestNobodyTouchesASenior adds operations of all kinds on operations of any age: whoever held an office of a more senior rank
// than all of the author's keeps it, and the first creator stays owner for good.
func TestNobodyTouchesASenior(t *testing.T) {
	histories(t, 400, func(h *history) {
		for range 20 {
			before := h.g.Resolve()
			i := h.someone()
			own := before.live[account(i)]
			if struck(h.g.decideAll(h.g.all()), account(i), Member) || len(own) == 0 {
				continue
			}
			body := h.body(i)
			h.try(forge(t, h.g, h.pick(0), author(i, h.IntN(2)), body))
			after := h.g.Resolve()
			for _, u := range before.seniors {
				if u.owner.account == account(i) || u.compare(highest(h.g, account(i))) > 0 {
					continue
				}
				if !slices.ContainsFunc(after.seniors, func(v *tenure) bool { return v.compare(u) == 0 }) {
					t.Errorf("a %T by %d ended an office of %d", body, i, u.owner.account[1]-1)
				}
			}
		}
		first := h.g.Resolve().Role(account(0))
		if gone := len(h.g.about[account(0)].exits) > 0; !gone && first != Owner {
			t.Errorf("first creator: got role %d, want owner", first)
		}
	})
}

// highest returns the most senior tenure that an account has, live or not.
func highest(g *Graph, a protocol.Account) *tenure { return g.decideAll(g.all()).who[a].tenures[0] }

// TestCheckpointsChangeNothing adds checkpoints, true and false ones.
func TestCheckpointsChangeNothing(t *testing.T) {
	histories(t, 100, func(h *history) {
		ops := h.g.Ops()
		want := digest(h.g, h.g.Resolve(), ops)
		c, err := h.g.NewCheckpoint()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.g.Check(c); err != nil {
			t.Errorf("a true checkpoint: got %v", err)
		}
		lie := *c
		lie.State[0]++
		if err := h.g.Check(&lie); err != ErrCheckpoint {
			t.Errorf("a false checkpoint: got %v, want %v", err, ErrCheckpoint)
		}
		for _, body := range []*Checkpoint{c, &lie} {
			h.try(forge(t, h.g, h.g.Heads(), author(h.IntN(h.accounts), 0), body))
		}
		if got := digest(h.g, h.g.Resolve(), ops); got != want {
			t.Error("a checkpoint changed the state")
		}
	})
}

// TestAllowedMeansValid asks State.Allows and then does it on top of everything.
func TestAllowedMeansValid(t *testing.T) {
	histories(t, 300, func(h *history) {
		for range 10 {
			i := h.IntN(h.accounts)
			body := h.body(i)
			state := h.g.Resolve()
			allowed := state.Allows(account(i), body)
			if who := target(body); state.Role(who) == 0 && uint64(state.Len()) >= state.Policy().MaxMembers {
				continue // a full group: nobody is allowed to add, though it would be valid
			}
			op := forge(t, h.g, h.g.Heads(), author(i, 0), body)
			if len(h.g.Heads()) > MaxParents {
				return
			}
			h.try(op)
			if valid := h.g.Valid(op.ID); valid != allowed {
				t.Errorf("%T by %d: allowed %v, valid %v", body, i, allowed, valid)
			}
		}
	})
}

// answered tells whether a Remove answers a Leave in the past of some heads.
func answered(g *Graph, op *Op, heads []ID) bool {
	at, ok := g.index[op.ID]
	past, err := g.closure(heads)
	return ok && err == nil && g.answers(g.nodes[at], past)
}

// TestFencesHideWhatLiesBeyond adds a Remove or Leave of the author of a shown message who had not seen it: the message stays
// if the fence holds it, the operation is void or follows a Leave that the message came after, and goes otherwise.
func TestFencesHideWhatLiesBeyond(t *testing.T) {
	held, hidden, void := 0, 0, 0
	histories(t, 400, func(h *history) {
		for range 20 {
			m := h.message()
			if shown, err := h.g.Shown(m); err != nil || !shown {
				continue
			}
			i := int(m.Account[1]) - 1
			within := h.IntN(2) == 0
			limit := Mark{Device: m.Mark.Device, CSeq: m.Mark.CSeq, N: m.Mark.N}
			if !within {
				limit.Device[1]++
			}
			by, body := author(i, h.IntN(2)), Body(leave(limit))
			if h.IntN(2) == 0 {
				by, body = author((i+1)%h.accounts, 0), remove(i, limit)
			}
			op := forge(t, h.g, h.pick(0), by, body)
			seen := slices.ContainsFunc(m.Heads, func(id ID) bool { return id == op.ID || h.g.Saw(id, op.ID) })
			h.try(op)
			want := within || !h.g.Valid(op.ID) || seen || answered(h.g, op, m.Heads)
			if got, err := h.g.Shown(m); err != nil || got != want {
				t.Errorf("a message after a %T, fenced in %v, valid %v: got shown %v, %v", body, within, h.g.Valid(op.ID), got, err)
			}
			switch {
			case !h.g.Valid(op.ID):
				void++
			case within:
				held++
			default:
				hidden++
			}
		}
	})
	if want := 400 / rarely / 2; held < want || hidden < want || void < want {
		t.Errorf("cases: got %d held, %d hidden, %d void, want %d of each", held, hidden, void, want)
	}
}
