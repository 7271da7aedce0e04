package protocol

import "time"

// Limits, the only place (SPEC.md, limits). Sizes are bytes.
const (
	MaxText      = 60_000
	MaxEventBody = 112 << 10
	MaxEvent     = 128 << 10
	MaxFrame     = 256 << 10
	MaxOuter     = 136 << 10 // a message on a gossip topic
	MaxIntroBlob = 32 << 10
	MaxIdEntry   = 8 << 10
	MaxParents   = 8
	MaxHeads     = 16
	MaxDevices   = 16
	MaxItems     = 64
	MaxKind      = 64

	// MaxOrdJump is how far above the newest known event one with missing parents may claim to stand.
	MaxOrdJump = 1_000_000

	// MaxSessions are kept per peer device, and tried for a blob.
	MaxSessions = 5

	// ClockSlack is how far a peer's clock may move ours, and how far ahead of its arrival an event is shown.
	ClockSlack = 5 * time.Minute

	// OutboxWarn and OutboxKeep: when the sender is told, and when a message that nobody took becomes failed.
	OutboxWarn = 30 * 24 * time.Hour
	OutboxKeep = 45 * 24 * time.Hour

	// DedupKeep is how long the id of a received blob is remembered.
	DedupKeep = 76 * 24 * time.Hour

	// ReceiptEvery is how often at the most a receipt of one log goes out.
	ReceiptEvery = 2 * time.Second
)
