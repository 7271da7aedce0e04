package storage

import (
	"fmt"
	"maps"
	"slices"
)

// Table is the first byte of every key. A byte is never given to another table, not even after its table is gone.
type Table byte

// Every table of the store. Behind the byte stand the 16 bytes of a realm's prefix, then the parts written here:
// H(…) is 16 bytes of HMAC over a natural key, be64 a big-endian number, x[:16] the bytes themselves, a trailing * zero or
// more. "Realm" says whose prefix and keys: the node's, an account's, or a conversation's.
const (
	Meta Table = 'm' // Fixed(name). Node; "schema", "importing" and "commit" are not sealed.

	// Logs.
	Log      Table = 't' // be64(ord) be64(hlc) id[:16] → sealed event. Conversation (or account, for its own log).
	LogIndex Table = 'i' // H(event id) → rest of the Log key. Same realm as the Log.
	Gaps     Table = 'g' // H(missing event id) → that id and places of the events that wait for it. Same realm as the Log.
	Heads    Table = 'h' // no parts → the newest events without children. Same realm as the Log.
	Aside    Table = 'y' // be64(ord) be64(hlc) id[:16] → nothing: the event takes no row between the messages. Same realm as the Log.
	Describe Table = 'b' // no parts → what the log is and who takes part. Conversation.

	// An account and what it talks about.
	Accounts         Table = 'a' // H(acct) → account record. Node.
	Vaults           Table = 'v' // H(acct) → vault record. Node.
	Directory        Table = 'd' // H(kind, acct or address, be64(seq)*) → identity log entries, addresses. Node.
	Invites          Table = 'n' // H(token) → invitation. Node.
	WebSessions      Table = 'w' // H(token hash) → session of a page or client. Node.
	Presence         Table = '@' // H(acct) → when a contact was there last, and its status. Account.
	Idempotency      Table = 'k' // H(acct, key) → answer given before. Node.
	Conversations    Table = 'c' // H(conversation) → entry of the conversation list. Account.
	ConversationKeys Table = 'q' // H(conversation) be64(epoch) → conversation key. Account. Or H(acct) H(conversation), left for a locked one. Node.
	Contacts         Table = 'p' // H(acct) → contact. Account.
	Verifications    Table = '=' // H(acct) → keys whose safety number was compared. Account.
	Profile          Table = 'o' // H(acct) → name and picture. Account.
	Alarms           Table = 'A' // be64(Unix ms) be64(seq) → what is due then. Node.
	Feed             Table = 'F' // H(part) be64(seq) → event that followers catch up with; H(name) → a follower's cursor. Node.
	Settings         Table = 's' // H(name). Account or node.
	Audit            Table = 'e' // be64(seq) → what the owner must know of another node. Node.
	Saved            Table = '6' // kind[:1] H(what) → draft (conversation, thread), message to send later, reminder, snippet (id). Account.
	Counters         Table = 'u' // H(conversation, name) → number. Account or conversation.

	// What was said of messages later.
	Edits          Table = 'l' // H(message, author) be64(ord) be64(hlc) id[:16] → place of an edit. Conversation.
	Reactions      Table = '1' // H(message) H(author) be64(ord) be64(hlc) id[:16] → a reaction set or taken away. Conversation.
	ReactionCounts Table = '2' // H(message) → how many of each emoji a message has. Conversation.
	Polls          Table = '7' // v H(message) H(author) be64(ord) be64(hlc) id[:16] → a vote; c H(message) be64(ord) be64(hlc) id[:16] → that somebody ended the poll; t H(message) → result. Conversation.
	Locations      Table = ';' // s H(message, author) → whether its live location has ended; e H(message, author) be64(ord) be64(hlc) id[:16] → that it was ended; l be64(ord) be64(hlc) id[:16] → one that has. Conversation.
	Pins           Table = '3' // s H(message) → whether it is pinned; e H(message) be64(ord) be64(hlc) id[:16] → that a pin was set or taken away; l be64(ord) be64(hlc) id[:16] → pinned message. Conversation.
	Stars          Table = '4' // s H(conversation, message) → when it was starred; l be64(Unix ms) H(conversation, message) → starred message. Account.
	Emoji          Table = ':' // s H(name) → custom emoji of a name; e H(name) be64(ord) be64(hlc) id[:16] → that one was set or taken away; l be64(ord) be64(hlc) id[:16] → emoji of the pack. Conversation.
	Deletions      Table = 'z' // H(message) → that somebody deleted it; H(message) H(acct) → place of who's deletion. Conversation.
	Concealed      Table = '8' // H(conversation) → how many messages the account deleted for itself; H(conversation) H(message) → one of them. Account.

	Mentions Table = '5' // w H(message) → whom it mentions here; l H(acct, none for many) be64(ord) be64(hlc) id[:16] → place of a message that mentions it. Conversation.
	// m H(root) be64(ord) be64(hlc) id[:16] → message of a thread; s H(root) → what is known of a thread at a glance; p H(acct) H(root) → why
	// an account follows it by itself. Conversation. Or k H(conversation, root) → what an account read and chose; f H(conversation)
	// H(root) → thread followed by hand. Account.
	Threads Table = '9'

	// Sessions and delivery.
	Sessions      Table = 'S' // H(own device, peer device) sid[:16] → ratchet state under the vault and the shred key. Node.
	Pairs         Table = 'L' // H(own device, peer device) → queues, tokens and counts of a pair. Node.
	Queues        Table = 'Q' // H(queue) → whose queue it is. Node.
	Prekeys       Table = 'K' // H(acct) be64(id) → signed bundle (id 0) and one-time keys. Node.
	Ratchet       Table = 'R' // H(session or chain) be64(n) → skipped keys, send and receive chains. Account or conversation.
	PrekeySecrets Table = 'P' // H(acct, kind) be64(id) → secret of a prekey under the vault and the shred key. Node.
	Tombstones    Table = 'T' // H(what was used up) → when it may be forgotten. Account or node.
	Outbox        Table = 'O' // H(peer device) be64(seq) → sealed envelope to send. Node.
	EnvelopeIndex Table = 'E' // H(event, peer device) → rest of the Outbox key. Node.
	Dedup         Table = 'D' // H(envelope id) → when it may be forgotten. Node.
	Inbox         Table = 'I' // H(own device) be64(seq) → envelope that waits for its account to unlock. Node.
	Receipts      Table = 'C' // H(conversation) H(peer) → cursor of delivered and read. Account.
	Owed          Table = '#' // H(conversation, peer) → whose cursors a member node is to be told. Node.
	GroupOutbox   Table = 'U' // H(conversation) be64(seq) → what all member nodes of a group are sent. Node.
	Roads         Table = 'Z' // H(conversation) H(peer)* → how far a member node is in that queue; without a peer, how far all are. Node.
	Rides         Table = 'r' // H(conversation, peer) be64(first) → stretch of that queue that travels to a node over a session. Node.

	// Of a node that keeps blobs for others.
	MailboxOwners  Table = 'N' // H(peer) H(queue)* → what a node has here; with a queue, that it is one of its. Node.
	MailboxQueues  Table = 'f' // H(queue) → whose it is and how much lies in it. Node.
	Mailbox        Table = 'W' // H(queue) be64(seq) → blob of another node's device. Node.
	MailboxPersons Table = 'x' // H(acct) → identity log and prekeys of an account of another node. Node.
	MailboxIndex   Table = 'j' // H(queue, blob) → place of a blob that is kept. Node.

	// Groups.
	GroupDetails  Table = 'B' // H(name of the content) → a picture or long text. Conversation.
	GroupInvites  Table = 'J' // H(invitation) → invitation link. Conversation.
	GroupRequests Table = 'M' // H(acct) → who asked to join. Conversation.

	Ops    Table = 'G' // H(operation id) → signed membership operation. Conversation.
	Proofs Table = 'V' // H(kind, id) → chain certificates and what was seen of them, evidence, topic secrets. Conversation.
	Gossip Table = 'H' // H(kind, node's peer id) → where a node gossips, what it was told of us, own gossip keys. Node. Or H(kind), the last topic secrets. Conversation.
	Chains Table = 'X' // H(kind, group) H(chain or own device) → sending or receiving chain under its vault or conversation key and the shred key. Node.
	Groups Table = 'Y' // kind[:1] H(group or chain) H(account or node)* → that a group is here, how accounts stand to it, which node holds which chain. Node. Or H(group), an awaited welcome. Account.
)

