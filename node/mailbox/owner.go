package mailbox

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// OwnerConfig is what an Owner is made of.
type OwnerConfig struct {
	Store    *storage.Store
	Realm    *storage.Realm // the node's
	Network  Network
	Sessions interface {
		Pairs(feature.Tx, func(session.Pair) bool) error
		Route(feature.Tx, session.Pair) (session.Route, error)
		Prekeys(feature.Tx, protocol.Account) ([]byte, error)
	}
	Directory interface {
		Locals(feature.Tx) ([]protocol.Account, error)
		Log(feature.Tx, protocol.Account) (*identity.Log, error)
	}
	// Retell has the peers of an account told of its mailboxes.
	Retell func(feature.Tx, protocol.Account) error
	// Default are the mailboxes of accounts that chose none: those of their organisation.
	Default []string
	Now     func() time.Time
	Logger  *slog.Logger
}

// Owner asks other nodes to keep blobs for the accounts of this one. See the package comment. It is safe for concurrent use.
type Owner struct {
	OwnerConfig

	mu      sync.Mutex
	keepers map[net.PeerID]bool // this node asked them, in this run or before
	states  map[asked]state
	ring    chan struct{}
	due     map[protocol.Account]bool // registered anew soon
	busy    map[protocol.Account]bool // being registered
}

// asked is one mailbox of one account.
type asked struct {
	account protocol.Account
	address string
}

// state is how a mailbox answered.
type state struct {
	Word   string
	Reason string
	at     time.Time // when it was asked
}

// Words of a state.
const (
	Asked       = "asked"
	Keeps       = "keeps"
	Refuses     = "refuses"
	Unreachable = "unreachable"
)

// setting is what an account wants, and what its peers are told.
type setting struct {
	Chosen  bool     `cbor:"0,keyasint,omitempty"` // else the default counts
	Wanted  []string `cbor:"1,keyasint,omitempty"`
	Keeping []string `cbor:"2,keyasint,omitempty"` // those that said that they keep
	Left    []string `cbor:"3,keyasint,omitempty"` // no longer wanted, and not told so yet
}

// NewOwner returns an owner; Run registers.
func NewOwner(c OwnerConfig) *Owner {
	return &Owner{OwnerConfig: c, keepers: map[net.PeerID]bool{}, states: map[asked]state{}, ring: make(chan struct{}, 1), due: map[protocol.Account]bool{}}
}

func (o *Owner) key(a protocol.Account) storage.Key {
	return o.Realm.Key(storage.Settings, storage.H([]byte("mailboxes"), a[:]))
}

func (o *Owner) setting(tx feature.Tx, a protocol.Account) (setting, error) {
	s, _, err := find[setting](tx, o.Realm, o.key(a))
	if !s.Chosen {
		s.Wanted = o.Default
	}
	return s, err
}

// Told are the mailboxes of an account, as its peers are told: those that keep.
func (o *Owner) Told(tx feature.Tx, a protocol.Account) ([]string, error) {
	s, err := o.setting(tx, a)
	return s.Keeping, err
}

// Keeps tells whether a node was asked to keep blobs for this one: what it hands over needs no token.
func (o *Owner) Keeps(peer net.PeerID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keepers[peer]
}

// Keepers are the nodes of which Keeps is true.
func (o *Owner) Keepers() []net.PeerID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.keepers))
}

// Renew has an account registered with its mailboxes soon: it got a new queue, or chose others.
func (o *Owner) Renew(a protocol.Account) {
	o.mu.Lock()
	o.due[a] = true
	o.mu.Unlock()
	select {
	case o.ring <- struct{}{}:
	default:
	}
}

// Pending tells whether an account is about to be registered: what its newest queue is, its mailboxes may not know yet.
func (o *Owner) Pending(a protocol.Account) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.due[a] || o.busy[a]
}

// Unlocked has an account registered that was not since the start: a new one, most of all.
func (o *Owner) Unlocked(_ context.Context, a protocol.Account) error {
	o.mu.Lock()
	known := false
	for k := range o.states {
		known = known || k.account == a
	}
	o.mu.Unlock()
	if !known {
		o.Renew(a)
	}
	return nil
}

// When mailboxes are asked again: every day, and sooner where they could not be reached or refused.
const (
	renewEvery = 24 * time.Hour
	retryEvery = time.Minute
	refusedFor = 10 * time.Minute
	gather     = 200 * time.Millisecond // new queues of the same moment go together
)

// Load reads whose mailboxes there are, so that they may hand over as soon as the node listens.
func (o *Owner) Load(context.Context) error {
	return o.Store.View(func(tx feature.Tx) error {
		all, err := o.Directory.Locals(tx)
		if err != nil {
			return err
		}
		for _, a := range all {
			s, err := o.setting(tx, a)
			if err != nil {
				return err
			}
			o.know(s)
			o.due[a] = len(s.Wanted) > 0 || len(s.Left) > 0
		}
		return nil
	})
}

