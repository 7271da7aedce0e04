package membership

import (
	"fmt"
	"slices"
	"testing"
)

func TestMembersComeAndGo(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	does(t, g, 1, 0, grant(2, Moderator))
	does(t, g, 2, 0, add(3))
	wantRoster(t, g, "0:owner 1:admin 2:mod 3:member")
	does(t, g, 2, 0, remove(3))
	does(t, g, 0, 0, revoke(1))
	wantRoster(t, g, "0:owner 1:member 2:mod")
	does(t, g, 1, 0, leave())
	wantRoster(t, g, "0:owner 2:mod")
	does(t, g, 2, 0, add(3))
	does(t, g, 2, 0, add(1))
	wantRoster(t, g, "0:owner 1:member 2:mod 3:member")
}

func TestOfTwoWhoRemoveEachOtherTheSeniorStays(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	does(t, g, 0, 0, grant(2, Admin))
	at := g.Heads()
	junior := doesOn(t, g, at, 2, 0, remove(1))
	senior := doesOn(t, g, at, 1, 0, remove(2))
	wantRoster(t, g, "0:owner 1:admin")
	if g.Valid(junior) || !g.Valid(senior) {
		t.Errorf("valid: got junior %v, senior %v, want false, true", g.Valid(junior), g.Valid(senior))
	}
}

func TestAHigherRoleIsSeniorToALongerOne(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Moderator))
	does(t, g, 0, 0, grant(2, Admin))
	at := g.Heads()
	doesOn(t, g, at, 1, 0, remove(2))
	doesOn(t, g, at, 2, 0, remove(1))
	wantRoster(t, g, "0:owner 2:admin")
}

func TestRemovingWinsOverAddingAtTheSameTime(t *testing.T) {
	g := founded(t, 2, DefaultPolicy())
	does(t, g, 0, 0, add(2))
	at := g.Heads()
	doesOn(t, g, at, 0, 0, remove(2))
	doesOn(t, g, at, 1, 0, add(2))
	wantRoster(t, g, "0:owner 1:owner")
	does(t, g, 1, 0, add(2))
	wantRoster(t, g, "0:owner 1:owner 2:member")
}

func TestWhatARemovedAdminSignedBeforeStaysAndAfterDoesNot(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	old := g.Heads()
	does(t, g, 1, 0, add(2))
	does(t, g, 0, 0, remove(1))
	back := doesOn(t, g, old, 1, 1, grant(3, Admin))
	onTop := doesOn(t, g, []ID{back}, 3, 0, add(4))
	wantRoster(t, g, "0:owner 2:member")
	if g.Valid(back) || g.Valid(onTop) {
		t.Error("an operation of a removed admin, or one resting on it, is valid")
	}
}

// TestAVoidPolicyBindsNobody is the hole of judging an operation by the policy of the state its author saw: an admin who is revoked
// but still a member opens editing to members in an old place, and edits as a member on top of it.
func TestAVoidPolicyBindsNobody(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	old := g.Heads()
	does(t, g, 0, 0, revoke(1))
	open := DefaultPolicy()
	open.Edit, open.Add = Member, Member
	forged := doesOn(t, g, old, 1, 1, &SetPolicy{open})
	forged = doesOn(t, g, []ID{forged}, 1, 1, named("mine"))
	doesOn(t, g, []ID{forged}, 1, 1, add(2))
	wantRoster(t, g, "0:owner 1:member")
	if got := g.Resolve().Meta(Name); got != nil {
		t.Errorf("name: got %q, want none", got)
	}
}

func TestALeaveOnAForkTakesNothingBack(t *testing.T) {
	p := DefaultPolicy()
	p.Add = Member
	g := founded(t, 1, p)
	does(t, g, 0, 0, add(1))
	old := g.Heads()
	does(t, g, 1, 0, add(2))
	does(t, g, 1, 0, add(3))
	doesOn(t, g, old, 1, 0, leave())
	wantRoster(t, g, "0:owner 2:member 3:member")
	if forks := g.Forks(); len(forks) != 1 || forks[0].Seq != 1 || len(forks[0].Ops) != 2 || forks[0].Author.Account != account(1) {
		t.Errorf("evidence: got %+v, want one fork at number 1 of account 1", forks)
	}
}

func TestOwnershipIsHandedOver(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Owner))
	does(t, g, 0, 0, &StepDown{Owner})
	wantRoster(t, g, "0:member 1:owner")
	if after := forge(t, g, g.Heads(), author(0, 0), add(2)); g.Valid(insert(t, g, after)) {
		t.Error("the old owner still adds")
	}
	does(t, g, 1, 0, remove(0))
	wantRoster(t, g, "1:owner")
	does(t, g, 1, 0, grant(0, Admin))
	wantRoster(t, g, "0:admin 1:owner")
}

