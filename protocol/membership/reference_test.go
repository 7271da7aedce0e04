package membership

import (
	"encoding/binary"
	"sort"

	"conclave/protocol"
)

// This is the second resolver, of the rules in SPEC.md. It shares with the first only what reads an operation: keys are byte
// strings, pasts are maps, every question is asked from the top down and remembered, and membership is computed by its
// definition over valid operations instead of from tenures.

// refWorld holds operations with their pasts.
type refWorld struct {
	create *Op
	ops    map[ID]*Op
	past   map[ID]map[ID]bool
}

func newRefWorld(ops []*Op) *refWorld {
	w := &refWorld{ops: map[ID]*Op{}, past: map[ID]map[ID]bool{}}
	for _, op := range ops {
		w.ops[op.ID] = op
		if op.Kind() == KindCreate {
			w.create = op
		}
	}
	for id := range w.ops {
		w.pastOf(id)
	}
	return w
}

func (w *refWorld) pastOf(id ID) map[ID]bool {
	if p, ok := w.past[id]; ok {
		return p
	}
	p := map[ID]bool{}
	for _, parent := range w.ops[id].Parents {
		p[parent] = true
		for x := range w.pastOf(parent) {
			p[x] = true
		}
	}
	w.past[id] = p
	return p
}

func (w *refWorld) view(in map[ID]bool) *refView {
	return &refView{
		w: w, in: in, lines: map[protocol.Account][]*refLine{}, listed: map[protocol.Account]bool{},
		stands: map[*refLine]bool{}, struck: map[*refLine][]*Op{}, verdict: map[refCase]bool{},
	}
}

// refView asks questions about a closed set.
type refView struct {
	w       *refWorld
	in      map[ID]bool
	lines   map[protocol.Account][]*refLine
	listed  map[protocol.Account]bool
	stands  map[*refLine]bool
	struck  map[*refLine][]*Op
	verdict map[refCase]bool
}

type refCase struct {
	op   *Op
	line *refLine
}

// refLine is a possible tenure: a chain of grants from a creator. Its rank is 4-role || key.
type refLine struct {
	holder protocol.Account
	role   Role
	rank   string
	key    []byte
	parent *refLine
	grant  *Op
}

func refRank(role Role, key []byte) string { return string(append([]byte{byte(4 - role)}, key...)) }

// candidates returns every chain that ends at an account, whether or not its grants are valid.
func (v *refView) candidates(a protocol.Account) []*refLine {
	if v.listed[a] {
		return v.lines[a]
	}
	all := map[protocol.Account][]*refLine{}
	for i, c := range v.w.create.Body.(*Create).Creators {
		key := binary.BigEndian.AppendUint32([]byte{0, 0}, uint32(i))
		for _, role := range []Role{4, 1} {
			all[c] = append(all[c], &refLine{holder: c, role: role, key: key, rank: refRank(role, key), grant: v.w.create})
		}
	}
	var grants []*Op
	for id := range v.in {
		if k := v.w.ops[id].Kind(); k == KindAdd || k == KindGrant {
			grants = append(grants, v.w.ops[id])
		}
	}
	sort.Slice(grants, func(i, j int) bool { return grants[i].Lamport < grants[j].Lamport })
	adds := v.everAdds()
	for _, g := range grants {
		to, roles, least := protocol.Account{}, []Role{1}, adds
		if b, ok := g.Body.(*Grant); ok {
			to, roles, least = b.Account, []Role{b.Role, 1}, max(3, b.Role)
		} else {
			to = g.Body.(*Add).Account
		}
		for _, p := range all[g.Author.Account] {
			depth := binary.BigEndian.Uint16(p.key) + 1
			if !v.w.past[g.ID][p.grant.ID] || depth > 16 || p.role < least {
				continue
			}
			key := binary.BigEndian.AppendUint16(nil, depth)
			key = append(key, p.key[2:]...)
			key = binary.BigEndian.AppendUint32(key, uint32(g.Lamport))
			key = append(key, g.ID[:]...)
			for _, role := range roles {
				all[to] = append(all[to], &refLine{holder: to, role: role, key: key, rank: refRank(role, key), parent: p, grant: g})
			}
		}
	}
	for id := range v.in {
		v.listed[v.w.ops[id].Author.Account] = true
		v.listed[target(v.w.ops[id].Body)] = true
	}
	for c, lines := range all {
		sort.Slice(lines, func(i, j int) bool { return lines[i].rank < lines[j].rank })
		v.listed[c] = true
	}
	v.lines = all
	return all[a]
}

