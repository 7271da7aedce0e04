package account

import (
	"cmp"
	"context"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

const maxReason = 500 // bytes

var errLastOwner = &feature.Error{Status: 409, Code: "last_owner", Detail: "This is the last owner of the node; make another one first."}

// Listed is an account as the owner of the node sees it.
type Listed struct {
	Acct        protocol.Account `json:"acct"`
	Name        protocol.Name    `json:"name"`
	DisplayName string           `json:"display_name" doc:"the name where the account is locked"`
	Created     time.Time        `json:"created_at"`
	Owner       bool             `json:"owner"`
	Sealed      bool             `json:"sealed"`
	Suspended   bool             `json:"suspended"`
	Reason      string           `json:"reason,omitempty" doc:"of the suspension"`
}

func (s *slice) list(context.Context, feature.Nothing) (feature.List[Listed], error) {
	out := feature.List[Listed]{Items: []Listed{}}
	err := s.Store.View(func(tx feature.Tx) error {
		all, err := s.records(tx)
		slices.SortFunc(all, func(a, b record) int {
			return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.Name, b.Name))
		})
		for _, r := range all {
			out.Items = append(out.Items, Listed{
				Acct: r.Acct, Name: r.Name, DisplayName: s.describe(tx, r).DisplayName, Created: fromMillis(r.Created),
				Owner: r.Owner, Sealed: r.Sealed, Suspended: r.Suspended, Reason: r.Reason,
			})
		}
		return err
	})
	return out, err
}

// SuspendRequest suspends an account or lets it in again.
type SuspendRequest struct {
	Acct      protocol.Account `path:"acct"`
	Suspended bool             `json:"suspended"`
	Reason    string           `json:"reason,omitempty" maxLength:"500" doc:"shown to the account at its next log-in"`
}

// suspend ends the sessions of an account and its right to log in. Its messages go on arriving.
func (s *slice) suspend(ctx context.Context, req SuspendRequest) (feature.Nothing, error) {
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		r, err := s.load(tx, req.Acct)
		if err != nil {
			return err
		}
		if req.Suspended && r.Owner {
			if err := s.anotherOwner(tx, r.Acct); err != nil {
				return err
			}
		}
		r.Suspended, r.Reason = req.Suspended, ""
		if req.Suspended {
			r.Reason = clip(req.Reason, maxReason)
		}
		if err := s.save(tx, r); err != nil {
			return err
		}
		if !req.Suspended {
			return nil
		}
		return s.endOf(tx, r.Acct, func(session) bool { return true })
	})
}

// anotherOwner refuses to leave the node without an owner who can log in.
func (s *slice) anotherOwner(tx feature.Tx, but protocol.Account) error {
	all, err := s.records(tx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Owner && !r.Suspended && r.Acct != but {
			return nil
		}
	}
	return errLastOwner
}
