// Package directory knows accounts: their identity logs, verified and pinned, and the addresses of their nodes. It learns them
// from contact links and addresses, serves those of local accounts to other nodes, and asks other nodes in turn.
//
// It promises that what it returns of an account was verified from the genesis entry on, that a newer answer never replaces
// the pinned log by another history, and that a fork is kept as an error until somebody decides (SPEC.md, identity log). A
// node, a name server or a web server can deny an answer, never give a false one. A Directory is safe for concurrent use.
package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Network is what the directory needs of the host.
type Network interface {
	Request(ctx context.Context, to net.PeerID, kind string, body []byte) ([]byte, error)
	Connect(ctx context.Context, to net.PeerID, addrs []string) error
	Connected(to net.PeerID) bool
	OverLoopback(to net.PeerID) bool
	Addrs() []string
}

// Config is what a Directory is made of.
type Config struct {
	Store   *storage.Store
	Realm   *storage.Realm // the node's
	Network Network
	Public  string        // public URL of this node, empty where it has none
	Host    func() string // host part of the addresses of local accounts, empty where there is none
	Now     func() time.Time
	Logger  *slog.Logger
	HTTP    *http.Client // nil: a client of its own

	// Verified is shared by the nodes of one process; nil: the directory has its own.
	Verified *Verified

	// Mailboxes are where blobs for a local account are kept while this node is away, as multiaddrs with /p2p/; nil for none.
	Mailboxes func(feature.Tx, protocol.Account) ([]string, error)
	// Visit asks such a mailbox for the identity log of an account, without saying who asks; nil: nobody is asked.
	Visit func(ctx context.Context, mailbox string, a protocol.Account) ([]identity.Signed, error)
}

// Directory is the address book of the node. See the package comment.
type Directory struct {
	Config
	logs  *lru.Cache[protocol.Account, *identity.Log] // verified; changed by commit hooks only, in the order of commits
	homes *lru.Cache[protocol.Account, bool]          // whether an account is local; changed by commit hooks only, in the order of commits

	mu       sync.Mutex // guards what follows
	handlers map[string]Handler
	saving   map[protocol.Account]bool
	watchers []func(protocol.Account)
	greeters []func(protocol.Account)
}

// Handler answers a request of another node.
type Handler func(ctx context.Context, from string, body []byte) ([]byte, error)

// cachedLogs is how many verified logs are kept in memory.
const cachedLogs = 4096

// Verified is identity logs that were verified, by the hash of the rows that they were restored from. It is safe for concurrent use.
type Verified struct {
	of *lru.Cache[[32]byte, *identity.Log]
}

// NewVerified returns a Verified that holds nothing yet.
func NewVerified() *Verified {
	of, err := lru.New[[32]byte, *identity.Log](cachedLogs)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Verified{of}
}

// New returns a directory.
func New(c Config) *Directory {
	logs, err := lru.New[protocol.Account, *identity.Log](cachedLogs)
	if err != nil {
		panic(err) // only for a size below one
	}
	homes, err := lru.New[protocol.Account, bool](cachedLogs)
	if err != nil {
		panic(err) // the same
	}
	if c.Verified == nil {
		c.Verified = NewVerified()
	}
	if c.HTTP == nil {
		c.HTTP = newClient()
	}
	d := &Directory{Config: c, logs: logs, homes: homes, handlers: map[string]Handler{}, saving: map[protocol.Account]bool{}}
	d.Serve(kindIdentity, d.serveIdentity)
	return d
}

// row is what is kept of an account.
type row struct {
	Records   []identity.Record `cbor:"0,keyasint"`
	Addresses []string          `cbor:"1,keyasint"`
	Address   string            `cbor:"2,keyasint,omitempty"` // name@host, as it was looked up
	Name      string            `cbor:"3,keyasint,omitempty"` // of a local account
	Fork      bool              `cbor:"4,keyasint,omitempty"` // another history was shown: no new sessions
	Secret    []byte            `cbor:"5,keyasint,omitempty"` // of its contact link, which earns one-time keys
	Base      string            `cbor:"6,keyasint,omitempty"` // public URL of its node, as the link had it
	Mailboxes []string          `cbor:"7,keyasint,omitempty"` // of an account of another node
}

func (d *Directory) key(a protocol.Account) storage.Key {
	return d.Realm.Key(storage.Directory, storage.H([]byte("log"), a[:]))
}

