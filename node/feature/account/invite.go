package account

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/storage"
)

// Invitations: how long by default, at the most, and how many times.
const (
	inviteDefault = 7 * 24 * time.Hour
	inviteLongest = 365 * 24 * time.Hour
	inviteMaxUses = 1000
	maxInvites    = 1000
)

var errInvite = &feature.Error{Status: 403, Code: "invite_invalid", Detail: "This invitation is not valid, used up or expired."}

// invitation lies in the node's realm under the hash of its token.
type invitation struct {
	ID      handle `cbor:"0,keyasint"`
	Created uint64 `cbor:"1,keyasint"`
	Expires uint64 `cbor:"2,keyasint"`
	Max     int    `cbor:"3,keyasint"`
	Used    int    `cbor:"4,keyasint"`
}

func (i invitation) valid(now time.Time) bool {
	return i.Used < i.Max && now.Before(fromMillis(i.Expires))
}

func (s *slice) inviteKey(h handle) storage.Key {
	return s.Realms.Node().Key(storage.Invites, storage.H(h[:]))
}

// loadInvite returns an invitation that can be used now, or errInvite.
func (s *slice) loadInvite(tx feature.Tx, token string) (invitation, error) {
	secret, ok := readSecret(token)
	if !ok {
		return invitation{}, errInvite
	}
	i, err := storage.GetAs[invitation](tx, s.Realms.Node(), s.inviteKey(inviteHandle(secret)))
	if errors.Is(err, storage.ErrNotFound) || err == nil && !i.valid(s.Now()) {
		return invitation{}, errInvite
	}
	return i, err
}

// useInvite counts a use, in the transaction that makes the account.
func (s *slice) useInvite(tx feature.Tx, token string) error {
	i, err := s.loadInvite(tx, token)
	if err != nil {
		return err
	}
	i.Used++
	return storage.PutAs(tx, s.Realms.Node(), s.inviteKey(i.ID), i)
}

// InviteRequest makes an invitation.
type InviteRequest struct {
	ExpiresIn int `json:"expires_in,omitempty" minimum:"0" maximum:"31536000" doc:"seconds; 7 days without"`
	MaxUses   int `json:"max_uses,omitempty" minimum:"0" maximum:"1000" doc:"1 without"`
}

// Invite is an invitation as the owner sees it.
type Invite struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created_at"`
	Expires time.Time `json:"expires_at"`
	MaxUses int       `json:"max_uses"`
	Used    int       `json:"used"`
}

// NewInvite is an invitation with its token, which is shown only once.
type NewInvite struct {
	Invite
	Token string `json:"token"`
	Link  string `json:"link" doc:"begins with / where the node has no public URL"`
}

func (i invitation) shown() Invite {
	return Invite{ID: i.ID.String(), Created: fromMillis(i.Created), Expires: fromMillis(i.Expires), MaxUses: i.Max, Used: i.Used}
}

func (s *slice) invite(ctx context.Context, req InviteRequest) (NewInvite, error) {
	life := time.Duration(req.ExpiresIn) * time.Second
	if req.ExpiresIn < 0 || req.ExpiresIn > int(inviteLongest/time.Second) || req.MaxUses < 0 || req.MaxUses > inviteMaxUses {
		return NewInvite{}, feature.ErrBadRequest.With("An invitation lives at most 365 days and is used at most %d times.", inviteMaxUses)
	}
	if life == 0 {
		life = inviteDefault
	}
	secret, token, err := newSecret(s.Random)
	if err != nil {
		return NewInvite{}, err
	}
	now := s.Now()
	i := invitation{ID: inviteHandle(secret), Created: millis(now), Expires: millis(now.Add(life)), Max: max(req.MaxUses, 1)}
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		all, err := rows[invitation](tx, s.Realms.Node(), storage.Invites)
		if err != nil {
			return err
		}
		if len(all) >= maxInvites {
			return feature.ErrConflict.With("There are %d invitations already; take some back.", len(all))
		}
		return storage.PutAs(tx, s.Realms.Node(), s.inviteKey(i.ID), i)
	})
	return NewInvite{Invite: i.shown(), Token: token, Link: s.Node.Public() + "/join#" + token}, err
}

func (s *slice) invites(context.Context, feature.Nothing) (feature.List[Invite], error) {
	out := feature.List[Invite]{Items: []Invite{}}
	err := s.Store.View(func(tx feature.Tx) error {
		all, err := rows[invitation](tx, s.Realms.Node(), storage.Invites)
		slices.SortFunc(all, func(a, b invitation) int { return cmp.Compare(b.Created, a.Created) })
		for _, i := range all {
			out.Items = append(out.Items, i.shown())
		}
		return err
	})
	return out, err
}

// UninviteRequest names an invitation.
type UninviteRequest struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *slice) uninvite(ctx context.Context, req UninviteRequest) (feature.Nothing, error) {
	id, ok := parseHandle(req.ID)
	if !ok {
		return feature.Nothing{}, feature.ErrNotFound
	}
	return feature.Nothing{}, s.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
		if there, err := tx.Has(s.inviteKey(id)); err != nil || !there {
			return errors.Join(err, feature.ErrNotFound)
		}
		tx.Delete(s.inviteKey(id))
		return nil
	})
}

// forgetInvites deletes invitations that are long past use.
func (s *slice) forgetInvites(tx feature.Tx, now time.Time) error {
	all, err := rows[invitation](tx, s.Realms.Node(), storage.Invites)
	for _, i := range all {
		if now.Sub(fromMillis(i.Expires)) > inviteDefault {
			tx.Delete(s.inviteKey(i.ID))
		}
	}
	return err
}
