package conversation

import (
	"bytes"
	"context"
	"crypto/sha256"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// EditRequest is what is to change of what a group shows of itself; empty takes it away.
type EditRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Name         *string      `json:"name,omitempty" maxLength:"128" minLength:"1"`
	Description  *string      `json:"description,omitempty" maxLength:"2000"`
	Picture      *string      `json:"picture,omitempty" maxLength:"44000" doc:"a data URL of a PNG, JPEG, WebP or GIF of at most 32 KiB"`
	Rules        *string      `json:"rules,omitempty" maxLength:"4000" doc:"what a new member accepts"`
}

// contents checks a request, in the order of the fields.
func (r EditRequest) contents() (out []content, err error) {
	if r.Name != nil {
		if err := checkName(*r.Name); err != nil {
			return nil, err
		}
		out = append(out, content{membership.Name, []byte(*r.Name)})
	}
	if r.Description != nil {
		if err := checkText("A description", *r.Description, maxDescription); err != nil {
			return nil, err
		}
		out = append(out, content{membership.Description, []byte(*r.Description)})
	}
	if r.Picture != nil {
		raw, err := parsePicture(*r.Picture)
		if err != nil {
			return nil, err
		}
		out = append(out, content{membership.Picture, raw})
	}
	if r.Rules != nil {
		if err := checkText("A text of rules", *r.Rules, maxRules); err != nil {
			return nil, err
		}
		out = append(out, content{membership.Rules, []byte(*r.Rules)})
	}
	return out, nil
}

func (s *slice) edit(ctx context.Context, req EditRequest) (Conversation, error) {
	wanted, err := req.contents()
	if err != nil {
		return Conversation{}, err
	}
	return s.reform(ctx, req.Conversation, func(tx feature.Tx, by protocol.Account, c feature.Conversation) ([]membership.Body, error) {
		var fields []membership.Field
		var bodies []membership.Body
		for _, w := range wanted {
			if !c.State.Allows(by, &membership.SetMeta{Fields: []membership.Field{{Key: w.key, Value: []byte{}}}}) {
				return nil, feature.ErrRole(c.State.Policy().Edit, "change what a group shows of itself")
			}
			if w.key == membership.Rules {
				body, err := ruling(by, c, w.bytes)
				if err != nil {
					return nil, err
				}
				bodies = append(bodies, body...)
			}
			value := w.value(c.Log)
			if bytes.Equal(value, c.State.Meta(w.key)) {
				continue
			}
			if err := s.carry(tx, by, c.Log, w); err != nil {
				return nil, err
			}
			fields = append(fields, membership.Field{Key: w.key, Value: value})
		}
		if len(fields) > 0 {
			bodies = append([]membership.Body{&membership.SetMeta{Fields: fields}}, bodies...)
		}
		return bodies, nil
	})
}

// ruling changes the policy along with the rules: it holds the hash of those that a new member accepts.
func ruling(by protocol.Account, c feature.Conversation, rules []byte) ([]membership.Body, error) {
	p := c.State.Policy()
	had := p.Rules
	p.Rules = nil
	if len(rules) > 0 {
		hash := sha256.Sum256(rules)
		p.Rules = &hash
	}
	if had == nil && p.Rules == nil || had != nil && p.Rules != nil && *had == *p.Rules {
		return nil, nil
	}
	body := &membership.SetPolicy{Policy: p}
	if !c.State.Allows(by, body) {
		return nil, feature.ErrRole(membership.Admin, "change the rules")
	}
	return []membership.Body{body}, nil
}
