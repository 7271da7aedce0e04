package membership

import (
	"bytes"

	"conclave/protocol"
)

// members: those of whom some valid grant has every valid Remove and Leave in its past, or a Leave that the Remove answers.
func (v *refView) members() map[protocol.Account]bool {
	var gone []*Op
	for id := range v.in {
		if o := v.w.ops[id]; (o.Kind() == KindRemove || o.Kind() == KindLeave) && v.valid(o) {
			gone = append(gone, o)
		}
	}
	stays := func(a protocol.Account, by *Op) bool {
		for _, r := range gone {
			who := target(r.Body)
			if r.Kind() == KindLeave {
				who = r.Author.Account
			}
			if who == a && !v.w.past[by.ID][r.ID] && !v.w.answersWithin(r, v.w.past[by.ID]) {
				return false
			}
		}
		return true
	}
	out := map[protocol.Account]bool{}
	for _, c := range v.w.create.Body.(*Create).Creators {
		if stays(c, v.w.create) {
			out[c] = true
		}
	}
	for id := range v.in {
		o := v.w.ops[id]
		if k := o.Kind(); (k == KindAdd || k == KindGrant) && v.valid(o) && stays(target(o.Body), o) {
			out[target(o.Body)] = true
		}
	}
	return out
}

func (v *refView) roles() map[protocol.Account]Role {
	out := map[protocol.Account]Role{}
	for a := range v.members() {
		out[a] = 1
		for _, l := range v.candidates(a) {
			if l.role > out[a] && v.established(l) && len(v.cuts(l)) == 0 {
				out[a] = l.role
			}
		}
	}
	return out
}

// last returns the highest valid operation by (lamport, id) among those that carry something.
func (v *refView) last(carries func(*Op) bool) (best *Op) {
	for id := range v.in {
		o := v.w.ops[id]
		if !carries(o) || !v.valid(o) {
			continue
		}
		if best == nil || o.Lamport > best.Lamport || o.Lamport == best.Lamport && bytes.Compare(o.ID[:], best.ID[:]) > 0 {
			best = o
		}
	}
	return best
}

func (v *refView) policy() Policy { return v.policyAmong(v.in) }

func (v *refView) policyAmong(in map[ID]bool) Policy {
	if o := v.last(func(o *Op) bool { return in[o.ID] && o.Kind() == KindSetPolicy }); o != nil {
		return o.Body.(*SetPolicy).Policy
	}
	return v.w.create.Body.(*Create).Policy
}

func (v *refView) topic() [32]byte {
	o := v.last(func(o *Op) bool {
		r, ok := o.Body.(*Remove)
		return o.Kind() == KindCreate || o.Kind() == KindTopicRekey || ok && r.Topic != nil
	})
	switch b := o.Body.(type) {
	case *Remove:
		return *b.Topic
	case *TopicRekey:
		return b.Topic
	}
	return o.Body.(*Create).Topic
}

func (v *refView) meta(k FieldKey) []byte {
	value := func(o *Op) []byte {
		var fields []Field
		switch b := o.Body.(type) {
		case *Create:
			fields = b.Meta
		case *SetMeta:
			fields = b.Fields
		}
		for _, f := range fields {
			if f.Key == k {
				return f.Value
			}
		}
		return nil
	}
	if o := v.last(func(o *Op) bool { return value(o) != nil }); o != nil {
		return value(o)
	}
	return nil
}

// shown is the rule of fences.
func (w *refWorld) shown(all *refView, m Message) bool {
	seen := map[ID]bool{}
	for _, h := range m.Heads {
		seen[h] = true
		for id := range w.past[h] {
			seen[id] = true
		}
	}
	if !w.view(seen).members()[m.Account] {
		return false
	}
	for id := range all.in {
		o := w.ops[id]
		var fence []Mark
		switch b := o.Body.(type) {
		case *Remove:
			if fence = b.Fence; b.Account != m.Account {
				continue
			}
		case *Leave:
			if fence = b.Fence; o.Author.Account != m.Account {
				continue
			}
		default:
			continue
		}
		if seen[id] || w.answersWithin(o, seen) || !all.valid(o) {
			continue
		}
		limit := [2]uint64{}
		for _, f := range fence {
			if f.Device == m.Mark.Device {
				limit = [2]uint64{f.CSeq, uint64(f.N)}
			}
		}
		if m.Mark.CSeq > limit[0] || m.Mark.CSeq == limit[0] && uint64(m.Mark.N) > limit[1] {
			return false
		}
	}
	return true
}