func TestTheOnlyCreatorMayLeave(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	at := g.Heads()
	doesOn(t, g, at, 0, 0, leave())
	other := doesOn(t, g, at, 0, 1, add(2))
	wantRoster(t, g, "1:admin 2:member")
	if !g.Valid(other) {
		t.Error("leaving voided what another device had signed before it knew")
	}
	does(t, g, 1, 0, remove(0))
	wantRoster(t, g, "1:admin 2:member")
	if got, want := g.Resolve().Officers(), author(1, 0).Account; len(got) != 1 || got[0] != want {
		t.Errorf("officers: got %x, want account 1", got)
	}
}

func TestALeaveIsOnlyOfWhatWasThen(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, add(1))
	at := g.Heads()
	doesOn(t, g, at, 1, 0, leave())
	doesOn(t, g, at, 0, 0, grant(1, Admin))
	wantRoster(t, g, "0:owner")
	does(t, g, 0, 0, grant(1, Admin))
	wantRoster(t, g, "0:owner 1:admin")
}

func TestOfficesAreCounted(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	for i := range MaxOfficers + 3 {
		does(t, g, 0, 0, grant(1+i, Moderator))
	}
	s := g.Resolve()
	if got := len(s.Officers()); got != MaxOfficers {
		t.Errorf("officers: got %d, want %d", got, MaxOfficers)
	}
	if got := s.Role(account(MaxOfficers - 1)); got != Moderator {
		t.Errorf("the last with room: got role %d, want moderator", got)
	}
	if got := s.Role(account(MaxOfficers)); got != Member {
		t.Errorf("the first without room: got role %d, want member", got)
	}
	if s.Allows(account(0), grant(100, Moderator)) {
		t.Error("one more is allowed")
	}
	h := &history{t: t, g: g, accounts: MaxOfficers + 5, Rand: newRand(1)}
	if !agree(h) {
		t.Error("the reference counts otherwise")
	}
}

func TestGrantsReachSixteenDeep(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	for i := range MaxDepth {
		does(t, g, i, 0, grant(i+1, Admin))
	}
	if got := g.Resolve().Role(account(MaxDepth)); got != Admin {
		t.Errorf("the sixteenth: got role %d, want admin", got)
	}
	if g.Resolve().Allows(account(MaxDepth), add(50)) {
		t.Error("the sixteenth is allowed to add")
	}
	if id := does(t, g, MaxDepth, 0, add(50)); g.Valid(id) {
		t.Error("the sixteenth adds")
	}
	h := &history{t: t, g: g, accounts: 60, Rand: newRand(1)}
	if !agree(h) {
		t.Error("the reference counts otherwise")
	}
}

func TestRolesAndPolicyDecideWhoMay(t *testing.T) {
	quiet := DefaultPolicy()
	quiet.Announcement, quiet.SlowMode, quiet.Invite = true, 30, Admin
	g := founded(t, 1, quiet)
	does(t, g, 0, 0, grant(1, Admin))
	does(t, g, 0, 0, grant(2, Moderator))
	does(t, g, 0, 0, add(3))
	s := g.Resolve()
	for _, c := range []struct {
		who  int
		do   Action
		want bool
	}{
		{0, Send, true}, {2, Send, true}, {3, Send, false}, {4, Send, false}, {2, Pin, true}, {3, Pin, false},
		{1, Invite, true}, {2, Invite, false}, {0, Action(9), false},
	} {
		if got := s.May(account(c.who), c.do); got != c.want {
			t.Errorf("%d may %d: got %v, want %v", c.who, c.do, got, c.want)
		}
	}
	for _, c := range []struct {
		who  int
		body Body
		want bool
	}{
		{2, add(4), true}, {3, add(4), false}, {4, leave(), false}, {3, leave(), true}, {2, named("x"), false}, {1, named("x"), true},
		{1, grant(3, Admin), true}, {1, grant(3, Owner), false}, {2, grant(3, Moderator), false}, {0, grant(3, Owner), true},
		{2, remove(3), true}, {2, remove(1), false}, {1, remove(2), true}, {1, revoke(0), false}, {3, remove(2), false},
		{2, &TopicRekey{}, true}, {3, &TopicRekey{}, false}, {2, &SetPolicy{quiet}, false}, {1, &SetPolicy{quiet}, true},
		{2, &StepDown{Moderator}, true}, {2, &StepDown{Admin}, false}, {1, remove(1), false}, {1, grant(3, Member), false},
	} {
		if got := s.Allows(account(c.who), c.body); got != c.want {
			t.Errorf("%d allowed %T: got %v, want %v", c.who, c.body, got, c.want)
		}
	}
	if got := s.Pause(account(3)); got != 30 {
		t.Errorf("pause of a member: got %d, want 30", got)
	}
	if got := s.Pause(account(2)); got != 0 {
		t.Errorf("pause of a moderator: got %d, want 0", got)
	}
}

func TestAFullGroupAllowsNobodyToAdd(t *testing.T) {
	small := DefaultPolicy()
	small.MaxMembers = 2
	g := founded(t, 1, small)
	does(t, g, 0, 0, add(1))
	s := g.Resolve()
	if s.Allows(account(0), add(2)) || s.Allows(account(0), grant(2, Admin)) || !s.Allows(account(0), grant(1, Admin)) {
		t.Errorf("a full group: got add %v, grant to a stranger %v, grant to a member %v; want false, false, true",
			s.Allows(account(0), add(2)), s.Allows(account(0), grant(2, Admin)), s.Allows(account(0), grant(1, Admin)))
	}
}