// may tells whether a role permits an operation under the newest policy in its past that is valid here.
func (v *refView) may(role Role, o *Op) bool {
	switch b := o.Body.(type) {
	case *Add:
		return role >= 3 || role >= v.policyFor(o).Add
	case *Grant:
		return role >= 3 && role >= b.Role
	case *SetMeta:
		return role >= v.policyFor(o).Edit
	case *Revoke, *SetPolicy, *Checkpoint:
		return role >= 3
	case *Remove, *TopicRekey:
		return role >= 2
	}
	return false
}

func (v *refView) policyFor(o *Op) Policy {
	return v.policyAmong(v.w.past[o.ID])
}

// everAdds returns the lowest role that any policy, valid or not, lets add.
func (v *refView) everAdds() Role {
	least := v.w.create.Body.(*Create).Policy.Add
	for id := range v.in {
		if p, ok := v.w.ops[id].Body.(*SetPolicy); ok {
			least = min(least, p.Policy.Add)
		}
	}
	return least
}

// established tells whether a chain is a tenure: its grant is valid under its parent, under no more senior tenure of the
// same author, and there is room for another officer.
func (v *refView) established(l *refLine) bool {
	if ok, known := v.stands[l]; known {
		return ok
	}
	ok := l.parent == nil || v.validUnder(l.grant, l.parent)
	if ok && l.parent != nil {
		for _, p := range v.candidates(l.parent.holder) {
			ok = ok && (p.rank >= l.parent.rank || !v.validUnder(l.grant, p))
		}
	}
	if ok && l.role > 1 && len(v.cuts(l)) == 0 {
		ok = v.officersAbove(l) < 64
	}
	v.stands[l] = ok
	return ok
}

func (v *refView) officersAbove(l *refLine) (n int) {
	for _, lines := range v.lines {
		for _, m := range lines {
			if m.role > 1 && m.rank < l.rank && v.established(m) && len(v.cuts(m)) == 0 {
				n++
			}
		}
	}
	return n
}

// strikes returns the Revoke and Remove operations that end a tenure.
func (v *refView) strikes(l *refLine) []*Op {
	if out, ok := v.struck[l]; ok {
		return out
	}
	var out []*Op
	for id := range v.in {
		o := v.w.ops[id]
		hits := o.Kind() == KindRemove || o.Kind() == KindRevoke && l.role > 1
		if hits && target(o.Body) == l.holder && !v.w.past[l.grant.ID][id] && !v.w.answersWithin(o, v.w.past[l.grant.ID]) && v.validAbove(o, l.rank) {
			out = append(out, o)
		}
	}
	v.struck[l] = out
	return out
}

// exits returns the holder's own Leave and StepDown operations that end a tenure.
func (v *refView) exits(l *refLine) (out []*Op) {
	all := v.allExits(l)
	for _, e := range all {
		first := true
		for _, f := range all {
			first = first && !v.w.past[e.ID][f.ID]
		}
		if first {
			out = append(out, e)
		}
	}
	return out
}

func (v *refView) allExits(l *refLine) (out []*Op) {
next:
	for id := range v.in {
		o := v.w.ops[id]
		s, steps := o.Body.(*StepDown)
		if o.Author.Account != l.holder || v.w.past[l.grant.ID][id] || o.Kind() != KindLeave && (!steps || s.Role > l.role) {
			continue
		}
		if !v.stood(o, 1) || steps && !v.stood(o, s.Role) {
			continue
		}
		for _, r := range v.strikes(l) {
			if !v.w.past[r.ID][id] {
				continue next
			}
		}
		out = append(out, o)
	}
	return out
}

