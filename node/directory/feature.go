package directory

import (
	"context"
	"encoding/base64"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature serves local accounts to other nodes over HTTP. There is no listing: who asks knows the name or the id already.
func (d *Directory) Feature() feature.Feature {
	return feature.Feature{Name: "directory", Install: func(h *feature.Host) {
		feature.Handle(h, "directory.name", "GET /.well-known/conclave/v1/a/{hash}", "Find an account of this node by the hash of its name.", d.wellKnownName, feature.ForAnybody)
		feature.Handle(h, "directory.account", "GET /.well-known/conclave/v1/c/{acct}", "Find an account of this node by its id.", d.wellKnownAccount, feature.ForAnybody)
	}}
}

type byHash struct {
	Hash string `path:"hash" maxLength:"64" doc:"base64url of SHA-256 over the label alias and the name"`
}

type byAccount struct {
	Account protocol.Account `path:"acct"`
}

func (d *Directory) wellKnownName(ctx context.Context, req byHash) (WellKnown, error) {
	raw, err := base64.RawURLEncoding.DecodeString(req.Hash)
	if err != nil || len(raw) != 32 {
		return WellKnown{}, feature.ErrNotFound
	}
	var a protocol.Account
	err = d.Store.View(func(tx feature.Tx) error {
		found, err := tx.Get(d.Realm, d.aliasKey([32]byte(raw)))
		if err != nil || len(found) != len(a) {
			return feature.ErrNotFound
		}
		copy(a[:], found)
		return nil
	})
	if err != nil {
		return WellKnown{}, err
	}
	return d.wellKnownAccount(ctx, byAccount{a})
}

func (d *Directory) wellKnownAccount(_ context.Context, req byAccount) (WellKnown, error) {
	out := WellKnown{Account: req.Account, Addresses: d.shown()}
	err := d.Store.View(func(tx feature.Tx) error {
		if !d.Local(tx, req.Account) {
			return feature.ErrNotFound
		}
		l, err := d.Log(tx, req.Account)
		if err != nil {
			return err
		}
		for _, s := range l.From(0) {
			out.Log = append(out.Log, base64.RawURLEncoding.EncodeToString(s.Encode()))
		}
		return nil
	})
	return out, err
}
