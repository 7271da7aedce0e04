package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// codePrefix begins a safety number as the text of a QR code; the bytes follow in base64url (SPEC.md, identity log).
const codePrefix = "conclave:v/"

// Refusals.
var (
	errChanged  = &feature.Error{Status: 409, Code: "number_changed", Detail: "The safety number of this contact changed. Compare it again, or go on without."}
	errStale    = &feature.Error{Status: 409, Code: "number_stale", Detail: "This is not the safety number of now; look at it again."}
	errNotCode  = &feature.Error{Status: 400, Code: "not_a_code", Detail: "This is not the code of a safety number."}
	errMismatch = &feature.Error{Status: 409, Code: "number_mismatch",
		Detail: "The code is of other keys than this node knows. Somebody may be between you: talk to the person by another way."}
)

// OfRequest names the person.
type OfRequest struct {
	Account protocol.Account `path:"acct"`
}

// SetRequest is what was compared: the digits, or the code of the other's screen.
type SetRequest struct {
	Account protocol.Account `path:"acct"`
	Number  string           `json:"number,omitempty" maxLength:"60" doc:"the digits that the caller was shown, which the other sees too"`
	Code    string           `json:"code,omitempty" maxLength:"256" doc:"the text of the code on the other's screen"`
}

// SafetyNumber is what two people compare.
type SafetyNumber struct {
	Verification
	Number string `json:"number" doc:"60 digits; both see the same"`
	Code   string `json:"code" doc:"the text of a QR code for the other's camera"`
}

func code(own, theirs *identity.Log) string {
	return codePrefix + base64.RawURLEncoding.EncodeToString(identity.QR(own, theirs))
}

// contact makes sure that the other is somebody to whom the account stands in some way: nothing tells who else has an account.
func (s *slice) contact(tx feature.Tx, owner, other protocol.Account) error {
	c, err := s.See(tx, owner, protocol.DirectLog(owner, other))
	if err != nil {
		return err
	}
	standing, err := s.StandingOf(tx, owner, c)
	if err == nil && standing.State == "" {
		err = feature.ErrNotFound
	}
	return err
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (out feature.List[Verification], err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		out.Items, err = s.all(tx, feature.ActorOf(ctx).Account)
		return err
	})
	return out, err
}

func (s *slice) get(ctx context.Context, req OfRequest) (SafetyNumber, error) {
	owner := feature.ActorOf(ctx).Account
	var own, theirs *identity.Log
	var out SafetyNumber
	err := s.Store.View(func(tx feature.Tx) (err error) {
		if err := s.contact(tx, owner, req.Account); err != nil {
			return err
		}
		if own, theirs, err = s.logs(tx, owner, req.Account); err != nil {
			return err
		}
		out.Verification, err = s.of(tx, owner, req.Account)
		return err
	})
	if err != nil {
		return SafetyNumber{}, err
	}
	out.Number, out.Code = identity.SafetyNumber(own, theirs), code(own, theirs)
	return out, nil
}

// matches tells whether what was compared is of these logs. It takes milliseconds, so it is asked outside of transactions.
func (r SetRequest) matches(own, theirs *identity.Log) error {
	if (r.Number == "") == (r.Code == "") {
		return feature.ErrBadRequest.With("Give the number or the code.")
	}
	if r.Code == "" {
		if r.Number != identity.SafetyNumber(own, theirs) {
			return errStale
		}
		return nil
	}
	text, ok := strings.CutPrefix(r.Code, codePrefix)
	scanned, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil {
		return errNotCode
	}
	err = identity.CheckQR(scanned, own, theirs)
	switch {
	case errors.Is(err, identity.ErrQR):
		return errNotCode
	case err != nil:
		return errMismatch
	}
	return nil
}

func (s *slice) set(ctx context.Context, req SetRequest) (Verification, error) {
	owner := feature.ActorOf(ctx).Account
	var own, theirs *identity.Log
	err := s.Store.View(func(tx feature.Tx) (err error) {
		if err := s.contact(tx, owner, req.Account); err != nil {
			return err
		}
		own, theirs, err = s.logs(tx, owner, req.Account)
		return err
	})
	if err != nil {
		return Verification{}, err
	}
	if err := req.matches(own, theirs); err != nil {
		return Verification{}, err
	}
	compared := row{Account: req.Account, Theirs: theirs.Head().AIK, Own: own.Head().AIK, At: uint64(s.Now().UnixMilli())}
	var out Verification
	return out, s.Store.Update(ctx, func(tx feature.Tx) (err error) {
		if out, err = s.describe(tx, owner, compared); err != nil {
			return err
		}
		if out.State != Verified {
			return errStale // it changed meanwhile, or the other account has two histories
		}
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		tx.OnCommit(func() {
			s.note(owner, req.Account, true)
			s.tell([]protocol.Account{owner}, out)
		})
		return storage.PutAs(tx, realm, key(realm, req.Account), compared)
	})
}

func (s *slice) remove(ctx context.Context, req OfRequest) (feature.Nothing, error) {
	owner := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		if err := s.contact(tx, owner, req.Account); err != nil {
			return err
		}
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		tx.OnCommit(func() {
			s.note(owner, req.Account, false)
			s.tell([]protocol.Account{owner}, Verification{Account: req.Account, State: New})
		})
		tx.Delete(key(realm, req.Account))
		return nil
	})
}