func TestTheLatestWins(t *testing.T) {
	g := founded(t, 2, DefaultPolicy())
	at := g.Heads()
	a := doesOn(t, g, at, 0, 0, named("a"))
	b := doesOn(t, g, at, 1, 0, named("b"))
	want := "a"
	if compareIDs(b, a) > 0 {
		want = "b"
	}
	if got := string(g.Resolve().Meta(Name)); got != want {
		t.Errorf("name of two set at once: got %q, want %q", got, want)
	}
	does(t, g, 0, 0, &SetMeta{[]Field{{Key: Description, Value: []byte("d")}}})
	if got := string(g.Resolve().Meta(Name)); got != want {
		t.Errorf("name after another field was set: got %q, want %q", got, want)
	}
	does(t, g, 1, 0, add(2))
	topic := TopicCommitment([32]byte{5})
	r := remove(2)
	r.Topic = &topic
	does(t, g, 0, 0, r)
	if got := g.Resolve().Topic(); got != topic {
		t.Errorf("topic: got %x, want that of the removal", got)
	}
}

func TestFencesShowWhatWasSeen(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	does(t, g, 0, 0, add(2))
	before := g.Heads()
	phone, laptop := author(2, 0), author(2, 1)
	gone := doesOn(t, g, before, 0, 0, remove(2, mark(phone, 2, 5)))
	shown := func(heads []ID, m Mark) bool {
		t.Helper()
		ok, err := g.Shown(Message{Heads: heads, Account: account(2), Mark: m})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	check := func(name string, got, want bool) {
		t.Helper()
		if got != want {
			t.Errorf("%s: shown %v, want %v", name, got, want)
		}
	}
	check("an older chain", shown(before, mark(phone, 1, 900)), true)
	check("at the fence", shown(before, mark(phone, 2, 5)), true)
	check("beyond the fence", shown(before, mark(phone, 2, 6)), false)
	check("a newer chain", shown(before, mark(phone, 3, 0)), false)
	check("a device nobody had seen", shown(before, mark(laptop, 1, 0)), false)
	check("sent knowing of the removal", shown([]ID{gone}, mark(phone, 1, 0)), false)
	check("before being added", shown([]ID{g.Ops()[0].ID}, mark(phone, 1, 0)), false)

	doesOn(t, g, before, 1, 0, remove(2, mark(phone, 2, 3)))
	check("behind the narrower of two fences", shown(before, mark(phone, 2, 4)), false)
	check("within both", shown(before, mark(phone, 2, 3)), true)

	back := does(t, g, 0, 0, add(2))
	check("sent after being added again", shown([]ID{back}, mark(phone, 3, 0)), true)
	check("still beyond the fence", shown(before, mark(phone, 3, 0)), false)
	does(t, g, 2, 0, leave(mark(phone, 3, 1)))
	check("within the fence of leaving", shown([]ID{back}, mark(phone, 3, 1)), true)
	check("beyond the fence of leaving", shown([]ID{back}, mark(phone, 3, 2)), false)
	if _, err := g.Shown(Message{Heads: []ID{{1}}, Account: account(2)}); err == nil {
		t.Error("a message with unknown heads was judged")
	}
	if got := g.Len(); got != 7 {
		t.Errorf("asking changed the graph: %d operations", got)
	}
}

// TestManyHeadsAreTrimmed floods a group with heads; the next operation names sixteen, its device's last one and valid ones
// among them, and a few more bring all together.
func TestManyHeadsAreTrimmed(t *testing.T) {
	g := founded(t, 1, DefaultPolicy())
	does(t, g, 0, 0, grant(1, Admin))
	at := g.Heads()
	mine := doesOn(t, g, at, 1, 0, named("mine"))
	for i := range 40 {
		doesOn(t, g, at, 0, 2+i, named(fmt.Sprint(i)))
	}
	if got := len(g.Heads()); got != 41 {
		t.Fatalf("heads: got %d, want 41", got)
	}
	for range 4 {
		d, err := g.Draft(author(1, 0), 1, named("next"))
		if err != nil {
			t.Fatal(err)
		}
		op, err := d.Sign(unsigned{})
		if err != nil {
			t.Fatal(err)
		}
		if len(op.Parents) > MaxParents {
			t.Fatalf("parents: got %d, want at most %d", len(op.Parents), MaxParents)
		}
		insert(t, g, op)
		if !g.Saw(op.ID, mine) {
			t.Error("an operation that does not have its device's last one in its past")
		}
	}
	if got := len(g.Heads()); got != 1 {
		t.Errorf("heads after four operations: got %d, want 1", got)
	}
	if tips := g.Tips(); !slices.Equal(tips, g.Heads()) {
		t.Errorf("tips: got %x, want the heads", tips)
	}
}
