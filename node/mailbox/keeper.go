// Package mailbox lets nodes keep blobs for one another, so that two people who are never online at the same time can talk
// (SPEC.md, mailboxes).
//
// It has three parts, and a node may be all of them: the Keeper takes blobs for queues that other nodes registered, and hands
// them over when their owner is connected; the Owner asks nodes to keep blobs for its accounts; Guests carry deposits to
// keepers without saying whose they are.
//
// The Keeper promises that what it answered "stored" is durable until its owner took it or 30 days have passed, that blobs of a queue
// come in the order in which they were put, and that nobody uses more of it than its bounds. It learns queues,
// sizes, times and the owner's peer id; it refuses to learn who sent a blob, and cannot open one.
package mailbox

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"sync"
	"time"

	"conclave/crypto/canon"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Bounds of a keeper (SPEC.md, mailboxes). Sizes are bytes.
const (
	MaxBytes  = 64 << 20 // of an owner
	MaxQueues = 4096     // of an owner
	MaxOwners = 1000
	MaxBlobs  = 16_384 // in a queue

	Keep       = 30 * 24 * time.Hour // a blob
	Registered = 45 * 24 * time.Hour // a queue, after it was last named
)

// Network is what keepers and owners need of the host.
type Network interface {
	ID() net.PeerID
	Connect(context.Context, net.PeerID, []string) error
	Connected(net.PeerID) bool
	Lane(context.Context, net.PeerID) (delivery.Lane, error)
	Request(ctx context.Context, to net.PeerID, kind string, body []byte) ([]byte, error)
}

// KeeperConfig is what a Keeper is made of.
type KeeperConfig struct {
	Store   *storage.Store
	Realm   *storage.Realm // the node's
	Network Network
	Mode    Mode // what Accepts goes by; told to the node's owner
	// Accepts tells whether to keep blobs for a node. feature.ErrLocked means that this cannot be told now.
	Accepts func(tx feature.Tx, peer string) (bool, error)
	// Local tells whether a queue is of this node itself.
	Local  func(feature.Tx, protocol.Queue) (bool, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Keeper keeps blobs for other nodes. See the package comment. It is safe for concurrent use.
type Keeper struct {
	KeeperConfig
	takings takings

	mu       sync.Mutex
	boxes    int // queues that are registered: 0 spares the look into the store
	counted  bool
	carriers map[net.PeerID]chan struct{} // wakes the goroutine that hands over to a node
	spawn    func(net.PeerID)             // nil while the keeper does not run
	hour     time.Time                    // since when intros counts
	intros   map[net.PeerID]int           // blobs to intro queues, by sender
}

// NewKeeper returns a keeper that takes blobs; Run hands them over.
func NewKeeper(c KeeperConfig) *Keeper {
	return &Keeper{KeeperConfig: c, carriers: map[net.PeerID]chan struct{}{}}
}

// owner is what a node has here.
type owner struct {
	Peer    string `cbor:"0,keyasint"`
	Queues  uint64 `cbor:"1,keyasint"`
	Bytes   uint64 `cbor:"2,keyasint"`
	Persons uint64 `cbor:"3,keyasint,omitempty"`
}

// box is a queue that is kept for.
type box struct {
	Queue   protocol.Queue   `cbor:"0,keyasint"`
	Owner   string           `cbor:"1,keyasint"`
	Token   [32]byte         `cbor:"2,keyasint"` // its hash
	Until   uint64           `cbor:"3,keyasint"` // Unix milliseconds
	Blobs   uint64           `cbor:"4,keyasint"`
	Next    uint64           `cbor:"5,keyasint"`           // place of the next blob
	Intro   bool             `cbor:"6,keyasint,omitempty"` // of an account, for first messages
	Account protocol.Account `cbor:"7,keyasint,omitempty"` // whose intro queue it is
}

// entry is where a kept blob lies.
type entry struct {
	Queue protocol.Queue `cbor:"0,keyasint"`
	Seq   uint64         `cbor:"1,keyasint"`
	Size  uint64         `cbor:"2,keyasint"`
	At    uint64         `cbor:"3,keyasint"` // Unix milliseconds
}

// TokenHash is what a keeper knows of a queue's token.
func TokenHash(token [16]byte) [32]byte { return canon.Hash("mailbox-token", token[:]) }

func (k *Keeper) ownerKey(peer string) storage.Key {
	return k.Realm.Key(storage.MailboxOwners, storage.H([]byte(peer)))
}

func (k *Keeper) ownedKey(peer string, q protocol.Queue) storage.Key {
	return k.Realm.Key(storage.MailboxOwners, storage.H([]byte(peer)), storage.H(q[:]))
}

func (k *Keeper) boxKey(q protocol.Queue) storage.Key {
	return k.Realm.Key(storage.MailboxQueues, storage.H(q[:]))
}

func (k *Keeper) blobs(q protocol.Queue) storage.Key {
	return k.Realm.Key(storage.Mailbox, storage.H(q[:]))
}

func (k *Keeper) blobKey(q protocol.Queue, seq uint64) storage.Key {
	return k.Realm.Key(storage.Mailbox, storage.H(q[:]), storage.U64(seq))
}

func (k *Keeper) indexKey(q protocol.Queue, blob []byte) storage.Key {
	id := protocol.EnvelopeIDOf(blob)
	return k.Realm.Key(storage.MailboxIndex, storage.H(q[:], id[:]))
}

// find loads a row; ok is false where there is none.
func find[T any](tx feature.Tx, r *storage.Realm, key storage.Key) (v T, ok bool, err error) {
	v, err = storage.GetAs[T](tx, r, key)
	if errors.Is(err, storage.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// empty tells whether no queue is registered here, without a look into the store where that is known.
func (k *Keeper) empty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.counted {
		n := 0
		err := k.Store.View(func(tx feature.Tx) error {
			return tx.Scan(k.Realm, k.Realm.Key(storage.MailboxQueues), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
				n++
				return true, nil
			})
		})
		if err != nil {
			return false
		}
		k.boxes, k.counted = n, true
	}
	return k.boxes == 0
}

// count notes after the commit that there are more or fewer queues.
func (k *Keeper) count(tx feature.Tx, n int) {
	tx.OnCommit(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.boxes += n
	})
}

// fits tells whether a deposit's token is that of the queue.
func (b box) fits(token net.Token) bool {
	hash := TokenHash(token)
	return subtle.ConstantTimeCompare(hash[:], b.Token[:]) == 1
}
