// Package timeline is the one door to the logs of a node: Append for what local accounts say, Ingest and IngestGroup for what
// peers say, Rebuild for making the projections again. All end in the same private steps, which log the event, move the heads
// of the log and run the projections in one transaction.
//
// It promises that an event is logged once, that its place (ord, hlc, id) never changes, that a peer's event is checked
// before the first byte is written, and that an event whose parents are missing is logged with a gap mark and is no parent
// until they came (SPEC.md, events and ids). Of a group it promises that nodes which hold the same operations and events show
// the same: what lies outside of a fence is kept, named as a parent and handed on like all else, and not shown (SPEC.md,
// membership, messages and fences). It refuses what a guard or a rule refuses. It knows no network, sessions or chains.
//
// A Timeline is safe for concurrent use; everything that takes a transaction runs inside that transaction.
package timeline

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Keys are what the timeline needs of the keyring.
type Keys interface {
	feature.Realms
	// NewConversation makes the key of a log and gives it to local accounts, which must be unlocked.
	NewConversation(tx feature.Tx, log protocol.Log, local []protocol.Account) error
	// Logs lists the logs whose key an account holds.
	Logs(tx feature.Tx, account protocol.Account) ([]protocol.Log, error)
	// Device returns the keys of an unlocked account's device here.
	Device(account protocol.Account) (feature.Device, error)
}

// Outbox takes events that local accounts appended.
type Outbox interface {
	Enqueue(tx feature.Tx, c feature.Conversation, e *protocol.Event) error
	// EnqueueGroup takes an event of a group as it was sealed, once, for all members.
	EnqueueGroup(tx feature.Tx, c feature.Conversation, e *protocol.Event, inner []byte) error
}

// Config is what a Timeline is made of.
type Config struct {
	Store    *storage.Store
	Registry *feature.Registry
	Keys     Keys
	Local    func(feature.Tx, protocol.Account) bool
	Groups   Groups // nil: there are direct logs only
	Outbox   Outbox
	// Logged, unless nil, is told after each commit of an event of a group, and whether a parent of it is missing here.
	Logged func(log protocol.Log, id protocol.EventID, gap bool)
	Clock  *protocol.Clock
	Now    func() time.Time
	Random io.Reader
	Logger *slog.Logger
}

// Timeline is the door. See the package comment.
type Timeline struct {
	Config
	follow *follower
	fed    bells
	ranks  rankings
	talks  *lru.Cache[protocol.Log, feature.Conversation] // what was committed and never changes: of a group, that it is one
}

// cachedTalks is how many descriptions are kept in memory.
const cachedTalks = 4096

// New returns a timeline.
func New(c Config) *Timeline {
	talks, err := lru.New[protocol.Log, feature.Conversation](cachedTalks)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Timeline{Config: c, follow: newFollower(c.Registry), talks: talks, ranks: rankings{logs: map[storage.Key]*ranked{}}}
}

// Errors of Ingest and IngestGroup. Each means that nothing was written.
var (
	ErrDuplicate = errors.New("the event is logged already")
	ErrRefused   = errors.New("the event is refused")
)

// OpenDirect implements feature.Timeline.
func (t *Timeline) OpenDirect(tx feature.Tx, local, other protocol.Account) (feature.Conversation, error) {
	if local == other {
		return feature.Conversation{}, feature.ErrConflict.With("A direct conversation has two people.")
	}
	log := protocol.DirectLog(local, other)
	// A log that nobody here holds a key of looks locked; making its key fails the same way where an account truly is.
	if c, err := t.Conversation(tx, log); err == nil || !errors.Is(err, feature.ErrNotFound) && !errors.Is(err, feature.ErrLocked) {
		return c, err
	}
	c := feature.Conversation{Log: log, Kind: "direct", Members: []protocol.Account{local, other}}
	here := []protocol.Account{local}
	if t.Local(tx, other) {
		here = append(here, other)
	}
	if err := t.Keys.NewConversation(tx, log, here); err != nil {
		return feature.Conversation{}, fmt.Errorf("make the key of a conversation: %w", err)
	}
	realm, err := t.Keys.Conversation(tx, log)
	if err != nil {
		return feature.Conversation{}, err
	}
	return c, storage.PutAs(tx, realm, realm.Key(storage.Describe), description{Kind: c.Kind, Members: c.Members})
}

type description struct {
	Kind    string             `cbor:"0,keyasint"`
	Members []protocol.Account `cbor:"1,keyasint"`
}

// Conversation implements feature.Timeline.
func (t *Timeline) Conversation(tx feature.Tx, log protocol.Log) (feature.Conversation, error) {
	realm, err := t.Keys.Conversation(tx, log)
	if err != nil {
		return feature.Conversation{}, err
	}
	if c, ok := t.talks.Get(log); ok && !c.Group() {
		return c, nil
	} else if ok {
		return t.group(tx, log)
	}
	d, err := storage.GetAs[description](tx, realm, realm.Key(storage.Describe))
	if errors.Is(err, storage.ErrNotFound) {
		return t.group(tx, log)
	}
	if err != nil {
		return feature.Conversation{}, err
	}
	c := feature.Conversation{Log: log, Kind: d.Kind, Members: d.Members}
	if keep := func() { t.talks.Add(log, c) }; tx.Writable() {
		tx.OnCommit(keep)
	} else {
		keep()
	}
	return c, nil
}