// tables names every table for errors and for the test of key forms; a table that is not here cannot be written.
var tables = map[Table]string{
	Meta: "meta", Log: "log", LogIndex: "log index", Gaps: "gaps", Heads: "heads", Describe: "descriptions", Aside: "put aside",
	Accounts: "accounts", Vaults: "vaults", Directory: "directory", Invites: "invites", WebSessions: "web sessions",
	Presence: "presence", Owed: "owed cursors",
	Idempotency: "idempotency", Conversations: "conversations", ConversationKeys: "conversation keys", Contacts: "contacts",
	Verifications: "verifications",
	Profile:       "profile", Audit: "audit", Settings: "settings", Counters: "counters", Alarms: "alarms", Feed: "feed",
	Edits:     "edits",
	Reactions: "reactions", ReactionCounts: "reaction counts",
	Polls: "polls", Locations: "live locations",
	Pins: "pins", Stars: "stars",
	Emoji:     "custom emoji",
	Deletions: "deletions", Concealed: "concealed messages",
	Saved:    "saved texts",
	Mentions: "mentions", Threads: "threads",
	Sessions: "sessions", Pairs: "pairs", Queues: "queues", Prekeys: "prekeys", Ratchet: "ratchet", PrekeySecrets: "prekey secrets", Tombstones: "tombstones",
	Outbox: "outbox", EnvelopeIndex: "envelope index", Dedup: "dedup", Inbox: "inbox", Receipts: "receipts",
	GroupDetails: "group details", GroupInvites: "group invites", GroupRequests: "group requests",
	GroupOutbox: "group outbox", Roads: "roads", Rides: "rides",
	MailboxOwners: "mailbox owners", MailboxQueues: "mailbox queues", Mailbox: "mailbox", MailboxPersons: "mailbox persons", MailboxIndex: "mailbox index",
	Ops: "operations", Proofs: "proofs", Chains: "chains", Groups: "groups", Gossip: "gossip",
}

// Tables returns all tables, sorted.
func Tables() []Table { return slices.Sorted(maps.Keys(tables)) }

func (t Table) declared() bool { return tables[t] != "" }

// String returns the table's name.
func (t Table) String() string {
	if name := tables[t]; name != "" {
		return name
	}
	return fmt.Sprintf("%#02x (not declared)", byte(t))
}
