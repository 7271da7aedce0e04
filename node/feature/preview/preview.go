// Package preview is the slice of previews of links: who wants them, making one for who writes, and showing those that came with a
// message.
//
// It promises that a page of the web is asked by the node of the person who writes only, when that person wants previews and the owner of the
// node allows them; who reads a message asks nobody. Nobody gets previews without having been asked once.
package preview

import (
	"context"
	"errors"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "preview", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Annotate(h, "preview", s.shown)
		feature.Handle(h, "preview.make", "POST /api/v1/previews",
			"Look at a page of the web for a preview of its link. This node asks that page; nobody else does.", s.make, feature.Limited(feature.BucketPreviews))
		feature.Handle(h, "preview.choice", "GET /api/v1/me/previews", "Tell whether the caller wants previews of links.", s.choice)
		feature.Handle(h, "preview.choose", "PUT /api/v1/me/previews", "Say whether the caller wants previews of links.", s.choose)
		feature.Handle(h, "preview.allow", "PUT /api/v1/admin/previews", "Allow previews of links on this node, or forbid them.", s.allow, feature.ForOwner)
	}}
}

type slice struct{ *feature.Host }

// Refusals.
var (
	ErrOff  = &feature.Error{Status: 403, Code: "previews_off", Detail: "Previews of links are off."}
	ErrNone = &feature.Error{Status: 404, Code: "no_preview", Detail: "There is no preview of this address."}
)

// MakeRequest names a page.
type MakeRequest struct {
	URL string `json:"url" required:"true" maxLength:"2048"`
}

func (s *slice) make(ctx context.Context, req MakeRequest) (feature.LinkPreview, error) {
	c, err := s.choice(ctx, feature.Nothing{})
	switch {
	case err != nil:
		return feature.LinkPreview{}, err
	case c.Mode != On || !c.Allowed:
		return feature.LinkPreview{}, ErrOff
	}
	p, err := s.Previews.Preview(ctx, req.URL)
	if err != nil {
		return feature.LinkPreview{}, ErrNone // why is nobody's business: it would tell what stands in the node's own network
	}
	return feature.ShowPreview(p), nil
}

// Mode is whether somebody wants previews.
type Mode string

// Modes. The zero value is that of who was not asked yet.
const (
	Ask Mode = "ask"
	On  Mode = "on"
	Off Mode = "off"
)

// Choice is whether the caller gets previews.
type Choice struct {
	Mode    Mode `json:"mode" enum:"ask,on,off" doc:"ask: the caller did not say yet, and gets none"`
	Allowed bool `json:"allowed" doc:"the owner of the node allows them"`
}

func (s *slice) choice(ctx context.Context, _ feature.Nothing) (Choice, error) {
	out := Choice{Mode: Ask, Allowed: true}
	return out, s.Store.View(func(tx feature.Tx) error {
		node := s.Realms.Node()
		if said, err := read(tx, node); err != nil {
			return err
		} else if said == Off {
			out.Allowed = false
		}
		realm, err := s.Realms.Account(feature.ActorOf(ctx).Account)
		if err != nil {
			return err
		}
		said, err := read(tx, realm)
		if said != "" {
			out.Mode = said
		}
		return err
	})
}

// ChooseRequest says whether the caller wants previews.
type ChooseRequest struct {
	Mode Mode `json:"mode" required:"true" enum:"on,off"`
}

func (s *slice) choose(ctx context.Context, req ChooseRequest) (feature.Nothing, error) {
	if req.Mode != On && req.Mode != Off {
		return feature.Nothing{}, feature.ErrBadRequest.With("The mode is on or off.")
	}
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(feature.ActorOf(ctx).Account)
		if err != nil {
			return err
		}
		return tx.Put(realm, key(realm), []byte(req.Mode))
	})
}

// AllowRequest says whether there are previews on this node.
type AllowRequest struct {
	Allowed bool `json:"allowed" required:"true"`
}

func (s *slice) allow(ctx context.Context, req AllowRequest) (feature.Nothing, error) {
	mode := On
	if !req.Allowed {
		mode = Off
	}
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		realm := s.Realms.Node()
		return tx.Put(realm, key(realm), []byte(mode))
	})
}

func key(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("previews")))
}

func read(tx feature.Tx, realm *storage.Realm) (Mode, error) {
	raw, err := tx.Get(realm, key(realm))
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return Mode(raw), err
}

// bare is how the body of a message begins that has a text and nothing else.
const bare = 0xa1

// shown gives the preview that came with a message, while its address stands in the text.
func (s *slice) shown(tx feature.Tx, _ protocol.Account, e feature.Entry) (*feature.LinkPreview, error) {
	if e.Kind != (event.MessageSent{}).Kind() || e.Erased() || len(e.Body) == 0 || e.Body[0] == bare {
		return nil, nil
	}
	body, err := event.Decode[event.MessageSent](e.Body)
	if err != nil || body.Preview == nil {
		return nil, err
	}
	text, err := s.TextOf(tx, e)
	if err != nil || !strings.Contains(text, body.Preview.URL) {
		return nil, err
	}
	out := feature.ShowPreview(*body.Preview)
	return &out, nil
}
