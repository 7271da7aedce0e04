// Package settings is the slice of what an account has set for its pages: when and how they tell of messages, their language
// and what the Enter key does.
//
// It promises that every client of the account has the same settings and is told of each change at once, and that nobody else
// learns of them. It keeps known fields only, of bounded size: it is no store for clients.
package settings

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "settings", Install: func(h *feature.Host) {
		tellNotifications := feature.Frame[Notifications](h, "settings.notifications", "The account set otherwise what it wants to be told of.")
		tellPage := feature.Frame[Page](h, "settings.page", "The account set its page otherwise.")

		feature.Handle(h, "notifications.get", "GET /api/v1/settings/notifications", "Tell what the caller wants to be told of.",
			read[Notifications](h, "notifications"))
		feature.Handle(h, "notifications.set", "PATCH /api/v1/settings/notifications", "Change what the caller wants to be told of; what is left out stays.",
			write[Notifications, NotificationsRequest](h, "notifications", tellNotifications))
		feature.Handle(h, "page.get", "GET /api/v1/settings/page", "Tell how the caller set its page.", read[Page](h, "page settings"))
		feature.Handle(h, "page.set", "PATCH /api/v1/settings/page", "Set the caller's page otherwise; what is left out stays.",
			write[Page, PageRequest](h, "page settings", tellPage))
	}}
}

// row is a kind of settings: what is kept, and what is kept where nobody set anything.
type row[T any] interface{ usual() T }

// load reads the settings of an account.
func load[T row[T]](h *feature.Host, tx feature.Tx, who protocol.Account, name string) (T, *storage.Realm, error) {
	var none T
	realm, err := h.Realms.Account(who)
	if err != nil {
		return none, nil, err
	}
	v, err := storage.GetAs[T](tx, realm, realm.Key(storage.Settings, storage.H([]byte(name))))
	if errors.Is(err, storage.ErrNotFound) {
		return none.usual(), realm, nil
	}
	return v, realm, err
}

func read[T row[T]](h *feature.Host, name string) func(context.Context, feature.Nothing) (T, error) {
	return func(ctx context.Context, _ feature.Nothing) (out T, err error) {
		err = h.Store.View(func(tx feature.Tx) error {
			out, _, err = load[T](h, tx, feature.ActorOf(ctx).Account, name)
			return err
		})
		return out, err
	}
}

// change is a request that changes settings of a kind.
type change[T any] interface{ apply(T) (T, error) }

func write[T row[T], R change[T]](h *feature.Host, name string, tell func([]protocol.Account, T)) func(context.Context, R) (T, error) {
	return func(ctx context.Context, req R) (out T, err error) {
		who := feature.ActorOf(ctx).Account
		err = h.Store.Update(ctx, func(tx feature.Tx) error {
			now, realm, err := load[T](h, tx, who, name)
			if err != nil {
				return err
			}
			if out, err = req.apply(now); err != nil {
				return err
			}
			tx.OnCommit(func() { tell([]protocol.Account{who}, out) })
			return storage.PutAs(tx, realm, realm.Key(storage.Settings, storage.H([]byte(name))), out)
		})
		return out, err
	}
}

// set changes a field that a request names.
func set[T any](field, want *T) {
	if want != nil {
		*field = *want
	}
}
