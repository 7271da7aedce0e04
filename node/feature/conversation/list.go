package conversation

import (
	"context"
	"errors"
	"slices"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// CreateRequest names the other of a direct conversation.
type CreateRequest struct {
	Kind string           `json:"kind" enum:"direct" required:"true"`
	With protocol.Account `json:"with" required:"true"`
}

// opened is that an account opened a conversation by itself, in the account's realm.
type opened struct {
	At uint64 `cbor:"0,keyasint"` // Unix milliseconds
}

func (s *slice) create(ctx context.Context, req CreateRequest) (Conversation, error) {
	viewer := feature.ActorOf(ctx).Account
	switch {
	case req.Kind != "direct":
		return Conversation{}, feature.ErrBadRequest.With("There are direct conversations only.")
	case req.With == viewer:
		return Conversation{}, feature.ErrConflict.With("A direct conversation has two people.")
	}
	var out Conversation
	var created bool
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, protocol.DirectLog(viewer, req.With))
		if err != nil {
			return err
		}
		if created, err = s.open(tx, viewer, c.Log); err != nil {
			return err
		}
		out, err = s.describe(tx, viewer, c)
		return err
	})
	out.created = created
	return out, err
}

// open notes that an account opened a conversation; true the first time.
func (s *slice) open(tx feature.Tx, viewer protocol.Account, log protocol.Log) (bool, error) {
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return false, err
	}
	key := realm.Key(storage.Conversations, storage.H(log[:]))
	if had, err := tx.Has(key); had || err != nil {
		return false, err
	}
	return true, storage.PutAs(tx, realm, key, opened{At: uint64(s.Now().UnixMilli())})
}

// GetRequest names a conversation.
type GetRequest struct {
	Conversation protocol.Log `path:"conversation"`
}

func (s *slice) get(ctx context.Context, req GetRequest) (Conversation, error) {
	viewer := feature.ActorOf(ctx).Account
	var out Conversation
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		out, err = s.describe(tx, viewer, c)
		return err
	})
	return out, err
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (feature.List[Conversation], error) {
	viewer := feature.ActorOf(ctx).Account
	var out feature.List[Conversation]
	err := s.Store.View(func(tx feature.Tx) error {
		logs, err := s.Timeline.Logs(tx, viewer)
		if err != nil {
			return err
		}
		for _, log := range logs {
			c, err := s.See(tx, viewer, log)
			if errors.Is(err, feature.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			shown, err := s.describe(tx, viewer, c)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, shown)
		}
		return nil
	})
	slices.SortFunc(out.Items, func(a, b Conversation) int {
		if c := b.UpdatedAt.Compare(a.UpdatedAt); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID[:]), string(b.ID[:]))
	})
	return out, err
}
