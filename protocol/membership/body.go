package membership

import (
	"bytes"
	"fmt"
	"slices"

	"conclave/crypto/canon"
	"conclave/protocol"
)

// Body is what an operation says, one of the types below by pointer.
type Body interface {
	Kind() Kind
	check() error
}

// Create founds a group. Its author is the first creator; all creators are owners, the earlier the senior.
type Create struct {
	Creators []protocol.Account `cbor:"0,keyasint"` // 1 to 8, distinct
	Policy   Policy             `cbor:"1,keyasint"`
	Nonce    [16]byte           `cbor:"2,keyasint"` // random, so that no two groups share an id
	Meta     []Field            `cbor:"3,keyasint"`
	Topic    [32]byte           `cbor:"4,keyasint"` // commitment to the first topic secret
}

// Add makes an account a member.
type Add struct {
	Account protocol.Account `cbor:"0,keyasint"`
}

// Grant gives an account a role above member, and membership with it.
type Grant struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Role    Role             `cbor:"1,keyasint"`
}

// Revoke takes every role above member.
type Revoke struct {
	Account protocol.Account `cbor:"0,keyasint"`
}

// Remove ends a membership. Of messages whose author had not seen it, those within the fence are still shown.
type Remove struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Fence   []Mark           `cbor:"1,keyasint"`
	Topic   *[32]byte        `cbor:"2,keyasint"` // commitment to a new topic secret, if the remover made one
}

// Leave ends the author's own membership.
type Leave struct {
	Fence []Mark `cbor:"0,keyasint"`
}

// StepDown gives up the author's own tenures of this role and above.
type StepDown struct {
	Role Role `cbor:"0,keyasint"`
}

// SetMeta sets fields of what the group shows of itself.
type SetMeta struct {
	Fields []Field `cbor:"0,keyasint"`
}

// SetPolicy replaces the policy.
type SetPolicy struct {
	Policy Policy `cbor:"0,keyasint"`
}

// TopicRekey commits to a new topic secret.
type TopicRekey struct {
	Topic [32]byte `cbor:"0,keyasint"`
}

// Checkpoint states the hash of the state at some heads in its past. It has no effect on any state.
type Checkpoint struct {
	Heads []ID     `cbor:"0,keyasint"`
	State [32]byte `cbor:"1,keyasint"`
}

// Mark is how far a device's messages were seen: number N of its chain CSeq (package group). The zero value is: nothing.
type Mark struct {
	_      struct{} `cbor:",toarray"`
	Device protocol.Device
	CSeq   uint64
	N      uint32
}

// Field is one field of the meta data. The value is opaque here; an empty one clears the field.
type Field struct {
	_     struct{} `cbor:",toarray"`
	Key   FieldKey
	Value []byte
}

// FieldKey names a field. Unknown ones are kept.
type FieldKey uint64

// The fields known today.
const (
	Name FieldKey = iota + 1
	Description
	Picture
	Rules
)

func (*Create) Kind() Kind     { return KindCreate }
func (*Add) Kind() Kind        { return KindAdd }
func (*Grant) Kind() Kind      { return KindGrant }
func (*Revoke) Kind() Kind     { return KindRevoke }
func (*Remove) Kind() Kind     { return KindRemove }
func (*Leave) Kind() Kind      { return KindLeave }
func (*StepDown) Kind() Kind   { return KindStepDown }
func (*SetMeta) Kind() Kind    { return KindSetMeta }
func (*SetPolicy) Kind() Kind  { return KindSetPolicy }
func (*TopicRekey) Kind() Kind { return KindTopicRekey }
func (*Checkpoint) Kind() Kind { return KindCheckpoint }

