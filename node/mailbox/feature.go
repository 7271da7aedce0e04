package mailbox

import (
	"context"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Feature lets accounts see and choose the nodes that keep blobs for them.
func (o *Owner) Feature() feature.Feature {
	return feature.Feature{Name: "mailbox", Install: func(h *feature.Host) {
		feature.Handle(h, "mailbox.list", "GET /api/v1/me/mailboxes", "List the nodes that keep messages for the account while its node is away.", o.list)
		feature.Handle(h, "mailbox.set", "PUT /api/v1/me/mailboxes", "Choose them: at most three, the first choice first; none to have none.", o.set)
	}}
}

// Item is one mailbox of an account.
type Item struct {
	Address string     `json:"address" doc:"multiaddr with /p2p/"`
	Peer    net.PeerID `json:"peer"`
	State   string     `json:"state" enum:"asked,keeps,refuses,unreachable"`
	Reason  string     `json:"reason,omitempty"`
	Default bool       `json:"default" doc:"the account chose none, and the node has this one for all"`
}

// SetRequest chooses mailboxes.
type SetRequest struct {
	Addresses []string `json:"addresses" required:"true" nullable:"false" doc:"multiaddrs with /p2p/, at most three"`
}

func (o *Owner) list(ctx context.Context, _ feature.Nothing) (feature.List[Item], error) {
	return o.items(feature.ActorOf(ctx).Account)
}

func (o *Owner) items(a protocol.Account) (out feature.List[Item], err error) {
	var s setting
	if err := o.Store.View(func(tx feature.Tx) (err error) {
		s, err = o.setting(tx, a)
		return err
	}); err != nil {
		return out, err
	}
	out.Items = []Item{}
	for _, address := range s.Wanted {
		_, peer, err := ParseAddress(address)
		if err != nil {
			return out, err
		}
		o.mu.Lock()
		at := o.states[asked{a, address}]
		o.mu.Unlock()
		item := Item{Address: address, Peer: peer, State: at.Word, Reason: at.Reason, Default: !s.Chosen}
		// One that said that it keeps is told of as keeping once that is written, and in the links and routes of the account.
		if item.State == "" || item.State == Keeps && !slices.Contains(s.Keeping, address) {
			item.State = Asked
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func (o *Owner) set(ctx context.Context, req SetRequest) (out feature.List[Item], err error) {
	a := feature.ActorOf(ctx).Account
	if err := Check(req.Addresses, o.Network.ID()); err != nil {
		return out, feature.ErrBadRequest.With("A mailbox is a multiaddr that ends with /p2p/ and the peer id of another node; at most three count, of different nodes.")
	}
	var s setting
	if err := o.Store.Update(ctx, func(tx feature.Tx) error {
		if s, err = o.setting(tx, a); err != nil {
			return err
		}
		for _, address := range slices.Concat(s.Wanted, s.Keeping) {
			if !slices.Contains(req.Addresses, address) && !slices.Contains(s.Left, address) {
				s.Left = append(s.Left, address)
			}
		}
		s.Left = slices.DeleteFunc(s.Left, func(x string) bool { return slices.Contains(req.Addresses, x) })
		s.Left = s.Left[max(len(s.Left)-maxLeft, 0):]
		was := s.Keeping
		s.Keeping = slices.DeleteFunc(slices.Clone(was), func(x string) bool { return !slices.Contains(req.Addresses, x) })
		s.Chosen, s.Wanted = true, req.Addresses
		if err := storage.PutAs(tx, o.Realm, o.key(a), s); err != nil || len(was) == len(s.Keeping) {
			return err
		}
		return o.Retell(tx, a)
	}); err != nil {
		return out, err
	}
	o.know(s)
	o.mu.Lock()
	for k := range o.states {
		if k.account == a {
			delete(o.states, k)
		}
	}
	o.mu.Unlock()
	o.Renew(a)
	return o.items(a)
}

// maxLeft bounds the mailboxes that are still to be told that they are wanted no more. One that is not told drops what it keeps
// when its time is over.
const maxLeft = 8