func (o *Owner) know(s setting) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, address := range slices.Concat(s.Wanted, s.Keeping, s.Left) {
		if _, peer, err := ParseAddress(address); err == nil {
			o.keepers[peer] = true
		}
	}
}

// Run keeps the registrations until the context ends.
func (o *Owner) Run(ctx context.Context) error {
	ticker := time.NewTicker(retryEvery / 4)
	defer ticker.Stop()
	for {
		o.mu.Lock()
		due := o.due
		o.due, o.busy = map[protocol.Account]bool{}, due
		o.mu.Unlock()
		for a, is := range due {
			if is {
				o.register(ctx, a)
			}
		}
		o.mu.Lock()
		o.busy = nil
		o.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-o.ring:
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(gather):
			}
		case <-ticker.C:
			o.mu.Lock()
			for k, s := range o.states {
				if wait := s.patience(); o.Now().Sub(s.at) >= wait {
					o.due[k.account] = true
				}
			}
			o.mu.Unlock()
		}
	}
}

func (s state) patience() time.Duration {
	switch s.Word {
	case Keeps:
		return renewEvery
	case Refuses:
		return refusedFor
	}
	return retryEvery
}

// register asks the mailboxes of an account, and takes leave of those that it wants no more.
func (o *Owner) register(ctx context.Context, a protocol.Account) {
	var s setting
	var queues closeRequest
	var open []openRequest
	var self *presentation
	if err := o.Store.View(func(tx feature.Tx) (err error) {
		if s, err = o.setting(tx, a); err != nil || len(s.Wanted)+len(s.Left) == 0 {
			return err
		}
		open, self, queues, err = o.requests(tx, a)
		return err
	}); err != nil {
		o.Logger.Error("read what mailboxes are asked", "err", err)
		return
	}
	for _, address := range s.Wanted {
		o.note(a, address, o.ask(ctx, address, open, self))
	}
	var left []string
	for _, address := range s.Left {
		if err := o.leave(ctx, address, queues); err != nil {
			o.Logger.Debug("leave a mailbox", "err", err)
			if !errors.Is(err, net.ErrRefused) {
				left = append(left, address)
			}
		}
	}
	if err := o.settle(ctx, a, left); err != nil && ctx.Err() == nil {
		o.Logger.Error("note what mailboxes answered", "err", err)
	}
}

// settle writes which mailboxes keep, and has the peers told where that changed.
func (o *Owner) settle(ctx context.Context, a protocol.Account, left []string) error {
	decide := func(tx feature.Tx) (s setting, changed, moved bool, err error) {
		if s, err = o.setting(tx, a); err != nil {
			return s, false, false, err
		}
		var keeping []string
		for _, address := range s.Wanted {
			o.mu.Lock()
			word := o.states[asked{a, address}].Word
			o.mu.Unlock()
			// One that cannot be reached now may still keep; one that refuses does not.
			if word == Keeps || word != Refuses && slices.Contains(s.Keeping, address) {
				keeping = append(keeping, address)
			}
		}
		stay := slices.DeleteFunc(slices.Clone(s.Left), func(x string) bool { return !slices.Contains(left, x) })
		moved = !slices.Equal(keeping, s.Keeping)
		changed = moved || len(stay) != len(s.Left)
		s.Keeping, s.Left = keeping, stay
		return s, changed, moved, nil
	}
	changed := false
	if err := o.Store.View(func(tx feature.Tx) (err error) {
		_, changed, _, err = decide(tx)
		return err
	}); err != nil || !changed {
		return err
	}
	return o.Store.Update(ctx, func(tx feature.Tx) error {
		s, _, moved, err := decide(tx)
		if err != nil {
			return err
		}
		if !s.Chosen {
			s.Wanted = nil // the default may be another one after the next start
		}
		if err := storage.PutAs(tx, o.Realm, o.key(a), s); err != nil || !moved {
			return err
		}
		return o.Retell(tx, a)
	})
}

// note keeps how a mailbox answered.
func (o *Owner) note(a protocol.Account, address string, err error) {
	s := state{Word: Keeps, at: o.Now()}
	switch {
	case errors.Is(err, ErrSelf):
		s.Word, s.Reason = Refuses, "This is the node itself; it needs no mailbox here."
	case errors.Is(err, net.ErrRefused):
		s.Word, s.Reason = Refuses, "The node keeps nothing for this one."
	case errors.Is(err, net.ErrTooMany):
		s.Word, s.Reason = Refuses, "The node has no room."
	case err != nil:
		s.Word, s.Reason = Unreachable, "The node does not answer."
		o.Logger.Debug("ask a mailbox", "err", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.states[asked{a, address}] = s
}
