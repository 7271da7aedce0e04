// Package chains seals the messages of local accounts for the members of their groups, opens those of others, and keeps
// track of which node holds which key (SPEC.md, groups, chains and messages).
//
// It promises that a chain is given only to nodes that host a member, by each from its own next message on; that it is
// replaced before the next message when a device that could have it is no member's any more; that a chain of another is taken only from
// the device that it is of; and that of two things signed under one number the second is refused and kept as evidence. It does
// not know who is a member: Views do.
//
// Everything runs inside the caller's transaction. Chains are safe for concurrent use.
package chains

import (
	"errors"
	"io"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/storage"
)

// View is a membership as a message names it.
type View struct {
	ID      [32]byte // another one for other operations
	Log     protocol.Log
	MHead   [32]byte           // of the heads that a message names
	Ended   [32]byte           // another one when another membership has ended
	Members []protocol.Account // sorted
}

// Views are the memberships of the groups that are here.
type Views interface {
	// Here returns nil for a group that is here, feature.ErrNotFound for none.
	Here(feature.Tx, protocol.Log) error
	// View returns the present membership.
	View(feature.Tx, protocol.Log) (View, error)
	// Knows returns nil where all heads are here, else timeline.ErrBehind.
	Knows(feature.Tx, protocol.Log, []protocol.EventID) error
}

// Config is what Chains are made of.
type Config struct {
	Keys       *keyring.Keyring
	Identities signer.Identities
	Views      Views
	Self       string // peer id of this node
	Now        func() time.Time
	Random     io.Reader
}

// Chains are the chains of a node's groups. See the package comment.
type Chains struct {
	config
	audiences *lru.Cache[protocol.Log, *audience] // compared with what they were made of at every use
}

type config = Config

// cachedAudiences is how many groups' audiences are kept in memory.
const cachedAudiences = 256

// New returns Chains.
func New(c Config) *Chains {
	audiences, err := lru.New[protocol.Log, *audience](cachedAudiences)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Chains{config: c, audiences: audiences}
}

// Kinds of rows of the Groups table in the node's realm. Others belong to package group.
const (
	kindHandout = 2
	kindHolder  = 3
)

func (g *Chains) node() *storage.Realm { return g.Keys.Node() }

func (g *Chains) wall() uint64 { return uint64(g.Now().UnixMilli()) }

var (
	// ErrNoChain means that the key of a message's chain is not here: it waits with its sender.
	ErrNoChain = errors.New("the chain of the group message is not here")
	// ErrForged means that something is not what its author's device signed, or that the device signed two things in one place.
	// Of the latter the evidence is in the transaction, which is to be committed.
	ErrForged = errors.New("not what its author signed")
	// ErrReplay means that this very message was opened before.
	ErrReplay = errors.New("the group message was opened before")
	// ErrUnreadable means that a message is its author's but can never be opened with what is here: it was sent before the key
	// that this node was given.
	ErrUnreadable = errors.New("the group message cannot be opened here")
)
