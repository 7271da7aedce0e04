package identity

import (
	"bytes"
	"errors"
	"testing"
)

func TestASoftForkHasOneWinnerInAnyOrder(t *testing.T) {
	o := newOwner(t, 20)
	a := o.edit(days(1), func(e *Entry) { e.Mailboxes = []string{"a"} })
	b := o.edit(days(2), func(e *Entry) { e.Mailboxes = []string{"b"} })
	ha, hb := a.Hash(), b.Hash()
	win, lose := a, b
	if bytes.Compare(hb[:], ha[:]) < 0 {
		win, lose = b, a
	}
	one, two := o.contact(t), o.contact(t)
	extend(t, one, win, days(3), Extended)
	refuse(t, one, lose, days(3), ErrSuperseded)
	extend(t, two, lose, days(3), Extended)
	extend(t, two, win, days(3), Replaced)
	if one.Pin() != two.Pin() || one.Pin().Hash != win.Hash() {
		t.Errorf("heads: got %x and %x, want %x", one.Pin().Hash, two.Pin().Hash, win.Hash())
	}
}

func TestASoftSiblingCannotUndoARevocation(t *testing.T) {
	o := newOwner(t, 21)
	phone := o.device(t, 0)
	extend(t, o.log, o.edit(day0, func(e *Entry) { e.Devices = append(e.Devices, phone) }), day0, Extended)
	base := o.contact(t)
	// Sibling and kept differ only in soft fields; take kept to be the one with the larger hash, which loses alone.
	kept := o.edit(days(1), func(e *Entry) { e.Mailboxes = []string{"a"} })
	sibling := o.edit(days(1), func(e *Entry) { e.Mailboxes = []string{"b"} })
	if hk, hs := kept.Hash(), sibling.Hash(); bytes.Compare(hk[:], hs[:]) < 0 {
		kept, sibling = sibling, kept
	}
	extend(t, o.log, kept, days(1), Extended)
	revoke := o.edit(days(2), func(e *Entry) { e.Devices = e.Devices[:1] })
	extend(t, o.log, revoke, days(2), Extended)

	refuse(t, o.log, sibling, days(3), ErrSuperseded)
	extend(t, base, sibling, days(3), Extended)
	if got, err := base.Merge([]Signed{kept, revoke}, days(3)); err != nil || got != Replaced {
		t.Fatalf("Merge of the branch that revokes: got %v, %v, want Replaced", got, err)
	}
	if !base.Revoked(phone.ID) || base.Pin() != o.log.Pin() {
		t.Errorf("head: got %d, revoked %v, want the owner's", base.Pin().Seq, base.Revoked(phone.ID))
	}
}

func TestAHardForkIsEvidence(t *testing.T) {
	o := newOwner(t, 22)
	honest := o.edit(days(1), func(*Entry) {})
	spy := o.device(t, 0)
	rogue := o.edit(days(1), func(e *Entry) { e.Devices = append(e.Devices, spy) })
	extend(t, o.log, honest, days(1), Extended)
	refuse(t, o.log, rogue, days(2), ErrFork)
	_, err := o.log.Extend(rogue, days(2))
	var fork *ForkError
	if !errors.As(err, &fork) || fork.Ours.Hash() != honest.Hash() || fork.Theirs.Hash() != rogue.Hash() || fork.Seq != 2 {
		t.Errorf("evidence: got %+v, want both entries of seq 2", fork)
	}
	unsigned := rogue
	unsigned.Sigs = []Sig{{Role: ByPrevious, Pub: o.aik.Public()}}
	refuse(t, o.contact(t), unsigned, days(2), ErrSignature) // nobody else can raise the alarm
	later := o.log.Next(days(3))
	refuse(t, newOwner(t, 22).log, later.Sign(o.aik.Previous()), days(3), ErrGap)
}

// stolen is an owner whose AIK a thief has used, and the recovery entry that undoes it.
func stolen(t *testing.T, seed byte, theft func(*owner, *Entry)) (o *owner, rogue, recovery Signed) {
	o = newOwner(t, seed)
	rogue = o.edit(days(1), func(e *Entry) { theft(o, e) })
	e := o.log.Next(days(2))
	fresh := o.newAIK()
	e.AIK = fresh.Public()
	return o, rogue, e.Sign(o.rk.Recovery(), fresh.New())
}

func TestARecoveryUndoesATheft(t *testing.T) {
	o, rogue, recovery := stolen(t, 23, func(o *owner, e *Entry) { e.Devices = []Device{o.device(t, 0)} })
	one, two := o.contact(t), o.contact(t)
	extend(t, one, rogue, days(1), Extended)
	extend(t, one, recovery, days(2), Replaced)
	extend(t, two, recovery, days(2), Extended)
	refuse(t, two, rogue, days(2), ErrSuperseded)
	refuse(t, one, rogue, days(2), ErrSuperseded)
	if one.Pin() != two.Pin() {
		t.Errorf("heads: got %x and %x, want the same", one.Pin().Hash, two.Pin().Hash)
	}
	second := o.log.Next(days(3))
	aik := o.newAIK()
	second.AIK = aik.Public()
	refuse(t, one, second.Sign(o.rk.Recovery(), aik.New()), days(3), ErrFork) // two recoveries of one entry
}

