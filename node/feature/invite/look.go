package invite

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// kindLook asks the node of whoever made a link what group it leads to.
const kindLook = "group.invite"

type lookRequest struct {
	Log    protocol.Log `cbor:"0,keyasint"`
	Secret [16]byte     `cbor:"1,keyasint"`
}

// look is what a link shows of its group; of a secret one neither name nor size.
type look struct {
	Form        membership.Form       `cbor:"0,keyasint"`
	Visibility  membership.Visibility `cbor:"1,keyasint"`
	Name        string                `cbor:"2,keyasint"`
	Description string                `cbor:"3,keyasint"`
	Picture     []byte                `cbor:"4,keyasint"`
	Rules       string                `cbor:"5,keyasint"`
	Members     uint64                `cbor:"6,keyasint"`
	Approval    bool                  `cbor:"7,keyasint"`
	By          string                `cbor:"8,keyasint"`
}

// maxShown bounds each text of a look, in bytes: 4,000 characters.
const maxShown = 16_000

func (l look) valid() bool {
	for _, text := range []string{l.Name, l.Description, l.Rules, l.By} {
		if len(text) > maxShown || !utf8.ValidString(text) {
			return false
		}
	}
	return len(l.Picture) <= event.MaxDetail && l.Members <= membership.MaxMembers
}

// secretName is how a secret group is called before one has joined it.
const secretName = "A private group"

func (s *slice) serveLook(_ context.Context, _ string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[lookRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	var out look
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.group(tx, req.Log)
		if err != nil {
			return err
		}
		r, err := s.load(tx, c, req.Secret[:])
		if err != nil {
			return err
		}
		if s.deleted(tx, r.By, c) {
			return ErrGone
		}
		out, err = s.lookAt(tx, c)
		out.Approval, out.By = r.Approval, s.NameIn(tx, r.By, c.Log, r.By)
		return err
	})
	if errors.Is(err, ErrGone) {
		return nil, feature.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return canon.Marshal(out)
}

// group returns a group for an answer to another node: what is not here and what is no group look alike.
func (s *slice) group(tx feature.Tx, log protocol.Log) (feature.Conversation, error) {
	c, err := s.Timeline.Conversation(tx, log)
	switch {
	case errors.Is(err, feature.ErrLocked):
		return c, feature.ErrUnavailable
	case err != nil:
		return c, err
	case !c.Group() || c.State == nil:
		return c, feature.ErrNotFound
	}
	return c, nil
}

// lookAt describes a group for somebody who is no member.
func (s *slice) lookAt(tx feature.Tx, c feature.Conversation) (look, error) {
	p := c.State.Policy()
	out := look{Form: p.Form, Visibility: p.Visibility, Name: secretName}
	face, err := s.FaceOf(tx, c)
	out.Rules = face.Rules
	if p.Visibility != membership.Secret {
		out.Name, out.Description, out.Picture, out.Members = c.Title(), face.Description, face.Picture, uint64(c.State.Len())
	}
	return out, err
}

// LinkRequest is an invitation link.
type LinkRequest struct {
	Link string `json:"link" required:"true" maxLength:"8192"`
}

// Preview is what a link leads to.
type Preview struct {
	Conversation protocol.Log `json:"conversation"`
	Kind         string       `json:"kind" enum:"group,channel"`
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Picture      string       `json:"picture" doc:"a data URL, empty for none"`
	Rules        string       `json:"rules" doc:"accepted on joining"`
	Members      int          `json:"members" doc:"0 where the group does not tell"`
	Approval     bool         `json:"approval" doc:"somebody has to accept who asks"`
	Joined       bool         `json:"joined" doc:"the caller is a member"`
	ByName       string       `json:"by_name" doc:"who made the link"`
}

func (s *slice) preview(ctx context.Context, req LinkRequest) (Preview, error) {
	link, err := parse(req.Link)
	if err != nil {
		return Preview{}, err
	}
	l, err := s.look(ctx, link)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{
		Conversation: link.Group, Kind: kindOf(l.Form), Name: l.Name, Description: l.Description, Picture: feature.PictureURL(l.Picture),
		Rules: l.Rules, Members: int(l.Members), Approval: l.Approval, ByName: l.By,
	}
	out.Joined, err = s.joined(feature.ActorOf(ctx).Account, link.Group)
	return out, err
}

func kindOf(f membership.Form) string {
	if f == membership.Channel {
		return "channel"
	}
	return "group"
}

func parse(text string) (protocol.Invite, error) {
	link, err := protocol.ParseInvite(strings.TrimSpace(text))
	if err != nil {
		return link, ErrNotALink
	}
	return link, nil
}

// look asks the node of whoever made the link.
func (s *slice) look(ctx context.Context, link protocol.Invite) (look, error) {
	raw, err := s.ask(ctx, link, kindLook, canon.MustMarshal(lookRequest{link.Group, link.Secret}), s.serveLook)
	if err != nil {
		return look{}, err
	}
	l, err := canon.Unmarshal[look](raw)
	if err != nil || !l.valid() {
		return look{}, feature.ErrUnreachable.With("The node of the invitation gave no usable answer.")
	}
	return l, nil
}

// ask puts a request to the node of whoever made a link, which may be this one.
func (s *slice) ask(ctx context.Context, link protocol.Invite, kind string, body []byte, serve func(context.Context, string, []byte) ([]byte, error)) (out []byte, err error) {
	if s.local(link.Account) {
		out, err = serve(ctx, "", body)
	} else {
		lead := feature.Lead{Link: &protocol.Link{Account: link.Account, Base: link.Base, Addresses: link.Addresses}}
		if _, err := s.Directory.Learn(ctx, lead); err != nil {
			return nil, err
		}
		out, err = s.Directory.Ask(ctx, link.Account, kind, body)
	}
	if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrForbidden) {
		return nil, ErrGone
	}
	return out, err
}

func (s *slice) local(who protocol.Account) (local bool) {
	err := s.Store.View(func(tx feature.Tx) error {
		local = s.Directory.Local(tx, who)
		return nil
	})
	return err == nil && local
}

// joined tells whether a local account is a member.
func (s *slice) joined(who protocol.Account, log protocol.Log) (joined bool, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		standing, err := s.Groups.Standing(tx, log, who)
		joined = standing == feature.GroupJoined
		return err
	})
	return joined, err
}
