// Package snippet is the slice of texts that an account keeps to insert them again: each has a name that is typed to find it.
//
// It promises that names of one account differ, whatever their case, and that a snippet lies under the keys of its account alone.
// It refuses more than MaxSnippets, names that cannot be typed as one word, and texts over MaxText bytes.
package snippet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Bounds: of an account, of a name in characters, of a text in bytes.
const (
	MaxSnippets = 200
	MaxName     = 32
	MaxText     = 4000
)

// ErrNameTaken says that the account has a snippet of that name.
var ErrNameTaken = &feature.Error{Status: 409, Code: "name_taken", Detail: "There is a snippet of this name."}

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "snippet", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[Change](h, "snippet", "A snippet of the account is new, changed or gone.")

		feature.Handle(h, "snippet.list", "GET /api/v1/snippets", "List the account's snippets by name.", s.list)
		feature.Handle(h, "snippet.create", "POST /api/v1/snippets", "Keep a text under a name.", s.create, feature.Creates)
		feature.Handle(h, "snippet.edit", "PUT /api/v1/snippets/{id}", "Change a snippet.", s.edit)
		feature.Handle(h, "snippet.delete", "DELETE /api/v1/snippets/{id}", "Delete a snippet.", s.remove)
	}}
}

type slice struct {
	*feature.Host
	tell func([]protocol.Account, Change)
}

// Snippet is a text that is kept.
type Snippet struct {
	ID   string `json:"id" cbor:"0,keyasint"`
	Name string `json:"name" cbor:"1,keyasint"`
	Text string `json:"text" cbor:"2,keyasint"`
}

// Change is a snippet that is new or changed, without one that is gone.
type Change struct {
	ID      string   `json:"id"`
	Snippet *Snippet `json:"snippet,omitempty"`
}

// CreateRequest is a new snippet.
type CreateRequest struct {
	Name string `json:"name" required:"true" doc:"1 to 32 characters without space and /"`
	Text string `json:"text" required:"true" doc:"1 to 4,000 bytes of UTF-8, kept byte for byte"`
}

// EditRequest is what a snippet becomes.
type EditRequest struct {
	ID   string `path:"id"`
	Name string `json:"name" required:"true" doc:"1 to 32 characters without space and /"`
	Text string `json:"text" required:"true" doc:"1 to 4,000 bytes of UTF-8, kept byte for byte"`
}

// OfRequest names a snippet.
type OfRequest struct {
	ID string `path:"id"`
}

func check(name, text string) error {
	length := utf8.RuneCountInString(name)
	outside := func(r rune) bool { return r == '/' || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	switch {
	case !utf8.ValidString(name) || !utf8.ValidString(text):
		return feature.ErrBadRequest
	case length == 0 || length > MaxName || strings.ContainsFunc(name, outside):
		return feature.ErrBadRequest.With("A name has 1 to %d characters, without space and /.", MaxName)
	case text == "":
		return feature.ErrBadRequest.With("A snippet has a text.")
	case len(text) > MaxText:
		return feature.ErrTooLarge.With("A snippet has at most %d bytes of UTF-8.", MaxText)
	}
	return nil
}

const kind = "t"

func key(realm *storage.Realm, id string) storage.Key {
	return realm.Key(storage.Saved, storage.Fixed([]byte(kind)), storage.H([]byte(id)))
}

func (s *slice) all(tx feature.Tx, realm *storage.Realm) (out []Snippet, err error) {
	err = tx.Scan(realm, realm.Key(storage.Saved, storage.Fixed([]byte(kind))), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		one, err := canon.UnmarshalOwn[Snippet](v)
		out = append(out, one)
		return err == nil, err
	})
	return out, err
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (feature.List[Snippet], error) {
	out := feature.List[Snippet]{Items: []Snippet{}}
	return out, s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(feature.ActorOf(ctx).Account)
		if err != nil {
			return err
		}
		all, err := s.all(tx, realm)
		sort.Slice(all, func(i, j int) bool { return strings.ToLower(all[i].Name) < strings.ToLower(all[j].Name) })
		out.Items = append(out.Items, all...)
		return err
	})
}

func (s *slice) create(ctx context.Context, req CreateRequest) (Snippet, error) {
	var id [16]byte
	rand.Read(id[:])
	one := Snippet{ID: hex.EncodeToString(id[:]), Name: req.Name, Text: req.Text}
	return one, s.write(ctx, one, true)
}

func (s *slice) edit(ctx context.Context, req EditRequest) (Snippet, error) {
	one := Snippet(req)
	return one, s.write(ctx, one, false)
}

// write keeps a snippet whose name no other one has.
func (s *slice) write(ctx context.Context, one Snippet, fresh bool) error {
	if err := check(one.Name, one.Text); err != nil {
		return err
	}
	owner := feature.ActorOf(ctx).Account
	return s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		known, err := tx.Has(key(realm, one.ID))
		if err != nil {
			return err
		}
		if !fresh && !known {
			return feature.ErrNotFound
		}
		all, err := s.all(tx, realm)
		if err != nil {
			return err
		}
		if fresh && len(all) >= MaxSnippets {
			return feature.ErrConflict.With("There are %d snippets; delete one first.", MaxSnippets)
		}
		for _, other := range all {
			if other.ID != one.ID && strings.EqualFold(other.Name, one.Name) {
				return ErrNameTaken
			}
		}
		tx.OnCommit(func() { s.tell([]protocol.Account{owner}, Change{ID: one.ID, Snippet: &one}) })
		return storage.PutAs(tx, realm, key(realm, one.ID), one)
	})
}

func (s *slice) remove(ctx context.Context, req OfRequest) (none feature.Nothing, err error) {
	owner := feature.ActorOf(ctx).Account
	return none, s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(owner)
		if err != nil {
			return err
		}
		known, err := tx.Has(key(realm, req.ID))
		if err != nil {
			return err
		}
		if !known {
			return feature.ErrNotFound
		}
		tx.Delete(key(realm, req.ID))
		tx.OnCommit(func() { s.tell([]protocol.Account{owner}, Change{ID: req.ID}) })
		return nil
	})
}