func (d *Directory) aliasKey(hash [32]byte) storage.Key {
	return d.Realm.Key(storage.Directory, storage.H([]byte("alias"), hash[:]))
}

func (d *Directory) load(tx feature.Tx, a protocol.Account) (row, error) {
	r, err := storage.GetAs[row](tx, d.Realm, d.key(a))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, feature.ErrNotFound
	}
	return r, err
}

func (d *Directory) save(tx feature.Tx, a protocol.Account, r row) error {
	d.mu.Lock()
	d.saving[a] = true
	d.mu.Unlock()
	tx.OnCommit(func() {
		d.logs.Remove(a)
		d.homes.Remove(a)
		d.mu.Lock()
		delete(d.saving, a)
		d.mu.Unlock()
	})
	return storage.PutAs(tx, d.Realm, d.key(a), r)
}

// changing tells whether a transaction that is not committed changes what is known of an account: the caches do not count then. One that
// failed leaves its mark, which costs time only.
func (d *Directory) changing(a protocol.Account) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.saving[a]
}

// Log returns the verified identity log of an account, feature.ErrNotFound where it is not known here. It must not be changed.
func (d *Directory) Log(tx feature.Tx, a protocol.Account) (*identity.Log, error) {
	if l, ok := d.logs.Get(a); ok && !d.changing(a) {
		return l, nil
	}
	l, err := d.restore(tx, a)
	if err != nil {
		return nil, err
	}
	if tx.Writable() && !d.changing(a) {
		tx.OnCommit(func() { d.logs.Add(a, l) })
	}
	return l, nil
}

// restore verifies the stored log of an account, once for as long as it does not change: most who ask only read, and the
// snapshot of a reader may be older than what logs holds.
func (d *Directory) restore(tx feature.Tx, a protocol.Account) (*identity.Log, error) {
	r, err := d.load(tx, a)
	if err != nil {
		return nil, err
	}
	sum := canon.Hash("records", canon.MustMarshal(r.Records))
	if l, ok := d.Verified.of.Get(sum); ok {
		return l, nil
	}
	l, err := identity.Restore(r.Records)
	if err != nil {
		return nil, fmt.Errorf("verify the stored log of an account: %w", err)
	}
	d.Verified.of.Add(sum, l)
	return l, nil
}

// Publish implements feature.Directory.
func (d *Directory) Publish(tx feature.Tx, a protocol.Account, name protocol.Name, chain []identity.Signed) error {
	l, err := identity.Verify(chain, d.Now())
	if err != nil {
		return fmt.Errorf("publish an identity log: %w", err)
	}
	if protocol.Account(l.Account()) != a {
		return identity.ErrOtherAccount
	}
	if err := tx.Put(d.Realm, d.aliasKey(AliasHash(name)), a[:]); err != nil {
		return err
	}
	return d.save(tx, a, row{Records: l.Records(), Name: string(name)})
}

// Local implements feature.Directory.
func (d *Directory) Local(tx feature.Tx, a protocol.Account) bool {
	if local, ok := d.homes.Get(a); ok && !d.changing(a) {
		return local
	}
	r, err := d.load(tx, a)
	local := r.Name != ""
	if err == nil && tx.Writable() && !d.changing(a) {
		tx.OnCommit(func() { d.homes.Add(a, local) })
	}
	return err == nil && local
}

// Locals lists the accounts of this node.
func (d *Directory) Locals(tx feature.Tx) (out []protocol.Account, err error) {
	err = tx.Scan(d.Realm, d.Realm.Key(storage.Directory), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		var a protocol.Account
		if len(v) != len(a) {
			return true, nil // an identity log; what names have is an id
		}
		copy(a[:], v)
		if d.Local(tx, a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
		return true, nil
	})
	return out, err
}

// AliasHash is what stands in the path under which an account is found by its name.
func AliasHash(n protocol.Name) [32]byte { return canon.Hash("alias", []byte(n)) }

