package outer

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"conclave/crypto/seal"
	"conclave/protocol"
)

// TopicLen is the length of every topic in characters.
const TopicLen = 22

// Secret is a topic secret: whoever has it finds the group's topics and reads what author and sizes the Inners show. The text
// of messages is under keys of its own. It prints as [secret].
type Secret [32]byte

// Format implements fmt.Formatter.
func (Secret) Format(s fmt.State, verb rune) { seal.Hidden{}.Format(s, verb) }

// NewSecret makes a topic secret. It panics if rand fails.
func NewSecret(rand io.Reader) (s Secret) {
	if _, err := io.ReadFull(rand, s[:]); err != nil {
		panic(fmt.Sprintf("outer: no randomness: %v", err))
	}
	return s
}

// Keys are those of a topic secret, the same for all days. They print as [secret].
type Keys struct {
	seal.Hidden
	Relay RelayKey
	env   [32]byte
}

// RelayKey is what a relay needs to know messages of a topic from others; it opens none. It prints as [secret].
type RelayKey [32]byte

// Format implements fmt.Formatter.
func (RelayKey) Format(s fmt.State, verb rune) { seal.Hidden{}.Format(s, verb) }

// Keys derives the keys.
func (s Secret) Keys() Keys {
	return Keys{Relay: RelayKey(*seal.DeriveKey(s[:], nil, "grelay", nil)), env: *seal.DeriveKey(s[:], nil, "genv", nil)}
}

// Topic is the name of a group's topic on a day: TopicLen characters of base64url that tell an outsider neither.
func Topic(s Secret, gid protocol.Log, day Day) string {
	m := seal.MAC(s[:], "topic", gid[:], binary.BigEndian.AppendUint32(nil, uint32(day)))
	return base64.RawURLEncoding.EncodeToString(m[:16])
}

// Day counts days of UTC from 1 January 1970.
type Day uint32

// DayOf is the day on whose topic a message goes out.
func DayOf(now time.Time) Day { return Day(max(0, now.Unix()) / secondsPerDay) }

const (
	secondsPerDay = 24 * 60 * 60
	// Overlap is how long before and after midnight UTC both days' topics are listened to.
	Overlap = 2 * time.Hour
)

// DaysOf are the one or two days whose topics are to be listened to.
func DaysOf(now time.Time) []Day {
	first, last := DayOf(now.Add(-Overlap)), DayOf(now.Add(Overlap))
	if first == last {
		return []Day{first}
	}
	return []Day{first, last}
}

// tag authenticates a message for relays. All topics have one length, so the parts cannot be taken for others.
func (k RelayKey) tag(topic string, m *message) [tagSize]byte {
	full := seal.MAC(k[:], "grtag", []byte(topic), m.Nonce[:], m.Box)
	return [tagSize]byte(full[:])
}