func (b *Create) check() error {
	if len(b.Creators) < 1 || len(b.Creators) > MaxCreators {
		return fmt.Errorf("%w: %d creators", ErrOp, len(b.Creators))
	}
	for i, a := range b.Creators {
		if a.IsZero() || slices.Contains(b.Creators[:i], a) {
			return fmt.Errorf("%w: creators", ErrOp)
		}
	}
	if err := b.Policy.check(); err != nil {
		return err
	}
	return checkFields(b.Meta)
}

func (b *Add) check() error    { return checkTarget(b.Account) }
func (b *Revoke) check() error { return checkTarget(b.Account) }

func (b *Grant) check() error {
	if b.Role < Moderator || b.Role > Owner {
		return fmt.Errorf("%w: grant of role %d", ErrOp, b.Role)
	}
	return checkTarget(b.Account)
}

func (b *Remove) check() error {
	if err := checkFence(b.Fence); err != nil {
		return err
	}
	return checkTarget(b.Account)
}

func (b *Leave) check() error { return checkFence(b.Fence) }

func (b *StepDown) check() error {
	if b.Role < Moderator || b.Role > Owner {
		return fmt.Errorf("%w: step down from role %d", ErrOp, b.Role)
	}
	return nil
}

func (b *SetMeta) check() error {
	if len(b.Fields) == 0 {
		return fmt.Errorf("%w: no field to set", ErrOp)
	}
	return checkFields(b.Fields)
}

func (b *SetPolicy) check() error { return b.Policy.check() }
func (*TopicRekey) check() error  { return nil }

func (b *Checkpoint) check() error {
	if len(b.Heads) == 0 || len(b.Heads) > MaxParents || !ascending(b.Heads) {
		return fmt.Errorf("%w: heads of a checkpoint", ErrOp)
	}
	return nil
}

func checkTarget(a protocol.Account) error {
	if a.IsZero() {
		return fmt.Errorf("%w: about nobody", ErrOp)
	}
	return nil
}

func checkFence(f []Mark) error {
	if f == nil || len(f) > MaxFence {
		return fmt.Errorf("%w: fence of %d devices", ErrOp, len(f))
	}
	for i := range f {
		if f[i].CSeq == 0 || i > 0 && bytes.Compare(f[i-1].Device[:], f[i].Device[:]) >= 0 {
			return fmt.Errorf("%w: fence", ErrOp)
		}
	}
	return nil
}

func checkFields(f []Field) error {
	if f == nil || len(f) > MaxFields {
		return fmt.Errorf("%w: %d fields", ErrOp, len(f))
	}
	for i := range f {
		if f[i].Value == nil || f[i].Key == 0 || i > 0 && f[i-1].Key >= f[i].Key {
			return fmt.Errorf("%w: fields", ErrOp)
		}
	}
	return nil
}

// decodeBody reads the body of an operation of the given kind.
func decodeBody(k Kind, raw []byte) (Body, error) {
	switch k {
	case KindCreate:
		return decodeAs[Create](raw)
	case KindAdd:
		return decodeAs[Add](raw)
	case KindGrant:
		return decodeAs[Grant](raw)
	case KindRevoke:
		return decodeAs[Revoke](raw)
	case KindRemove:
		return decodeAs[Remove](raw)
	case KindLeave:
		return decodeAs[Leave](raw)
	case KindStepDown:
		return decodeAs[StepDown](raw)
	case KindSetMeta:
		return decodeAs[SetMeta](raw)
	case KindSetPolicy:
		return decodeAs[SetPolicy](raw)
	case KindTopicRekey:
		return decodeAs[TopicRekey](raw)
	case KindCheckpoint:
		return decodeAs[Checkpoint](raw)
	}
	return nil, fmt.Errorf("%w: kind %d", ErrOp, k)
}

func decodeAs[T any, P interface {
	*T
	Body
}](raw []byte) (Body, error) {
	v, err := canon.Unmarshal[T](raw)
	if err != nil {
		return nil, fmt.Errorf("%w: body: %w", ErrOp, err)
	}
	body := P(&v)
	return body, body.check()
}
