package account

import (
	"context"

	"conclave/crypto/vault"
	"conclave/node/feature"
)

// SealRequest seals the caller's account, or unseals it.
type SealRequest struct {
	Sealed     bool   `json:"sealed" doc:"true: after a restart the account opens only by a log-in"`
	Passphrase string `json:"passphrase" required:"true" maxLength:"1024"`
}

// seal takes the node's slot out of the vault, or puts it back. A sealed account locks when its last session ends.
func (s *slice) seal(ctx context.Context, req SealRequest) (feature.Nothing, error) {
	p, err := s.proveSelf(ctx, req.Passphrase)
	if err != nil {
		return feature.Nothing{}, err
	}
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		r, v, err := s.holds(tx, p)
		if err != nil {
			return err
		}
		if req.Sealed {
			v.RemoveKind(vault.KindNode)
		} else if _, err := v.Replace(s.Random, p.key, s.Keys.NodeSlot()); err != nil {
			return err
		}
		r.Sealed = req.Sealed
		if err := s.save(tx, r); err != nil {
			return err
		}
		return s.saveVault(tx, r.Acct, v)
	})
	if err == nil {
		s.TellMe(p.record.Acct)
	}
	return feature.Nothing{}, err
}
