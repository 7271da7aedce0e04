// Package privacy is the slice of what an account lets others know of what it does: that it read, that it writes, whether it is
// there and when it was there last.
//
// It keeps the choices, in general and for single conversations, in the account's realm; the slices that tell others ask it
// before anything leaves the node. It promises that a choice holds from its commit on, and refuses to answer for an account that
// is locked.
package privacy

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "privacy", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[PrivacySettings](h, "privacy", "The privacy settings of the own account changed.")
		feature.Privacies(h, s.of)
		feature.Handle(h, "privacy.get", "GET /api/v1/settings/privacy", "What others are told of the caller.", s.get)
		feature.Handle(h, "privacy.set", "PATCH /api/v1/settings/privacy",
			"Choose what others are told of the caller, a whole preset or single settings.", s.set)
		feature.Handle(h, "privacy.conversation", "GET /api/v1/conversations/{conversation}/privacy",
			"What the others of one conversation are told of the caller, where that differs.", s.getIn)
		feature.Handle(h, "privacy.override", "PATCH /api/v1/conversations/{conversation}/privacy",
			"Choose for one conversation.", s.setIn)
	}}
}

type slice struct {
	*feature.Host
	tell func(accounts []protocol.Account, data PrivacySettings)
}

// row are the choices of an account, in its realm. The zero row is no choice.
type row struct {
	NoReceipts bool             `cbor:"0,keyasint,omitempty"`
	NoTyping   bool             `cbor:"1,keyasint,omitempty"`
	LastSeen   feature.Audience `cbor:"2,keyasint,omitempty"` // none: contacts
	Online     feature.Audience `cbor:"3,keyasint,omitempty"` // none: contacts
}

func rowOf(p feature.Privacy) row {
	return row{NoReceipts: !p.Receipts, NoTyping: !p.Typing, LastSeen: p.LastSeen, Online: p.Online}
}

func (r row) privacy() feature.Privacy {
	p := feature.Balanced()
	p.Receipts, p.Typing = !r.NoReceipts, !r.NoTyping
	if r.LastSeen != "" {
		p.LastSeen = r.LastSeen
	}
	if r.Online != "" {
		p.Online = r.Online
	}
	return p
}

// Choice is a choice for one conversation.
type Choice string

// Choices for one conversation; the zero value is the default.
const (
	Default Choice = "default"
	On      Choice = "on"
	Off     Choice = "off"
)

func (c Choice) over(general bool) bool {
	switch c {
	case On:
		return true
	case Off:
		return false
	}
	return general
}

func (c Choice) orDefault() Choice {
	if c == "" {
		return Default
	}
	return c
}

// override is what an account chose for one conversation, in its realm.
type override struct {
	Receipts Choice `cbor:"0,keyasint,omitempty"`
	Typing   Choice `cbor:"1,keyasint,omitempty"`
}

func key(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("privacy")))
}

func keyIn(realm *storage.Realm, log protocol.Log) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("privacy"), log[:]))
}

func load[T any](tx feature.Tx, realm *storage.Realm, k storage.Key) (T, error) {
	v, err := storage.GetAs[T](tx, realm, k)
	if errors.Is(err, storage.ErrNotFound) {
		var none T
		return none, nil
	}
	return v, err
}

// of implements feature.Privacies.
func (s *slice) of(tx feature.Tx, a protocol.Account, in protocol.Log) (feature.Privacy, error) {
	realm, err := s.Realms.Account(a)
	if err != nil {
		return feature.Privacy{}, err
	}
	r, err := load[row](tx, realm, key(realm))
	if err != nil {
		return feature.Privacy{}, err
	}
	p := r.privacy()
	if in == (protocol.Log{}) {
		return p, nil
	}
	o, err := load[override](tx, realm, keyIn(realm, in))
	p.Receipts, p.Typing = o.Receipts.over(p.Receipts), o.Typing.over(p.Typing)
	return p, err
}

func (s *slice) get(ctx context.Context, _ feature.Nothing) (out PrivacySettings, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		p, err := s.of(tx, feature.ActorOf(ctx).Account, protocol.Log{})
		out = show(p)
		return err
	})
	return out, err
}
