package membership

import "testing"

// open is a policy that lets members add.
func open() Policy {
	p := DefaultPolicy()
	p.Add = Member
	return p
}

func TestWhoCameBackStaysWhenARemoveFollowsTheLeaveLate(t *testing.T) {
	g := founded(t, 2, open())
	does(t, g, 0, 0, add(2))
	before := g.Heads()
	does(t, g, 2, 0, leave())
	left := g.Heads()
	again := doesOn(t, g, left, 0, 0, add(2))
	late := doesOn(t, g, left, 1, 0, remove(2))
	wantRoster(t, g, "0:owner 1:owner 2:member")
	if !g.Valid(again) || !g.Valid(late) {
		t.Errorf("valid: got the addition %v, the Remove %v, want both", g.Valid(again), g.Valid(late))
	}
	beside := doesOn(t, g, before, 2, 1, add(3))
	if g.Valid(beside) {
		t.Error("the Remove does not close what another device signs beside the Leave")
	}
	m := Message{Heads: []ID{again}, Account: account(2), Mark: mark(author(2, 0), 2, 1)}
	if shown, err := g.Shown(m); err != nil || !shown {
		t.Errorf("a message after the return: got shown %v, %v, want true", shown, err)
	}
	m.Heads = before
	if shown, err := g.Shown(m); err != nil || shown {
		t.Errorf("a message beside the Leave, outside of the fence: got shown %v, %v, want false", shown, err)
	}
}

func TestARemoveThatSawTheReturnEndsIt(t *testing.T) {
	g := founded(t, 2, DefaultPolicy())
	does(t, g, 0, 0, add(2))
	does(t, g, 2, 0, leave())
	left := g.Heads()
	again := doesOn(t, g, left, 0, 0, add(2))
	other := doesOn(t, g, left, 0, 1, add(2))
	doesOn(t, g, []ID{again}, 1, 0, remove(2))
	wantRoster(t, g, "0:owner 1:owner")
	if !g.Valid(other) {
		t.Error("the second addition is void, want valid and ended")
	}
}

func TestAnAnswerReachesWhoeverCameBackHigher(t *testing.T) {
	g := founded(t, 1, open())
	does(t, g, 0, 0, grant(1, Moderator))
	does(t, g, 0, 0, add(2))
	before := g.Heads()
	does(t, g, 2, 0, leave())
	left := g.Heads()
	doesOn(t, g, left, 0, 0, grant(2, Admin))
	late := doesOn(t, g, left, 1, 0, remove(2))
	wantRoster(t, g, "0:owner 1:mod 2:admin")
	if !g.Valid(late) {
		t.Error("an office of later keeps a Remove from closing what was before")
	}
	if beside := doesOn(t, g, before, 2, 1, add(3)); g.Valid(beside) {
		t.Error("what another device signed beside the Leave is valid")
	}
}

// TestAnsweringALeaveTakesNothingBack lets somebody leave who comes back, and officers who only saw the Leave follow it with a Remove:
// whoever came back has the role, and what it signed since is valid, as if nobody had followed. A Remove that saw the return ends
// it, unless it is void.
func TestAnsweringALeaveTakesNothingBack(t *testing.T) {
	stayed, ended := 0, 0
	histories(t, 400, func(h *history) {
		for range 5 {
			if len(h.g.Heads()) > MaxParents {
				return
			}
			who := h.IntN(h.accounts)
			back, late := h.IntN(h.accounts), h.IntN(h.accounts)
			if back == who || late == who || back == late || h.g.Resolve().Role(account(who)) == 0 {
				continue
			}
			h.try(forge(t, h.g, h.g.Heads(), author(who, 0), leave()))
			left := h.g.Heads()
			var welcome Body = add(who)
			if h.IntN(2) == 0 {
				welcome = grant(who, Role(2+h.IntN(3)))
			}
			again := forge(t, h.g, left, author(back, 0), welcome)
			if _, err := h.g.Insert(again); err != nil {
				continue // without standing
			}
			since := forge(t, h.g, []ID{again.ID}, author(who, 0), named("back"))
			h.try(since)
			ops, role, valid := h.g.Ops(), h.g.Resolve().Role(account(who)), h.g.Valid(since.ID)
			follow := forge(t, h.g, left, author(late, 0), remove(who))
			h.try(follow)
			if got := h.g.Resolve().Role(account(who)); got != role {
				t.Errorf("role of who came back: got %d after a late Remove, want %d", got, role)
			}
			if got := h.g.Valid(since.ID); got != valid {
				t.Errorf("what was signed after the return: got valid %v after a late Remove, want %v", got, valid)
			}
			for _, op := range ops {
				if op.ID == again.ID && role > 0 && !h.g.Valid(op.ID) {
					t.Error("the return is void after a late Remove")
				}
			}
			if role == 0 {
				continue
			}
			stayed++
			on := []ID{again.ID}
			if h.g.Has(since.ID) {
				on = []ID{since.ID}
			}
			informed := forge(t, h.g, on, author(late, 1), remove(who))
			if h.try(informed); h.g.Valid(informed.ID) {
				ended++
				if got := h.g.Resolve().Role(account(who)); got != 0 {
					t.Errorf("role of who was removed after the return: got %d, want none", got)
				}
			}
		}
	})
	if want := 400 / rarely / 4; stayed < want || ended < want/4 {
		t.Errorf("cases: got %d who stayed, %d who were removed after; want %d and %d", stayed, ended, want, want/4)
	}
}
