package membership

import (
	"cmp"
	"fmt"
	"slices"

	"conclave/protocol"
)

// Glance is a state without the operations that make it: enough to show a group to somebody whose operations are on their way.
type Glance struct {
	Members []byte  `cbor:"0,keyasint"` // account || role, sorted by account, 33 bytes each
	Policy  Policy  `cbor:"1,keyasint"`
	Meta    []Field `cbor:"2,keyasint"` // of these a checkpoint states nothing
}

const glanced = 33 // bytes of a member

// Glance returns what there is to see of a state.
func (s *State) Glance() Glance {
	g := Glance{Policy: s.Policy()}
	for _, m := range s.Members() {
		g.Members = append(append(g.Members, m.Account[:]...), byte(m.Role))
	}
	for k, v := range s.meta {
		g.Meta = append(g.Meta, Field{Key: k, Value: v})
	}
	slices.SortFunc(g.Meta, func(a, b Field) int { return cmp.Compare(a.Key, b.Key) })
	return g
}

// State returns a state to be shown, if it is the one whose hash a checkpoint states, else ErrCheckpoint. It allows nothing to
// anybody. Of the meta data the checkpoint states nothing.
func (g Glance) State(group protocol.Log, c *Checkpoint) (*State, error) {
	if len(g.Members)%glanced != 0 || len(g.Members) > MaxMembers*glanced || len(g.Meta) > MaxFields {
		return nil, fmt.Errorf("%w: a glance out of bounds", ErrCheckpoint)
	}
	s := &State{group: group, roles: map[protocol.Account]Role{}, policy: &g.Policy, meta: map[FieldKey][]byte{}}
	for m := g.Members; len(m) > 0; m = m[glanced:] {
		s.roles[protocol.Account(m[:32])] = Role(m[32])
	}
	for _, f := range g.Meta {
		s.meta[f.Key] = f.Value
	}
	if s.Hash() != c.State {
		return nil, ErrCheckpoint
	}
	return s, nil
}
