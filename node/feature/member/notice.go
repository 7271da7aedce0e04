package member

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

type (
	changed = event.MemberChanged
	left    = event.MemberLeft
)

// maxNamed is how many people a notice names.
const maxNamed = 3

// teller writes one notice for one viewer.
type teller struct {
	*slice
	tx     feature.Tx
	viewer protocol.Account
	log    protocol.Log
}

func (s *slice) noticeLeft(tx feature.Tx, viewer protocol.Account, e feature.Entry, _ left) (feature.Told, error) {
	t := teller{s, tx, viewer, e.Log}
	return feature.Tell(t.subject(e.Author)+" left", feature.Happening{Did: feature.DidLeave, By: t.party(e.Author)}), nil
}

// noticeChanged tells of operations that the event's author signed; of others it says nothing.
func (s *slice) noticeChanged(tx feature.Tx, viewer protocol.Account, e feature.Entry, b changed) (feature.Told, error) {
	t := teller{s, tx, viewer, e.Log}
	var ops []*membership.Op
	for _, id := range b.Ops {
		op, err := s.op(tx, e.Log, membership.ID(id))
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return feature.Told{}, err
		}
		if op.Author.Account == e.Author {
			ops = append(ops, op)
		}
	}
	if len(ops) == 0 {
		return feature.Told{}, nil
	}
	if b.Asked {
		return t.join(ops), nil
	}
	done := t.done(ops)
	if len(done) == 0 {
		return feature.Told{}, nil
	}
	by := t.party(e.Author)
	for i := range done {
		done[i].By = by
	}
	return feature.Told{Text: t.subject(e.Author) + " " + english(done), Parts: done}, nil
}

// maxOps is how many operations are kept in memory: one notice is shown to all who watch.
const maxOps = 4096

// op returns an operation. It never changes, so one that was found once is not looked for again.
func (s *slice) op(tx feature.Tx, log protocol.Log, id membership.ID) (*membership.Op, error) {
	s.mu.Lock()
	op := s.ops[id]
	s.mu.Unlock()
	if op != nil && op.Group == log {
		return op, nil
	}
	op, err := s.Groups.Op(tx, log, id)
	if err != nil || tx.Writable() {
		return op, err // what a writer sees may never be committed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ops) >= maxOps {
		clear(s.ops)
	}
	s.ops[id] = op
	return op, nil
}

// join tells of people who had asked to be added.
func (t teller) join(ops []*membership.Op) feature.Told {
	var who []protocol.Account
	for _, op := range ops {
		if b, ok := op.Body.(*membership.Add); ok {
			who = append(who, b.Account)
		}
	}
	if len(who) == 0 {
		return feature.Told{}
	}
	part := t.part(feature.DidJoin, "", who...)
	return feature.Tell(names(part, "You")+" joined", part)
}

// done says what each operation did, with those who were added in one.
func (t teller) done(ops []*membership.Op) (out []feature.Happening) {
	var added []protocol.Account
	flush := func() {
		if len(added) > 0 {
			out = append(out, t.part(feature.DidAdd, "", added...))
			added = nil
		}
	}
	meta := false
	for i, op := range ops {
		if b, ok := op.Body.(*membership.Add); ok {
			added = append(added, b.Account)
			continue
		}
		flush()
		switch b := op.Body.(type) {
		case *membership.Create:
			out = append(out, t.part(feature.DidCreate, formName(b.Policy.Form)))
		case *membership.Grant:
			out = append(out, t.part(feature.DidMake, string(feature.RoleOf(b.Role)), b.Account))
		case *membership.Revoke:
			if !grantedAgain(ops[i+1:], b.Account) {
				out = append(out, t.part(feature.DidMake, string(feature.RoleOf(membership.Member)), b.Account))
			}
		case *membership.Remove:
			out = append(out, t.part(feature.DidRemove, "", b.Account))
		case *membership.StepDown:
			out = append(out, t.part(feature.DidStepDown, string(feature.RoleOf(b.Role))))
		case *membership.SetMeta:
			meta = true
			out = append(out, fields(b.Fields)...)
		case *membership.SetPolicy:
			if !meta { // else the policy changed along with the rules
				out = append(out, t.part(feature.DidSettings, ""))
			}
		}
	}
	flush()
	return out
}

// part names the first of those to whom something was done.
func (t teller) part(did feature.Deed, word string, whom ...protocol.Account) feature.Happening {
	part := feature.Happening{Did: did, Word: word}
	if more := len(whom) - maxNamed; more > 0 {
		part.More, whom = more, whom[:maxNamed]
	}
	for _, who := range whom {
		part.Whom = append(part.Whom, *t.party(who))
	}
	return part
}

func grantedAgain(ops []*membership.Op, who protocol.Account) bool {
	for _, op := range ops {
		if b, ok := op.Body.(*membership.Grant); ok && b.Account == who {
			return true
		}
	}
	return false
}

// fields says what changed, in the order of the operation.
func fields(changed []membership.Field) (out []feature.Happening) {
	for _, f := range changed {
		switch f.Key {
		case membership.Name:
			out = append(out, feature.Happening{Did: feature.DidRename, Word: string(f.Value)})
		case membership.Description:
			out = append(out, feature.Happening{Did: feature.DidDescribe})
		case membership.Picture:
			out = append(out, feature.Happening{Did: feature.DidPicture})
		case membership.Rules:
			out = append(out, feature.Happening{Did: feature.DidRules})
		}
	}
	return out
}

func formName(f membership.Form) string {
	if f == membership.Channel {
		return "channel"
	}
	return "group"
}

func (t teller) subject(who protocol.Account) string {
	if who == t.viewer {
		return "You"
	}
	return t.NameIn(t.tx, t.viewer, t.log, who)
}

func (t teller) party(who protocol.Account) *feature.Party {
	if who == t.viewer {
		return feature.You()
	}
	return feature.Called(t.NameIn(t.tx, t.viewer, t.log, who))
}
