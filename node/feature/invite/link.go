package invite

import (
	"bytes"
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// ID names a link, and tells nothing of its secret.
type ID [16]byte

// MarshalText returns 32 hexadecimal digits.
func (i ID) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(i[:])), nil }

// UnmarshalText reads them.
func (i *ID) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(i)) || !bytes.Equal(b, bytes.ToLower(b)) {
		return protocol.ErrID
	}
	if _, err := hex.Decode(i[:], b); err != nil {
		return protocol.ErrID
	}
	return nil
}

func idOf(secret []byte) ID {
	h := canon.Hash("ginvite", secret)
	return ID(h[:16])
}

// row is a link, in the realm of its group.
type row struct {
	Secret   [16]byte         `cbor:"0,keyasint"`
	By       protocol.Account `cbor:"1,keyasint"`
	Created  uint64           `cbor:"2,keyasint"` // Unix milliseconds
	Expires  uint64           `cbor:"3,keyasint"` // Unix milliseconds, 0 for never
	Max      uint64           `cbor:"4,keyasint"` // uses, 0 for any number
	Uses     uint64           `cbor:"5,keyasint"`
	Approval bool             `cbor:"6,keyasint"`
}

func (r row) valid(now time.Time) bool {
	return (r.Expires == 0 || uint64(now.UnixMilli()) < r.Expires) && (r.Max == 0 || r.Uses < r.Max)
}

// Bounds of links.
const (
	maxLinks = 100 // of a group on a node
	maxLife  = 365 * 24 * 60 * 60
	maxUses  = 100_000
)

func key(realm *storage.Realm, id ID) storage.Key {
	return realm.Key(storage.GroupInvites, storage.H(id[:]))
}

// load returns a link that can be used now, by its secret.
func (s *slice) load(tx feature.Tx, c feature.Conversation, secret []byte) (row, error) {
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return row{}, err
	}
	r, err := storage.GetAs[row](tx, realm, key(realm, idOf(secret)))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, ErrGone
	}
	if err != nil {
		return row{}, err
	}
	if subtle.ConstantTimeCompare(r.Secret[:], secret) != 1 || !r.valid(s.Now()) || !c.State.May(r.By, membership.Invite) {
		return row{}, ErrGone
	}
	return r, nil
}

func (s *slice) save(tx feature.Tx, log protocol.Log, r row) error {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return err
	}
	return storage.PutAs(tx, realm, key(realm, idOf(r.Secret[:])), r)
}

// all returns the links of a group, the oldest first, without those that are over; those it drops where it may write.
func (s *slice) all(tx feature.Tx, log protocol.Log) ([]row, error) {
	out, err := sweep(s, tx, log, storage.GroupInvites, func(r row) bool { return r.valid(s.Now()) })
	slices.SortFunc(out, func(a, b row) int { return cmp.Compare(a.Created, b.Created) })
	return out, err
}

// sweep returns the rows of a group in one of this slice's tables that still count, and drops the others where it may write.
func sweep[R any](s *slice, tx feature.Tx, log protocol.Log, table storage.Table, counts func(R) bool) (out []R, err error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	var over []storage.Key
	err = tx.Scan(realm, realm.Key(table), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		r, err := canon.UnmarshalOwn[R](v)
		if err != nil {
			return false, fmt.Errorf("read the table %s: %w", table, err)
		}
		if counts(r) {
			out = append(out, r)
		} else {
			over = append(over, k)
		}
		return true, nil
	})
	if tx.Writable() {
		for _, k := range over {
			tx.Delete(k)
		}
	}
	return out, err
}

// CreateRequest says what a link is good for.
type CreateRequest struct {
	Conversation protocol.Log `path:"conversation"`
	ExpiresIn    int          `json:"expires_in,omitempty" minimum:"0" maximum:"31536000" doc:"seconds; 0 for never"`
	MaxUses      int          `json:"max_uses,omitempty" minimum:"0" maximum:"100000" doc:"0 for any number"`
	Approval     bool         `json:"approval,omitempty" doc:"somebody has to accept who asks to join by it"`
}

// Invite is a link as members see it who may make one.
type Invite struct {
	ID        ID               `json:"id"`
	Link      string           `json:"link"`
	ExpiresAt time.Time        `json:"expires_at,omitzero"`
	MaxUses   int              `json:"max_uses"`
	Uses      int              `json:"uses"`
	Approval  bool             `json:"approval"`
	By        protocol.Account `json:"by"`
	CreatedAt time.Time        `json:"created_at"`
}

func (s *slice) show(log protocol.Log, r row) Invite {
	link := protocol.Invite{Group: log, Account: r.By, Secret: r.Secret}
	link.Base, link.Addresses = s.Directory.LinkRoute()
	out := Invite{
		ID: idOf(r.Secret[:]), Link: link.Text(), MaxUses: int(r.Max), Uses: int(r.Uses), Approval: r.Approval, By: r.By,
		CreatedAt: time.UnixMilli(int64(r.Created)),
	}
	if r.Expires > 0 {
		out.ExpiresAt = time.UnixMilli(int64(r.Expires))
	}
	return out
}

