package protocol

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
)

// Blob kinds: the first byte of what is put into a queue (SPEC.md, envelopes).
const (
	BlobPrekey  = 0x00
	BlobSession = 0x01
	BlobGroup   = 0x02
	BlobCopies  = 0x03
)

// ItemKind says what an item of a sealed message is.
type ItemKind uint64

// Items. An unknown kind is passed over, so that a newer peer can add one.
const (
	ItemEvent   ItemKind = 1  // an encoded event
	ItemReceipt ItemKind = 2  // a Receipt
	ItemRoutes  ItemKind = 3  // a Routes
	ItemRetry   ItemKind = 4  // a Retry
	ItemSignal  ItemKind = 5  // a Signal
	ItemWelcome ItemKind = 6  // a Welcome
	ItemChain   ItemKind = 7  // a key distribution of a sending chain (package group)
	ItemTopic   ItemKind = 8  // a TopicSecret
	ItemGroup   ItemKind = 9  // a GroupPut, for a node that cannot be reached directly
	ItemGossip  ItemKind = 10 // a GossipHost
	ItemBrief   ItemKind = 11 // a Brief
)

// Item is one part of what a session message carries.
type Item struct {
	_    struct{} `cbor:",toarray"`
	Kind ItemKind
	Data []byte
}

// ErrContent means that an opened message is not a valid list of items.
var ErrContent = errors.New("not a valid content")

// EncodeContent joins items into the payload of a session message; no items make the empty message that confirms a session.
func EncodeContent(items ...Item) []byte {
	if items == nil {
		items = []Item{}
	}
	return canon.MustMarshal(items)
}

// DecodeContent reads the payload of a session message.
func DecodeContent(b []byte) ([]Item, error) {
	items, err := canon.Unmarshal[[]Item](b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if len(items) > MaxItems {
		return nil, fmt.Errorf("%w: %d items", ErrContent, len(items))
	}
	return items, nil
}

// Receipt is a cursor: how far an account got in a log. Newest wins; it is neither an event nor a signal.
type Receipt struct {
	Log       Log     `cbor:"0,keyasint"`
	Account   Account `cbor:"1,keyasint"`
	Delivered *Place  `cbor:"2,keyasint,omitempty"`
	Read      *Place  `cbor:"3,keyasint,omitempty"`
	At        uint64  `cbor:"4,keyasint"` // wall time, Unix milliseconds
	// Envelopes came through a mailbox: of those the sender was told only that they are kept there.
	Envelopes []EnvelopeID `cbor:"5,keyasint,omitempty"`
}

// MaxEnvelopes bounds the envelopes of a receipt.
const MaxEnvelopes = 64

// Routes tells a peer device where to put its next blobs, and at which addresses the node is found.
type Routes struct {
	Queue     Queue    `cbor:"0,keyasint"`
	Token     [16]byte `cbor:"1,keyasint"`
	Addresses []string `cbor:"2,keyasint"`
	Mailboxes []string `cbor:"3,keyasint,omitempty"` // multiaddrs with /p2p/ of nodes that keep blobs while this one is away, the first choice first
}

// Retry asks the peer to seal again what could not be opened. It travels inside a fresh session only.
type Retry struct {
	Envelope EnvelopeID `cbor:"0,keyasint"`
	Reason   uint64     `cbor:"1,keyasint"`
}

// Signal is a passing fact: sent, never logged.
type Signal struct {
	Log  Log    `cbor:"0,keyasint"`
	Kind string `cbor:"1,keyasint"`
	Body []byte `cbor:"2,keyasint"`
	At   uint64 `cbor:"3,keyasint"` // wall time, Unix milliseconds
}

// MaxSignal bounds the body of a signal, in bytes.
const MaxSignal = 4 << 10

// DecodeSignal reads a signal and checks its bounds.
func DecodeSignal(b []byte) (Signal, error) {
	s, err := canon.Unmarshal[Signal](b)
	if err != nil {
		return Signal{}, err
	}
	return s, s.check()
}

func (s Signal) check() error {
	if len(s.Kind) == 0 || len(s.Kind) > MaxKind || len(s.Body) > MaxSignal {
		return fmt.Errorf("%w: a signal of %d bytes", ErrContent, len(s.Body))
	}
	return nil
}

// MaxAddresses, MaxAddress and MaxMailboxes bound a Routes.
const (
	MaxAddresses = 16
	MaxAddress   = 256 // bytes
	MaxMailboxes = 3
)

// DecodeReceipt reads a receipt.
func DecodeReceipt(b []byte) (Receipt, error) {
	r, err := canon.Unmarshal[Receipt](b)
	if err == nil && len(r.Envelopes) > MaxEnvelopes {
		return Receipt{}, fmt.Errorf("%w: a receipt for %d envelopes", ErrContent, len(r.Envelopes))
	}
	return r, err
}

// DecodeRetry reads a request to seal again.
func DecodeRetry(b []byte) (Retry, error) { return canon.Unmarshal[Retry](b) }

// DecodeRoutes reads routes and checks their bounds.
func DecodeRoutes(b []byte) (Routes, error) {
	r, err := canon.Unmarshal[Routes](b)
	if err != nil {
		return Routes{}, err
	}
	if len(r.Mailboxes) > MaxMailboxes {
		return Routes{}, fmt.Errorf("%w: %d mailboxes", ErrContent, len(r.Mailboxes))
	}
	return r, errors.Join(checkAddresses(r.Addresses), checkAddresses(r.Mailboxes))
}

func checkAddresses(addrs []string) error {
	if len(addrs) > MaxAddresses {
		return fmt.Errorf("%w: %d addresses", ErrContent, len(addrs))
	}
	for _, a := range addrs {
		if len(a) > MaxAddress {
			return fmt.Errorf("%w: an address of %d bytes", ErrContent, len(a))
		}
	}
	return nil
}
