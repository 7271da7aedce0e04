package receipt_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/message"
	"conclave/node/feature/privacy"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// group makes a group of accounts of this node.
func (d *desk) group(owner *solo.Person, others ...*solo.Person) (log protocol.Log) {
	d.t.Helper()
	d.Update(func(tx feature.Tx) error {
		c, err := d.Groups.Found(tx, owner.ID, feature.NewGroup{Policy: membership.DefaultPolicy()})
		log = c.Log
		return err
	})
	for _, p := range others {
		d.join(log, owner, p)
	}
	return log
}

func (d *desk) join(log protocol.Log, owner, who *solo.Person) {
	d.t.Helper()
	d.Update(func(tx feature.Tx) error {
		_, err := d.Groups.Act(tx, log, owner.ID, &membership.Add{Account: who.ID})
		return err
	})
}

func (d *desk) info(who *solo.Person, log protocol.Log, id protocol.EventID) ([]receipt.MessageReceipt, error) {
	list, err := solo.Call[feature.List[receipt.MessageReceipt]](d.Node, who, "receipt.list", receipt.InfoRequest{Conversation: log, Message: id})
	return list.Items, err
}

func TestInASmallGroupAuthorsAreToldWhoReadAndWhen(t *testing.T) {
	d := start(t, contact.Feature(), message.Feature(), privacy.Feature())
	ana, bo, cy := d.Account("ana"), d.Account("bo"), d.Account("cy")
	log := d.group(ana, bo, cy)
	first := d.write(ana, log)
	if err := d.read(bo, log, first); err != nil {
		t.Fatal(err)
	}
	at := d.Now().Truncate(time.Millisecond)
	d.Pass(time.Minute)
	second := d.write(ana, log)
	theirs := d.write(cy, log)
	if err := d.read(bo, log, theirs); err != nil {
		t.Fatal(err)
	}
	owed := d.Delivery.Owed()
	if len(owed) != 2 || len(owed[0].To) != 1 || owed[0].To[0] != ana.ID || len(owed[1].To) != 2 || owed[1].Reader != bo.ID {
		t.Errorf("who is to be told: got %+v, want ana, then ana and cy", owed)
	}
	for id, want := range map[protocol.EventID]time.Time{first: at, second: at.Add(time.Minute)} {
		list, err := d.info(ana, log, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			switch {
			case r.Account == bo.ID && !r.ReadAt.Equal(want):
				t.Errorf("bo read it at %v, want %v", r.ReadAt, want)
			case r.Account == cy.ID && (!r.Delivered || !r.ReadAt.IsZero()):
				t.Errorf("cy, who has it: got %+v", r)
			}
		}
		if len(list) != 2 {
			t.Errorf("people: got %d, want 2", len(list))
		}
	}
	if _, err := d.info(bo, log, first); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("asked by another than the author: got %v, want %v", err, feature.ErrForbidden)
	}
	if err := d.read(bo, log, first); err != nil { // behind
		t.Fatal(err)
	}
	if got := len(d.Delivery.Owed()); got != 2 {
		t.Errorf("told after reading again: got %d, want 2", got)
	}
}

func TestInALargeGroupNobodyIsTold(t *testing.T) {
	d := start(t, contact.Feature(), message.Feature())
	ana, bo := d.Account("ana"), d.Account("bo")
	log := d.group(ana, bo)
	for i := range protocol.CursorMembers - 1 {
		d.join(log, ana, d.Stranger(protocol.Name(fmt.Sprint("p", i))))
	}
	id := d.write(ana, log)
	if err := d.read(bo, log, id); err != nil {
		t.Fatal(err)
	}
	if got := d.Delivery.Owed(); len(got) != 0 {
		t.Errorf("told: got %+v, want nobody", got)
	}
	if _, err := d.info(ana, log, id); !errors.Is(err, feature.ErrConflict) {
		t.Errorf("who read it: got %v, want %v", err, feature.ErrConflict)
	}
}
