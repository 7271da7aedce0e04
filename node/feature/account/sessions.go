package account

import (
	"context"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Session is a log-in as its owner sees it.
type Session struct {
	ID       string    `json:"id"`
	Client   string    `json:"client"`
	Address  string    `json:"address" doc:"network address of the log-in"`
	Created  time.Time `json:"created_at"`
	LastSeen time.Time `json:"last_seen_at" doc:"last use, to five minutes"`
	Current  bool      `json:"current" doc:"the session of this call"`
}

func (s *slice) sessions(ctx context.Context, _ feature.Nothing) (feature.List[Session], error) {
	actor := feature.ActorOf(ctx)
	out := feature.List[Session]{Items: []Session{}}
	err := s.Store.View(func(tx feature.Tx) error {
		all, err := s.sessionsOf(tx, actor.Account)
		for _, r := range all {
			if r.expired(s.Now()) {
				continue
			}
			id := r.handle().String()
			out.Items = append(out.Items, Session{
				ID: id, Client: r.Client, Address: r.Address, Current: id == actor.Session,
				Created: fromMillis(r.Created), LastSeen: fromMillis(r.Seen),
			})
		}
		return err
	})
	return out, err
}

// CloseRequest names a session of the caller.
type CloseRequest struct {
	ID string `path:"id" doc:"id of a session, or \"current\"" maxLength:"64"`
}

func (s *slice) close(ctx context.Context, req CloseRequest) (feature.Nothing, error) {
	actor := feature.ActorOf(ctx)
	if req.ID == "current" {
		req.ID = actor.Session
	}
	id, ok := parseHandle(req.ID)
	if !ok {
		return feature.Nothing{}, feature.ErrNotFound
	}
	err := s.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
		found := false
		err := s.endOf(tx, actor.Account, func(r session) bool {
			found = found || r.handle() == id
			return r.handle() == id
		})
		if err == nil && !found {
			return feature.ErrNotFound
		}
		return err
	})
	if err == nil {
		s.tellSessions([]protocol.Account{actor.Account}, feature.Nothing{})
	}
	return feature.Nothing{}, err
}

// rows decodes all rows of a table that holds one kind of row.
func rows[T any](tx feature.Tx, r *storage.Realm, t storage.Table) ([]T, error) {
	var out []T
	err := tx.Scan(r, r.Key(t), storage.ScanOptions{}, func(_ storage.Key, raw []byte) (bool, error) {
		v, err := canon.Unmarshal[T](raw)
		if err != nil {
			return false, err
		}
		out = append(out, v)
		return true, nil
	})
	return out, err
}
