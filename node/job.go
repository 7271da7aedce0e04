package node

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// accounts are those that were unlocked here since the start.
type accounts struct {
	mu  sync.Mutex
	set map[protocol.Account]bool
}

func (a *accounts) add(acct protocol.Account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.set == nil {
		a.set = map[protocol.Account]bool{}
	}
	a.set[acct] = true
}

func (a *accounts) all() []protocol.Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]protocol.Account, 0, len(a.set))
	for acct := range a.set {
		out = append(out, acct)
	}
	return out
}

// each calls fn for every unlocked account, until one fails.
func (n *Node) each(ctx context.Context, fn func(context.Context, protocol.Account) error) error {
	for _, a := range n.stocked.all() {
		if !n.keys.Unlocked(a) {
			continue
		}
		if err := fn(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// stock makes the prekeys that an unlocked account lacks.
func (n *Node) stock(ctx context.Context, a protocol.Account) error {
	n.stocked.add(a)
	return n.store.Update(ctx, func(tx feature.Tx) error { return n.sessions.Stock(tx, a) })
}

// jobs is the repeated work of the node's own parts.
func (n *Node) jobs() []feature.Job {
	return []feature.Job{
		{Name: "delivery.expire", Every: time.Hour, Run: n.delivery.Expire},
		{Name: "mailbox.expire", Every: time.Hour, Run: n.keeper.Expire},
		{Name: "session.stock", Every: time.Hour, Run: func(ctx context.Context) error { return n.each(ctx, n.stock) }},
		{Name: "session.expire", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
			return n.each(ctx, func(ctx context.Context, a protocol.Account) error {
				return n.store.Update(ctx, func(tx feature.Tx) error { return n.sessions.Expire(tx, a) })
			})
		}},
		{Name: "group.expire", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
			return n.store.Update(storage.Freeing(ctx), n.groups.Expire)
		}},
		{Name: "gossip.expire", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
			return n.store.Update(storage.Freeing(ctx), n.gossip.Expire)
		}},
		{Name: "identity.renew", Every: time.Hour, Run: func(ctx context.Context) error { return n.each(ctx, n.prolong) }},
		{Name: "keyring.shred", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
			return n.keys.Shred().Rotate(ctx, n.store, storage.Sessions, storage.PrekeySecrets, storage.Chains)
		}},
		{Name: "store.flatten", Every: 7 * 24 * time.Hour, Run: func(context.Context) error { return n.store.Flatten() }},
	}
}

func (n *Node) once(ctx context.Context, job feature.Job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			n.config.Logger.Error("a job panicked", "job", job.Name, "value", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
		}
	}()
	return job.Run(ctx)
}

// prolong signs the next entry of identity logs that would expire, so that new sessions with their accounts stay possible.
func (n *Node) prolong(ctx context.Context, a protocol.Account) error {
	dev, err := n.keys.Device(a)
	if err != nil || dev.AIK == nil {
		return err // without the account's own key it is another device's to do
	}
	return n.store.Update(ctx, func(tx feature.Tx) error {
		log, err := n.directory.Log(tx, a)
		if err != nil || !log.RenewalDue(identity.DeviceID(dev.ID), n.config.Now()) {
			return err
		}
		next := log.Next(n.config.Now())
		return n.directory.Merge(tx, a, []identity.Signed{next.Sign(dev.AIK.Previous())})
	})
}
