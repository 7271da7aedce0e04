package conversation

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// TransferRequest names the new owner.
type TransferRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Account      protocol.Account `json:"account" required:"true"`
}

// transfer makes another member an owner; whoever was it keeps the roles that were given besides.
func (s *slice) transfer(ctx context.Context, req TransferRequest) (Conversation, error) {
	return s.reform(ctx, req.Conversation, func(_ feature.Tx, by protocol.Account, c feature.Conversation) ([]membership.Body, error) {
		switch {
		case c.State.Role(by) != membership.Owner:
			return nil, feature.ErrRole(membership.Owner, "hand a group over")
		case req.Account == by:
			return nil, feature.ErrConflict.With("You own this group already.")
		case !c.Has(req.Account):
			return nil, feature.ErrNotFound.With("This account is not a member of the group.")
		}
		down := &membership.StepDown{Role: membership.Owner}
		if c.State.Role(req.Account) == membership.Owner {
			return []membership.Body{down}, nil
		}
		grant := &membership.Grant{Account: req.Account, Role: membership.Owner}
		if !c.State.Allows(by, grant) {
			return nil, feature.ErrConflict.With("There is no room for another owner.")
		}
		return []membership.Body{grant, down}, nil
	})
}
