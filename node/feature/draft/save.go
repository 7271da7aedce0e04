package draft

import (
	"context"
	"encoding/hex"
	"errors"
	"time"
	"unicode/utf8"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

func (s *slice) save(ctx context.Context, req SaveRequest) (out Saved, err error) {
	switch {
	case len(req.Text) > protocol.MaxText:
		return out, feature.ErrTooLarge.With("A draft has at most %d bytes of UTF-8.", protocol.MaxText)
	case !utf8.ValidString(req.Text) || !utf8.ValidString(req.Client):
		return out, feature.ErrBadRequest
	}
	writer := feature.ActorOf(ctx).Account
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, writer, req.Conversation)
		if err != nil {
			return err
		}
		for _, id := range []protocol.EventID{req.ReplyTo, req.Thread} {
			if id.IsZero() {
				continue
			}
			if _, _, err := s.FindMessage(tx, writer, c.Log, id); err != nil {
				return err
			}
		}
		realm, err := s.Realms.Account(writer)
		if err != nil {
			return err
		}
		had, err := get[row](tx, realm, key(realm, c.Log, req.Thread))
		if err != nil {
			return err
		}
		if had.Revision > uint64(req.Revision) && had.Client != req.Client {
			out.Draft = s.show(tx, writer, c, had)
			return nil
		}
		now := row{Log: c.Log, Thread: req.Thread, Text: req.Text, ReplyTo: req.ReplyTo, Client: req.Client}
		out, err = s.write(tx, writer, c, realm, had, now)
		return err
	})
	return out, err
}

// write keeps a draft unless it says what it said, and tells the account's clients.
func (s *slice) write(tx feature.Tx, writer protocol.Account, c feature.Conversation, realm *storage.Realm, had, now row) (Saved, error) {
	if had.Text == now.Text && had.ReplyTo == now.ReplyTo {
		had.Log, had.Thread = now.Log, now.Thread
		return Saved{Taken: true, Draft: s.show(tx, writer, c, had)}, nil
	}
	now, err := s.put(tx, realm, had, now)
	if err != nil {
		return Saved{}, err
	}
	shown := s.show(tx, writer, c, now)
	tx.OnCommit(func() { s.tell([]protocol.Account{writer}, shown) })
	return Saved{Taken: true, Draft: shown}, nil
}

func (s *slice) remove(ctx context.Context, req RemoveRequest) (none feature.Nothing, err error) {
	writer := feature.ActorOf(ctx).Account
	return none, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, writer, req.Conversation)
		if err != nil {
			return err
		}
		realm, err := s.Realms.Account(writer)
		if err != nil {
			return err
		}
		had, err := get[row](tx, realm, key(realm, c.Log, req.Thread))
		if err != nil {
			return err
		}
		_, err = s.write(tx, writer, c, realm, had, row{Log: c.Log, Thread: req.Thread})
		return err
	})
}

// pageSize is how many drafts a page has.
const pageSize = 50

func (s *slice) list(ctx context.Context, req ListRequest) (Drafts, error) {
	out := Drafts{Items: []Draft{}}
	viewer := feature.ActorOf(ctx).Account
	return out, s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(viewer)
		if err != nil {
			return err
		}
		options, err := from(realm, req.Before)
		if err != nil {
			return err
		}
		all, err := get[sum](tx, realm, sumKey(realm))
		if err != nil {
			return err
		}
		out.Revision = int(all.Revision)
		return tx.Scan(realm, prefix(realm), options, func(k storage.Key, v []byte) (bool, error) {
			r, err := canon.UnmarshalOwn[row](v)
			if err != nil || r.empty() {
				return err == nil, err
			}
			c, err := s.See(tx, viewer, r.Log)
			if errors.Is(err, feature.ErrNotFound) {
				return true, nil // it is not this account's any more
			}
			if err != nil {
				return false, err
			}
			out.Items = append(out.Items, s.show(tx, viewer, c, r))
			if len(out.Items) == pageSize {
				out.Next = hex.EncodeToString(k.After(prefix(realm)))
			}
			return out.Next == "", nil
		})
	})
}

// from is where a page begins.
func from(realm *storage.Realm, cursor string) (o storage.ScanOptions, err error) {
	if cursor == "" {
		return o, nil
	}
	at, err := hex.DecodeString(cursor)
	if err != nil || len(at) != 16 {
		return o, feature.ErrBadRequest.With("This is not a cursor.")
	}
	o.From = realm.Key(storage.Saved, storage.Fixed(append([]byte(kind), at...)))
	return o, nil
}

// show describes a draft. A message that it answers and that is not shown to its writer any more is left out.
func (s *slice) show(tx feature.Tx, viewer protocol.Account, c feature.Conversation, r row) Draft {
	d := Draft{Conversation: c.Log, Thread: r.Thread, Text: r.Text, Client: r.Client, Revision: int(r.Revision), At: time.UnixMilli(int64(r.At))}
	if r.ReplyTo.IsZero() {
		return d
	}
	_, e, err := s.FindMessage(tx, viewer, c.Log, r.ReplyTo)
	if err != nil {
		return d
	}
	if q, err := s.QuoteOf(tx, viewer, c, e); err == nil {
		d.ReplyTo = &q
	}
	return d
}
