package membership

import (
	"fmt"

	"conclave/protocol"
)

// Form says whether everybody talks or some talk to all.
type Form uint64

// The forms.
const (
	Group   Form = 1
	Channel Form = 2
)

// Visibility says who learns of the group.
type Visibility uint64

// The visibilities: listed by its home nodes; by invitation; hides name and members until joined.
const (
	Public  Visibility = 1
	Private Visibility = 2
	Secret  Visibility = 3
)

// History says what a new member may read of the time before.
type History uint64

// The history policies: nothing; what was sent since Policy.Since; everything.
const (
	HistoryNone  History = 0
	HistorySince History = 1
	HistoryAll   History = 2
)

// MaxSlowMode is the longest pause between two messages of a member, in seconds.
const MaxSlowMode = 86_400

// Policy is the rule book of a group. Fields of type Role name the lowest role that may.
type Policy struct {
	Form         Form       `cbor:"0,keyasint"`
	Visibility   Visibility `cbor:"1,keyasint"`
	Send         Role       `cbor:"2,keyasint"`
	Add          Role       `cbor:"3,keyasint"` // Owner is refused: who may grant a role may add
	Edit         Role       `cbor:"4,keyasint"` // name, description, picture, rules
	Pin          Role       `cbor:"5,keyasint"`
	Invite       Role       `cbor:"6,keyasint"` // make invitation links
	SlowMode     uint64     `cbor:"7,keyasint"` // seconds between messages of a plain member, 0 for none
	Announcement bool       `cbor:"8,keyasint"` // only moderators and above send, whatever Send says
	History      History    `cbor:"9,keyasint"`
	Since        uint64     `cbor:"10,keyasint"` // Unix milliseconds, with HistorySince only
	MaxMembers   uint64     `cbor:"11,keyasint"` // 1 to 5,000; binds who adds (State.Allows), voids nothing
	Rules        *[32]byte  `cbor:"12,keyasint"` // SHA-256 of the rules a new member accepts, nil for none
}

// DefaultPolicy is a private group in which members talk, moderators add, invite and pin, and admins edit.
func DefaultPolicy() Policy {
	return Policy{
		Form: Group, Visibility: Private, Send: Member, Add: Moderator, Edit: Admin, Pin: Moderator, Invite: Moderator,
		MaxMembers: 1_000,
	}
}

func (p *Policy) check() error {
	for _, r := range []Role{p.Send, p.Add, p.Edit, p.Pin, p.Invite} {
		if r < Member || r > Owner {
			return fmt.Errorf("%w: policy with role %d", ErrOp, r)
		}
	}
	switch {
	case p.Form < Group || p.Form > Channel, p.Visibility < Public || p.Visibility > Secret, p.History > HistoryAll:
		return fmt.Errorf("%w: policy", ErrOp)
	case p.Add > Admin:
		return fmt.Errorf("%w: policy lets owners alone add", ErrOp)
	case p.SlowMode > MaxSlowMode || (p.Since != 0) != (p.History == HistorySince):
		return fmt.Errorf("%w: policy", ErrOp)
	case p.MaxMembers < 1 || p.MaxMembers > MaxMembers:
		return fmt.Errorf("%w: policy for %d members", ErrOp, p.MaxMembers)
	}
	return nil
}

// Action is what a policy allows by role and what makes no operation.
type Action uint8

// The actions.
const (
	Send Action = iota + 1
	Pin
	Invite
)

func (p *Policy) needs(a Action) Role {
	switch a {
	case Send:
		if p.Announcement {
			return max(p.Send, Moderator)
		}
		return p.Send
	case Pin:
		return p.Pin
	case Invite:
		return p.Invite
	}
	return Owner + 1
}

// permits tells whether a role may do what the body says under the policy, as far as role, policy and body alone decide. The
// policy matters to Add by less than an admin and to SetMeta; all else has fixed roles.
func (p *Policy) permits(r Role, body Body) bool {
	switch b := body.(type) {
	case *Add:
		return r >= p.Add
	case *Grant:
		return r >= Admin && r >= b.Role
	case *Revoke, *SetPolicy, *Checkpoint:
		return r >= Admin
	case *Remove, *TopicRekey:
		return r >= Moderator
	case *Leave:
		return r >= Member
	case *StepDown:
		return r >= b.Role
	case *SetMeta:
		return r >= p.Edit
	}
	return false
}

// target returns the account that an operation is about, the zero value for none.
func target(body Body) protocol.Account {
	switch b := body.(type) {
	case *Add:
		return b.Account
	case *Grant:
		return b.Account
	case *Revoke:
		return b.Account
	case *Remove:
		return b.Account
	}
	return protocol.Account{}
}