func TestAThiefCannotReplaceTheRecoveryKeyAtOnce(t *testing.T) {
	var own *RK
	o, rogue, recovery := stolen(t, 24, func(o *owner, e *Entry) {
		own = o.newRK()
		c := own.Commit()
		e.RecCommit = &c
	})
	early, late := o.contact(t), o.contact(t)
	extend(t, early, rogue, days(1), Extended)
	extend(t, late, rogue, days(1), Extended)
	// The thief goes on with the recovery key it put in place: that gives no more than the stolen key did.
	e := late.Next(days(2))
	extend(t, late, e.Sign(own.Recovery()), days(2), Extended)
	extend(t, early, e.Sign(own.Recovery()), days(2), Extended)
	extend(t, early, recovery, days(30), Replaced)
	refuse(t, late, recovery, days(31), ErrFork)

	stored, err := Restore(o.contact(t).Records())
	if err != nil {
		t.Fatal(err)
	}
	extend(t, stored, rogue, days(1), Extended)
	if stored, err = Restore(stored.Records()); err != nil {
		t.Fatal(err)
	}
	refuse(t, stored, recovery, days(31), ErrFork) // the wait runs on across a restart
	extend(t, stored, recovery, days(30), Replaced)
}

func TestTheOldRecoveryKeyCanHandOverAtOnce(t *testing.T) {
	o := newOwner(t, 25)
	old, fresh := o.rk, o.newRK()
	e := o.log.Next(days(1))
	c := fresh.Commit()
	e.RecCommit = &c
	signed := e.Sign(o.aik.Previous(), old.Recovery())
	bare := e.Sign(o.aik.Previous())

	undo := o.log.Next(days(2))
	aik := o.newAIK()
	undo.AIK = aik.Public()
	revival := undo.Sign(old.Recovery(), aik.New())

	contact := o.contact(t)
	extend(t, contact, signed, days(1), Extended)
	extend(t, contact, bare, days(1), Unchanged)
	refuse(t, contact, revival, days(2), ErrFork)

	// Whoever met the entry without the recovery key's signature learns it later.
	slow := o.contact(t)
	extend(t, slow, bare, days(1), Extended)
	extend(t, slow, signed, days(1), Extended)
	refuse(t, slow, revival, days(2), ErrFork)
}

func TestAHandoverLaterInABranchHoldsAgainstTheOldRecoveryKey(t *testing.T) {
	o := newOwner(t, 26)
	undo := o.log.Next(days(1))
	aik := o.newAIK()
	undo.AIK = aik.Public()
	revival := undo.Sign(o.rk.Recovery(), aik.New())

	renew := o.edit(days(1), func(*Entry) {})
	first, second := o.contact(t), o.contact(t)
	extend(t, o.log, renew, days(1), Extended)
	e := o.log.Next(days(2))
	c := o.newRK().Commit()
	e.RecCommit = &c
	branch := []Signed{renew, e.Sign(o.aik.Previous(), o.rk.Recovery())}

	if got, err := first.Merge(branch, days(2)); err != nil || got != Extended {
		t.Fatalf("Merge got %v, %v, want Extended", got, err)
	}
	refuse(t, first, revival, days(2), ErrFork)
	extend(t, second, revival, days(2), Extended)
	if _, err := second.Merge(branch, days(2)); !errors.Is(err, ErrFork) {
		t.Errorf("in the other order: got %v, want ErrFork", err)
	}
}

func TestAThiefsRecoveryKeyUndoesNothing(t *testing.T) {
	o := newOwner(t, 27)
	contact, thief := o.contact(t), o.contact(t)
	own := o.newRK()
	c := own.Commit()
	swap := o.edit(days(1), func(e *Entry) { e.RecCommit = &c })
	extend(t, thief, swap, days(1), Extended)
	taken := o.newAIK()
	e := thief.Next(days(1))
	e.AIK = taken.Public()
	branch := []Signed{swap, e.Sign(own.Recovery(), taken.New())}

	extend(t, contact, o.edit(days(1), func(e *Entry) { e.Mailboxes = []string{"m"} }), days(1), Extended)
	before := contact.Pin()
	if got, err := contact.Merge(branch, days(60)); !errors.Is(err, ErrFork) || contact.Pin() != before {
		t.Errorf("Merge got %v, %v, want ErrFork and no change", got, err)
	}
}
