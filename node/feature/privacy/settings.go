package privacy

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Preset is a name for all settings together.
type Preset string

// Presets. Custom is none of the others.
const (
	Open   Preset = "open"
	Middle Preset = "balanced"
	Strict Preset = "strict"
	Custom Preset = "custom"
)

// presets are what the names stand for.
func presets() map[Preset]feature.Privacy {
	return map[Preset]feature.Privacy{
		Open:   {Receipts: true, Typing: true, LastSeen: feature.Everyone, Online: feature.Everyone},
		Middle: feature.Balanced(),
		Strict: {LastSeen: feature.Nobody, Online: feature.Nobody},
	}
}

// PrivacySettings are the choices of an account.
type PrivacySettings struct {
	Preset   Preset           `json:"preset" enum:"open,balanced,strict,custom" doc:"what the settings are together"`
	Receipts bool             `json:"receipts" doc:"whether others are told what the account read; without it, it is not told of others"`
	Typing   bool             `json:"typing" doc:"whether others are told that the account writes; without it, it is not told of others"`
	LastSeen feature.Audience `json:"last_seen" enum:"everyone,contacts,nobody" doc:"who is told when the account was there last; with nobody, it is not told of others"`
	Online   feature.Audience `json:"online" enum:"everyone,contacts,nobody" doc:"who is told whether the account is there, and its status; with nobody, it is not told of others"`
}

func show(p feature.Privacy) PrivacySettings {
	out := PrivacySettings{Preset: Custom, Receipts: p.Receipts, Typing: p.Typing, LastSeen: p.LastSeen, Online: p.Online}
	for name, is := range presets() {
		if p == is {
			out.Preset = name
		}
	}
	return out
}

// SetRequest is what to change.
type SetRequest struct {
	Preset   *Preset           `json:"preset,omitempty" enum:"open,balanced,strict" doc:"sets all that is not named beside it"`
	Receipts *bool             `json:"receipts,omitempty"`
	Typing   *bool             `json:"typing,omitempty"`
	LastSeen *feature.Audience `json:"last_seen,omitempty" enum:"everyone,contacts,nobody"`
	Online   *feature.Audience `json:"online,omitempty" enum:"everyone,contacts,nobody"`
}

func (r SetRequest) apply(p feature.Privacy) (feature.Privacy, error) {
	if r.Preset != nil {
		is, ok := presets()[*r.Preset]
		if !ok {
			return p, feature.ErrBadRequest.With("A preset is open, balanced or strict.")
		}
		p = is
	}
	if r.Receipts != nil {
		p.Receipts = *r.Receipts
	}
	if r.Typing != nil {
		p.Typing = *r.Typing
	}
	for _, f := range []struct {
		to   *feature.Audience
		from *feature.Audience
	}{{&p.LastSeen, r.LastSeen}, {&p.Online, r.Online}} {
		if f.from == nil {
			continue
		}
		if *f.from != feature.Everyone && *f.from != feature.Contacts && *f.from != feature.Nobody {
			return p, feature.ErrBadRequest.With("An audience is everyone, contacts or nobody.")
		}
		*f.to = *f.from
	}
	return p, nil
}

func (s *slice) set(ctx context.Context, req SetRequest) (out PrivacySettings, err error) {
	who := feature.ActorOf(ctx).Account
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		had, err := s.of(tx, who, protocol.Log{})
		if err != nil {
			return err
		}
		now, err := req.apply(had)
		if err != nil {
			return err
		}
		out = show(now)
		if now == had {
			return nil
		}
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		tx.OnCommit(func() {
			s.tell([]protocol.Account{who}, show(now))
			s.TellPrivacy(who)
		})
		return storage.PutAs(tx, realm, key(realm), rowOf(now))
	})
	return out, err
}

// ConversationPrivacy is what an account chose for one conversation.
type ConversationPrivacy struct {
	Receipts Choice `json:"receipts" enum:"default,on,off"`
	Typing   Choice `json:"typing" enum:"default,on,off"`
}

// GetInRequest names the conversation.
type GetInRequest struct {
	Conversation protocol.Log `path:"conversation"`
}

func (s *slice) getIn(ctx context.Context, req GetInRequest) (out ConversationPrivacy, err error) {
	who := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		if _, err := s.See(tx, who, req.Conversation); err != nil {
			return err
		}
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		o, err := load[override](tx, realm, keyIn(realm, req.Conversation))
		out = ConversationPrivacy{Receipts: o.Receipts.orDefault(), Typing: o.Typing.orDefault()}
		return err
	})
	return out, err
}

// SetInRequest is what to change for one conversation.
type SetInRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Receipts     *Choice      `json:"receipts,omitempty" enum:"default,on,off"`
	Typing       *Choice      `json:"typing,omitempty" enum:"default,on,off"`
}

func (s *slice) setIn(ctx context.Context, req SetInRequest) (out ConversationPrivacy, err error) {
	who := feature.ActorOf(ctx).Account
	for _, c := range []*Choice{req.Receipts, req.Typing} {
		if c != nil && *c != Default && *c != On && *c != Off {
			return out, feature.ErrBadRequest.With("A choice is default, on or off.")
		}
	}
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		if _, err := s.See(tx, who, req.Conversation); err != nil {
			return err
		}
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		k := keyIn(realm, req.Conversation)
		o, err := load[override](tx, realm, k)
		if err != nil {
			return err
		}
		o.Receipts, o.Typing = o.Receipts.orDefault(), o.Typing.orDefault()
		if req.Receipts != nil {
			o.Receipts = *req.Receipts
		}
		if req.Typing != nil {
			o.Typing = *req.Typing
		}
		out = ConversationPrivacy(o)
		tx.OnCommit(func() { s.TellConversation(req.Conversation) })
		if out == (ConversationPrivacy{Default, Default}) {
			tx.Delete(k)
			return nil
		}
		return storage.PutAs(tx, realm, k, o)
	})
	return out, err
}