// stood tells whether a slot of Create, or a grant in the past of an operation, names its author for a role or more.
func (v *refView) stood(o *Op, least Role) bool {
	for _, c := range v.w.create.Body.(*Create).Creators {
		if c == o.Author.Account {
			return true
		}
	}
	for id := range v.w.past[o.ID] {
		g := v.w.ops[id]
		role := Role(1)
		if b, ok := g.Body.(*Grant); ok {
			role = b.Role
		}
		if k := g.Kind(); (k == KindAdd || k == KindGrant) && target(g.Body) == o.Author.Account && role >= least {
			return true
		}
	}
	return false
}

func (v *refView) cuts(l *refLine) []*Op {
	return append(append([]*Op(nil), v.strikes(l)...), v.exits(l)...)
}

// validAbove tells whether an operation is valid under a tenure of a rank before the given one.
func (v *refView) validAbove(o *Op, rank string) bool {
	for _, l := range v.candidates(o.Author.Account) {
		if l.rank < rank && v.validUnder(o, l) {
			return true
		}
	}
	return false
}

func (v *refView) validUnder(o *Op, l *refLine) bool {
	memo := refCase{o, l}
	if ok, known := v.verdict[memo]; known {
		return ok
	}
	ok := v.judge(o, l)
	v.verdict[memo] = ok
	return ok
}

func (v *refView) judge(o *Op, l *refLine) bool {
	if !v.w.past[o.ID][l.grant.ID] || !v.may(l.role, o) || !v.established(l) {
		return false
	}
	for _, r := range v.strikes(l) {
		if !v.w.past[r.ID][o.ID] {
			return false
		}
	}
	for _, e := range v.exits(l) {
		if v.w.past[o.ID][e.ID] {
			return false
		}
	}
	switch o.Kind() {
	case KindAdd, KindGrant:
		return binary.BigEndian.Uint16(l.key) < 16
	case KindRevoke, KindRemove:
		for _, u := range v.candidates(target(o.Body)) {
			if u.rank <= l.rank && v.established(u) && v.shields(u, o) {
				return false
			}
		}
	}
	return true
}

// shields tells whether a tenure protects its holder from a strike.
func (v *refView) shields(u *refLine, r *Op) bool {
	for _, c := range v.cuts(u) {
		if v.w.past[r.ID][c.ID] {
			return false
		}
	}
	return !v.w.past[u.grant.ID][r.ID] && !v.w.answersWithin(r, v.w.past[u.grant.ID])
}

// answersWithin tells whether a Remove answers a Leave that is in a past: of the Leaves that its author had seen there must be one
// in it such that everything which names the account as new, and was seen, had not seen that one.
func (w *refWorld) answersWithin(o *Op, past map[ID]bool) bool {
	r, ok := o.Body.(*Remove)
	if !ok {
		return false
	}
	open := map[ID]bool{}
	for id := range w.past[o.ID] {
		if l := w.ops[id]; l.Kind() == KindLeave && l.Author.Account == r.Account && past[id] {
			open[id] = true
		}
	}
	for id := range w.past[o.ID] {
		if k := w.ops[id].Kind(); k != KindAdd && k != KindGrant || target(w.ops[id].Body) != r.Account {
			continue
		}
		for leave := range w.past[id] {
			delete(open, leave)
		}
	}
	return len(open) > 0
}

func (v *refView) valid(o *Op) bool {
	switch o.Kind() {
	case KindCreate:
		return true
	case KindLeave, KindStepDown:
		for _, l := range v.candidates(o.Author.Account) {
			if v.established(l) {
				for _, e := range v.exits(l) {
					if e == o {
						return true
					}
				}
			}
		}
		return false
	}
	return v.validAbove(o, "\xff")
}