// inviting returns a group in which an account may make links.
func (s *slice) inviting(tx feature.Tx, by protocol.Account, log protocol.Log) (feature.Conversation, error) {
	c, err := s.member(tx, by, log)
	if err == nil && !c.State.May(by, membership.Invite) {
		err = feature.ErrRole(c.State.Policy().Invite, "make invitation links")
	}
	return c, err
}

// member returns a group in which an account is a member.
func (s *slice) member(tx feature.Tx, by protocol.Account, log protocol.Log) (feature.Conversation, error) {
	c, err := s.See(tx, by, log)
	switch {
	case err != nil:
		return c, err
	case !c.Group():
		return c, feature.ErrBadRequest.With("This is no group.")
	case c.State == nil || !c.Has(by):
		return c, feature.ErrNoMember
	case s.deleted(tx, by, c):
		return c, feature.ErrDeleted
	}
	return c, nil
}

// deleted tells whether a group was deleted for everybody.
func (s *slice) deleted(tx feature.Tx, by protocol.Account, c feature.Conversation) bool {
	return errors.Is(s.Permitted(tx, by, c), feature.ErrDeleted)
}

func (s *slice) create(ctx context.Context, req CreateRequest) (Invite, error) {
	if req.ExpiresIn < 0 || req.ExpiresIn > maxLife || req.MaxUses < 0 || req.MaxUses > maxUses {
		return Invite{}, feature.ErrBadRequest.With("An invitation lives at most 365 days and is used at most %d times.", maxUses)
	}
	by := feature.ActorOf(ctx).Account
	k, keyed := feature.KeyOf(ctx)
	var out Invite
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.inviting(tx, by, req.Conversation)
		if err != nil {
			return err
		}
		if !mayAdd(c.State, by) {
			return feature.ErrRole(min(c.State.Policy().Add, membership.Admin), "let others in")
		}
		links, err := s.all(tx, c.Log)
		if err != nil {
			return err
		}
		if keyed {
			if again, known, err := s.recall(tx, by, k, req, links); known || err != nil {
				out = again
				return err
			}
		}
		if len(links) >= maxLinks {
			return feature.ErrConflict.With("A group has at most %d invitation links; revoke one first.", maxLinks)
		}
		now := s.Now()
		r := row{By: by, Created: uint64(now.UnixMilli()), Max: uint64(req.MaxUses), Approval: req.Approval}
		if req.ExpiresIn > 0 {
			r.Expires = uint64(now.Add(time.Duration(req.ExpiresIn) * time.Second).UnixMilli())
		}
		if _, err := io.ReadFull(s.Random, r.Secret[:]); err != nil {
			return fmt.Errorf("draw the secret of an invitation: %w", err)
		}
		out = s.show(c.Log, r)
		if keyed {
			if err := s.Remember(tx, by, k, c.Log, eventID(idOf(r.Secret[:]))); err != nil {
				return err
			}
		}
		return s.save(tx, c.Log, r)
	})
	return out, err
}

func eventID(id ID) (e protocol.EventID) {
	copy(e[:], id[:])
	return e
}

// recall returns the link that the same call made before.
func (s *slice) recall(tx feature.Tx, by protocol.Account, k feature.Key, req CreateRequest, links []row) (Invite, bool, error) {
	did, known, err := s.Recall(tx, by, k)
	if err != nil || !known {
		return Invite{}, false, err
	}
	for _, r := range links {
		if did.Log == req.Conversation && eventID(idOf(r.Secret[:])) == did.Event && r.Max == uint64(req.MaxUses) && r.Approval == req.Approval {
			return s.show(did.Log, r), true, nil
		}
	}
	return Invite{}, false, feature.ErrKeyMismatch
}

// GroupRequest names a group.
type GroupRequest struct {
	Conversation protocol.Log `path:"conversation"`
}

func (s *slice) list(ctx context.Context, req GroupRequest) (feature.List[Invite], error) {
	by := feature.ActorOf(ctx).Account
	var out feature.List[Invite]
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.inviting(tx, by, req.Conversation)
		if err != nil {
			return err
		}
		links, err := s.all(tx, c.Log)
		for _, r := range links {
			out.Items = append(out.Items, s.show(c.Log, r))
		}
		return err
	})
	return out, err
}

// RevokeRequest names a link.
type RevokeRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Invite       ID           `path:"invite"`
}

func (s *slice) revoke(ctx context.Context, req RevokeRequest) (feature.Nothing, error) {
	by := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.member(tx, by, req.Conversation)
		if err != nil {
			return err
		}
		realm, err := s.Realms.Conversation(tx, c.Log)
		if err != nil {
			return err
		}
		r, err := storage.GetAs[row](tx, realm, key(realm, req.Invite))
		if errors.Is(err, storage.ErrNotFound) {
			return feature.ErrNotFound
		}
		if err != nil {
			return err
		}
		if r.By != by && c.State.Role(by) < membership.Moderator {
			return feature.ErrRole(membership.Moderator, "revoke the invitations of others")
		}
		tx.Delete(key(realm, req.Invite))
		return nil
	})
}

// mayAdd tells whether a member may add others, whether or not there is room.
func mayAdd(state *membership.State, who protocol.Account) bool {
	role := state.Role(who)
	return role >= membership.Admin || role > 0 && role >= state.Policy().Add
}
