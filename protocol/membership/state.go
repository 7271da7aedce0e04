package membership

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"conclave/crypto/canon"
	"conclave/protocol"
)

// State is what a set of operations comes to. It never changes and is safe for concurrent use.
type State struct {
	group   protocol.Log
	roles   map[protocol.Account]Role
	live    map[protocol.Account][]*tenure // by rank
	seniors []*tenure                      // all live ones above member, by rank
	policy  *Policy
	meta    map[FieldKey][]byte
	topic   [32]byte
	valid   set
}

// Person is a member with the highest role held.
type Person struct {
	Account protocol.Account
	Role    Role
}

// conclude reads the state off the decided tenures and the valid operations.
func (r *resolver) conclude() *State {
	founding := r.g.founding()
	s := &State{
		group: r.g.Group(), roles: map[protocol.Account]Role{}, live: map[protocol.Account][]*tenure{},
		seniors: r.seniors, policy: &founding.Policy, meta: map[FieldKey][]byte{}, topic: founding.Topic, valid: r.valid,
	}
	for a, w := range r.who {
		for _, t := range w.tenures {
			if t.live() {
				s.live[a] = append(s.live[a], t)
				s.roles[a] = max(s.roles[a], t.role)
			}
		}
	}
	r.latest(s)
	return s
}

// latest fills in what the highest valid operation by (lamport, id) decides: policy, topic and each field of the meta data.
func (r *resolver) latest(s *State) {
	if len(r.policies) > 0 {
		s.policy = &r.policies[0].Body.(*SetPolicy).Policy
	}
	var topic *node
	fields := map[FieldKey]*node{}
	r.valid.each(func(i int) {
		n := r.g.nodes[i]
		switch b := n.Body.(type) {
		case *Create:
			setFields(s.meta, fields, n, b.Meta)
		case *SetMeta:
			setFields(s.meta, fields, n, b.Fields)
		case *TopicRekey:
			if n.after(topic) {
				topic, s.topic = n, b.Topic
			}
		case *Remove:
			if b.Topic != nil && n.after(topic) {
				topic, s.topic = n, *b.Topic
			}
		}
	})
}

func setFields(meta map[FieldKey][]byte, newest map[FieldKey]*node, n *node, fields []Field) {
	for _, f := range fields {
		if n.after(newest[f.Key]) {
			newest[f.Key], meta[f.Key] = n, f.Value
		}
	}
}

// after tells whether n is the later one; everything is after nothing.
func (n *node) after(o *node) bool { return o == nil || n.compare(o.Op) > 0 }

// compare orders operations by (lamport, id).
func (o *Op) compare(p *Op) int {
	return cmp.Or(cmp.Compare(o.Lamport, p.Lamport), compareIDs(o.ID, p.ID))
}

// Members returns all members, sorted by account.
func (s *State) Members() []Person {
	out := make([]Person, 0, len(s.roles))
	for _, a := range slices.SortedFunc(maps.Keys(s.roles), func(a, b protocol.Account) int { return bytes.Compare(a[:], b[:]) }) {
		out = append(out, Person{a, s.roles[a]})
	}
	return out
}

// Len returns the number of members.
func (s *State) Len() int { return len(s.roles) }

// Role returns the highest role of an account, zero for no member.
func (s *State) Role(a protocol.Account) Role { return s.roles[a] }

// Officers returns those with a role above member, the most senior first. The first of them online follows a Leave with a
// Remove, so that keys change.
func (s *State) Officers() (out []protocol.Account) {
	for _, t := range s.seniors {
		if a := t.owner.account; !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Policy returns the policy in force.
func (s *State) Policy() Policy { return *s.policy }

// Meta returns a field of the meta data, nil for one that was never set.
func (s *State) Meta(k FieldKey) []byte { return bytes.Clone(s.meta[k]) }

// Topic returns the commitment that decides which topic secret is the right one.
func (s *State) Topic() [32]byte { return s.topic }

// May tells whether an account may do what makes no operation. Slow mode is not looked at.
func (s *State) May(a protocol.Account, do Action) bool {
	return s.roles[a] >= s.policy.needs(do) && s.roles[a] > 0
}

// Pause returns how many seconds an account must let pass between two messages: the policy's slow mode for plain members.
func (s *State) Pause(a protocol.Account) uint64 {
	if s.roles[a] > Member {
		return 0
	}
	return s.policy.SlowMode
}

// Allows tells whether an operation with this body, signed by the account with all operations of this state in its past,
// would be valid and have room.
func (s *State) Allows(a protocol.Account, body Body) bool {
	if body.check() != nil || target(body) == a {
		return false
	}
	return slices.ContainsFunc(s.live[a], func(t *tenure) bool { return s.policy.permits(t.role, body) && s.admits(t, body) })
}

// admits looks at the rest: room for one more, and that nobody touches a senior.
func (s *State) admits(t *tenure, body Body) bool {
	who := target(body)
	switch body.Kind() {
	case KindGrant, KindAdd:
		full := uint64(len(s.roles)) >= s.policy.MaxMembers && s.roles[who] == 0
		crowded := body.Kind() == KindGrant && len(s.seniors) >= MaxOfficers
		return !full && !crowded && t.depth < MaxDepth
	case KindRevoke, KindRemove:
		return len(s.live[who]) == 0 || t.compare(s.live[who][0]) < 0
	}
	return true
}

// Hash returns H("gstate", gid || be32(members) || (account || role)* || policy), the members sorted: what a checkpoint states.
func (s *State) Hash() [32]byte {
	list := binary.BigEndian.AppendUint32(nil, uint32(len(s.roles)))
	for _, m := range s.Members() {
		list = append(append(list, m.Account[:]...), byte(m.Role))
	}
	return canon.Hash("gstate", s.group[:], list, canon.MustMarshal(s.policy))
}