// Merge takes entries of an account that came from outside. A longer log replaces the pinned one only as its continuation; a fork is
// kept and reported as identity.ErrFork.
func (d *Directory) Merge(tx feature.Tx, a protocol.Account, chain []identity.Signed) error {
	r, err := d.load(tx, a)
	switch {
	case errors.Is(err, feature.ErrNotFound):
		l, err := identity.Verify(chain, d.Now())
		if err != nil {
			return err
		}
		if protocol.Account(l.Account()) != a {
			return identity.ErrOtherAccount
		}
		tx.OnCommit(func() { d.introduce(a) })
		return d.save(tx, a, row{Records: l.Records()})
	case err != nil:
		return err
	}
	l, err := identity.Restore(r.Records)
	if err != nil {
		return fmt.Errorf("verify the stored log of an account: %w", err)
	}
	change, err := l.Merge(chain, d.Now())
	if errors.Is(err, identity.ErrFork) && !r.Fork {
		r.Fork = true
		tx.OnCommit(func() { d.tell(a) })
		return errors.Join(err, d.save(tx, a, r))
	}
	if err != nil || change == identity.Unchanged {
		return err
	}
	r.Records = l.Records()
	tx.OnCommit(func() { d.tell(a) })
	return d.save(tx, a, r)
}

// OnChange implements feature.Directory.
func (d *Directory) OnChange(fn func(protocol.Account)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers = append(d.watchers, fn)
}

func (d *Directory) tell(a protocol.Account) {
	d.mu.Lock()
	watchers := slices.Clone(d.watchers)
	d.mu.Unlock()
	for _, fn := range watchers {
		fn(a)
	}
}

// OnMet registers what is called, after the commit, with each account whose identity log came from outside and was not here before. It
// must not block.
func (d *Directory) OnMet(fn func(protocol.Account)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.greeters = append(d.greeters, fn)
}

func (d *Directory) introduce(a protocol.Account) {
	d.mu.Lock()
	greeters := slices.Clone(d.greeters)
	d.mu.Unlock()
	for _, fn := range greeters {
		fn(a)
	}
}

// Forked tells whether two histories of an account were seen: nothing is sent to it until somebody decides.
func (d *Directory) Forked(tx feature.Tx, a protocol.Account) bool {
	r, err := d.load(tx, a)
	return err == nil && r.Fork
}

// Found describes what is known of an account.
func (d *Directory) Found(tx feature.Tx, a protocol.Account) (feature.Found, error) {
	r, err := d.load(tx, a)
	if err != nil {
		return feature.Found{}, err
	}
	return feature.Found{Account: a, Name: r.Name, Address: protocol.Address(r.Address)}, nil
}

// SetAddresses keeps where the node of an account is found.
func (d *Directory) SetAddresses(tx feature.Tx, a protocol.Account, addrs []string) error {
	r, err := d.load(tx, a)
	if err != nil {
		return err
	}
	if len(addrs) == 0 || equal(r.Addresses, addrs) {
		return nil
	}
	r.Addresses = addrs
	return d.save(tx, a, r)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// LocalAddress implements feature.Directory.
func (d *Directory) LocalAddress(n protocol.Name) protocol.Address {
	return protocol.NewAddress(n, d.Host())
}

// LinkRoute implements feature.Directory.
func (d *Directory) LinkRoute() (base string, addrs []string) {
	if d.Public != "" {
		return d.Public, nil
	}
	all := d.Network.Addrs()
	return "", all[:min(len(all), protocol.MaxAddresses)]
}

// LinkFor implements feature.Directory.
func (d *Directory) LinkFor(tx feature.Tx, a protocol.Account) (base string, addrs []string, err error) {
	base, addrs = d.LinkRoute()
	if d.Mailboxes == nil {
		return base, addrs, nil
	}
	mailboxes, err := d.Mailboxes(tx, a)
	room := max(protocol.MaxAddresses-len(mailboxes), 0)
	return base, slices.Concat(addrs[:min(len(addrs), room)], mailboxes), err
}

// Preview returns the log of an account as Merge of entries would leave it, and changes nothing.
func (d *Directory) Preview(tx feature.Tx, a protocol.Account, chain []identity.Signed) (*identity.Log, error) {
	r, err := d.load(tx, a)
	var l *identity.Log
	switch {
	case errors.Is(err, feature.ErrNotFound):
		l, err = identity.Verify(chain, d.Now())
	case err == nil:
		if l, err = identity.Restore(r.Records); err == nil {
			_, err = l.Merge(chain, d.Now())
		}
	}
	if err != nil {
		return nil, err
	}
	if protocol.Account(l.Account()) != a {
		return nil, identity.ErrOtherAccount
	}
	return l, nil
}

// Secret returns the secret of the contact link by which an account was learnt, nil where it was not.
func (d *Directory) Secret(tx feature.Tx, a protocol.Account) []byte {
	r, err := d.load(tx, a)
	if err != nil {
		return nil
	}
	return r.Secret
}