// Logs implements feature.Timeline.
func (t *Timeline) Logs(tx feature.Tx, account protocol.Account) ([]protocol.Log, error) {
	return t.Keys.Logs(tx, account)
}

// Append implements feature.Timeline.
func (t *Timeline) Append(tx feature.Tx, d feature.Draft) (*protocol.Event, error) {
	c, err := t.Conversation(tx, d.Log)
	if err != nil {
		return nil, err
	}
	if !c.Has(d.Author) {
		return nil, feature.ErrNotFound
	}
	body, err := event.Encode(d.Body)
	if err != nil {
		return nil, err
	}
	device, err := t.Keys.Device(d.Author)
	if err != nil {
		return nil, err
	}
	b, err := t.book(tx, d.Log)
	if err != nil {
		return nil, err
	}
	parents, ord := b.next()
	h := protocol.Header{Log: d.Log, Kind: d.Body.Kind(), Author: d.Author, Device: device.ID, Ord: ord, HLC: t.Clock.Next(), Parents: parents}
	if c.Group() {
		if h.Heads, err = t.heads(tx, d.Log); err != nil {
			return nil, err
		}
	}
	e, err := protocol.NewEvent(t.Random, h, body)
	if err != nil {
		return nil, err
	}
	if err := t.Registry.Check(e); err != nil {
		return nil, err
	}
	if c.Group() {
		return e, t.appendGroup(b, c, e)
	}
	if err := t.commit(b, feature.Entry{Event: e, Received: t.Now()}, true, 0); err != nil {
		return nil, err
	}
	return e, t.Outbox.Enqueue(tx, c, e)
}

// Ingest logs an event that came from a device of its author, over a session with that device: the caller has checked that
// author and device of the header are those of the session. ErrDuplicate and ErrRefused leave the transaction as it was.
func (t *Timeline) Ingest(tx feature.Tx, c feature.Conversation, e *protocol.Event) error {
	if e.Log != c.Log || !c.Has(e.Author) {
		return fmt.Errorf("%w: its author does not take part in its log", ErrRefused)
	}
	b, err := t.book(tx, c.Log)
	if err != nil {
		return err
	}
	if err := b.fresh(e.ID); err != nil {
		return err
	}
	if err := t.check(e); err != nil {
		return err
	}
	return t.take(b, feature.Entry{Event: e}, 0)
}

// take logs a peer's event that was found good, with flags. ErrRefused, because of its order, leaves the transaction as it was.
func (t *Timeline) take(b *book, entry feature.Entry, flags uint64) error {
	missing, err := b.admit(entry.Event)
	if err != nil {
		return err
	}
	if err := b.wait(entry.Event, missing); err != nil {
		return err
	}
	t.Clock.Observe(entry.HLC)
	entry.Received, entry.Gap = t.Now(), len(missing) > 0
	if entry.Event, err = t.left(b.tx, entry); err != nil {
		return err
	}
	if err := t.commit(b, entry, false, flags); err != nil {
		return err
	}
	void, err := b.fill(entry.Event)
	if err != nil {
		return err
	}
	for _, entry := range void {
		if err := t.withdraw(b.tx, entry); err != nil {
			return err
		}
	}
	return nil
}

// IngestDirect is Ingest for the direct conversation of a local account with the author, which is opened by the first event
// that is good.
func (t *Timeline) IngestDirect(tx feature.Tx, local protocol.Account, e *protocol.Event) error {
	c, err := t.Conversation(tx, protocol.DirectLog(local, e.Author))
	if errors.Is(err, feature.ErrNotFound) {
		if err := t.check(e); err != nil {
			return err
		}
		if e.Ord > protocol.MaxOrdJump {
			return fmt.Errorf("%w: order %d in a new log", ErrRefused, e.Ord)
		}
		c, err = t.OpenDirect(tx, local, e.Author)
	}
	if err != nil {
		return err
	}
	return t.Ingest(tx, c, e)
}

// check asks the guards. An erased event has nothing to guard.
func (t *Timeline) check(e *protocol.Event) error {
	if e.Erased() {
		return nil
	}
	if err := t.Registry.Check(e); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

// commit is the step that all events pass; own says whose event it is.
func (t *Timeline) commit(b *book, entry feature.Entry, own bool, flags uint64) error {
	if err := b.write(entry, own, flags); err != nil {
		return fmt.Errorf("log an event: %w", err)
	}
	if err := t.rank(b, entry); err != nil {
		return fmt.Errorf("number an event: %w", err)
	}
	if entry.Stamp != nil && t.Logged != nil {
		b.tx.OnCommit(func() { t.Logged(entry.Log, entry.ID, entry.Gap) })
	}
	if flags&flagHidden != 0 {
		return nil
	}
	return t.publish(b.tx, entry)
}

// publish has an event that is shown from now on projected and followed.
func (t *Timeline) publish(tx feature.Tx, entry feature.Entry) error {
	if err := t.Registry.Apply(tx, entry); err != nil {
		return err
	}
	tx.OnCommit(func() { t.follow.add(told{Entry: entry}) })
	return t.feed(tx, entry.Event)
}

// withdraw has the projections of an event that is not shown any more taken back.
func (t *Timeline) withdraw(tx feature.Tx, entry feature.Entry) error {
	if err := t.Registry.Withdraw(tx, entry); err != nil {
		return err
	}
	tx.OnCommit(func() { t.follow.add(told{Entry: entry, hidden: true}) })
	return nil
}
