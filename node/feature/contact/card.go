package contact

import (
	"context"
	"errors"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// kindCard asks a node how one of its accounts calls itself, with the secret of its contact link.
const kindCard = "card"

type cardRequest struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Secret  [16]byte         `cbor:"1,keyasint"`
}

type cardAnswer struct {
	Name    string `cbor:"0,keyasint"`
	Address string `cbor:"1,keyasint"`
}

// Refusals of leads.
var (
	ErrNotALink  = &feature.Error{Status: 400, Code: "not_a_link", Detail: "This is not a Conclave contact link."}
	ErrYourself  = &feature.Error{Status: 409, Code: "yourself", Detail: "This is you."}
	errLinkStale = feature.ErrNotFound.With("This contact link is not valid any more.")
)

// LeadRequest is what somebody has of a person: a contact link or an address.
type LeadRequest struct {
	Link    string `json:"link,omitempty" maxLength:"8192"`
	Address string `json:"address,omitempty" maxLength:"300" doc:"name@host"`
}

func (r LeadRequest) lead() (feature.Lead, error) {
	switch {
	case (r.Link == "") == (r.Address == ""):
		return feature.Lead{}, feature.ErrBadRequest.With("Give a contact link or an address.")
	case r.Link != "":
		l, err := protocol.ParseLink(r.Link)
		if err != nil {
			return feature.Lead{}, ErrNotALink
		}
		return feature.Lead{Link: &l}, nil
	}
	a := protocol.Address(r.Address)
	if _, _, err := a.Split(); err != nil {
		return feature.Lead{}, feature.ErrBadRequest.With("An address looks like name@host.")
	}
	return feature.Lead{Address: a}, nil
}

// found is a person as far as a lead leads.
type found struct {
	account protocol.Account
	card    feature.Card
	secret  []byte // of the link, nil for an address
}

// find asks the network about a lead. Only a link tells the name: an address can be guessed.
func (s *slice) find(ctx context.Context, req LeadRequest) (found, error) {
	lead, err := req.lead()
	if err != nil {
		return found{}, err
	}
	f, err := s.Directory.Learn(ctx, lead)
	if err != nil {
		return found{}, err
	}
	out := found{account: f.Account, card: feature.Card{Address: f.Address}}
	if lead.Address != "" {
		out.card.Address = lead.Address
	}
	if out.account == feature.ActorOf(ctx).Account {
		return found{}, ErrYourself
	}
	if lead.Link == nil {
		return out, nil
	}
	out.secret = lead.Link.Secret[:]
	card, err := s.askCard(ctx, f.Account, lead.Link.Secret)
	switch {
	case errors.Is(err, feature.ErrForbidden), errors.Is(err, feature.ErrNotFound):
		return found{}, errLinkStale
	case err == nil:
		out.card = card
	}
	return out, nil // a node that does not answer now keeps nobody from taking up contact
}

// askCard asks the node of an account, which may be this one, how the account calls itself.
func (s *slice) askCard(ctx context.Context, acct protocol.Account, secret [16]byte) (feature.Card, error) {
	body := canon.MustMarshal(cardRequest{Account: acct, Secret: secret})
	local := false
	err := s.Store.View(func(tx feature.Tx) error {
		local = s.Directory.Local(tx, acct)
		return nil
	})
	if err != nil {
		return feature.Card{}, err
	}
	ask := func() ([]byte, error) { return s.Directory.Ask(ctx, acct, kindCard, body) }
	if local {
		ask = func() ([]byte, error) { return s.serveCard(ctx, "", body) }
	}
	raw, err := ask()
	if err != nil {
		return feature.Card{}, err
	}
	answer, err := canon.Unmarshal[cardAnswer](raw)
	if err != nil {
		return feature.Card{}, feature.ErrUnreachable
	}
	if (event.ContactAccepted{Name: answer.Name, Address: answer.Address}).Validate() != nil {
		return feature.Card{}, feature.ErrUnreachable
	}
	return feature.Card{Name: answer.Name, Address: protocol.Address(answer.Address)}, nil
}

// serveCard answers another node. A wrong secret and an account that is not here look alike.
func (s *slice) serveCard(_ context.Context, _ string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[cardRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	var own feature.Card
	err = s.Store.View(func(tx feature.Tx) error {
		if s.Directory.Local(tx, req.Account) && !s.Keys.Unlocked(req.Account) {
			return feature.ErrUnavailable
		}
		if !s.CheckLink(tx, req.Account, req.Secret[:]) {
			return feature.ErrForbidden
		}
		own, err = s.ownCard(tx, req.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	return canon.Marshal(cardAnswer{Name: own.Name, Address: string(own.Address)})
}

// Preview is whom a link or an address names.
type Preview struct {
	Account    protocol.Account `json:"acct"`
	Name       string           `json:"name" doc:"as the person's node tells it to who holds the link; empty for an address"`
	Address    protocol.Address `json:"address"`
	CheckWords [4]string        `json:"check_words"`
	Known      bool             `json:"known" doc:"is a contact already, or asked"`
}

func (s *slice) preview(ctx context.Context, req LeadRequest) (Preview, error) {
	f, err := s.find(ctx, req)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{Account: f.account, Name: f.card.Name, Address: f.card.Address, CheckWords: identity.Account(f.account).CheckWords()}
	err = s.Store.View(func(tx feature.Tx) error {
		_, r, err := s.get(tx, feature.ActorOf(ctx).Account, f.account)
		out.Known = err == nil && r.State != ""
		if errors.Is(err, feature.ErrNotFound) {
			return nil
		}
		return err
	})
	return out, err
}
