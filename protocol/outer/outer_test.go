package outer

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"conclave/protocol"
)

var (
	secret = Secret{1, 2, 3}
	group  = protocol.Log{4, 5, 6}
)

func sealed(t testing.TB, topic string, inner []byte) []byte {
	t.Helper()
	b, err := Seal(rand.Reader, secret.Keys(), topic, inner)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMembersOpenWhatAMemberSealed(t *testing.T) {
	topic := Topic(secret, group, 20_000)
	for _, n := range []int{1, 1000, MaxInner} {
		inner := bytes.Repeat([]byte{7}, n)
		b := sealed(t, topic, inner)
		if len(b) > Max || n == MaxInner && len(b) != Max {
			t.Errorf("%d bytes sealed into %d, want at most %d", n, len(b), Max)
		}
		if !CheckRelay(secret.Keys().Relay, topic, b) {
			t.Errorf("%d bytes: the relay refuses them", n)
		}
		if got, err := Open(secret.Keys(), topic, b); err != nil || !bytes.Equal(got, inner) {
			t.Errorf("open %d bytes: got %d bytes, %v", n, len(got), err)
		}
	}
	for _, n := range []int{0, MaxInner + 1} {
		if _, err := Seal(rand.Reader, secret.Keys(), topic, make([]byte, n)); !errors.Is(err, ErrSize) {
			t.Errorf("seal %d bytes: got %v, want %v", n, err, ErrSize)
		}
	}
	if _, err := Seal(rand.Reader, secret.Keys(), topic[1:], []byte("x")); err == nil {
		t.Error("sealed for a topic of another length")
	}
	if bytes.Equal(sealed(t, topic, []byte("x")), sealed(t, topic, []byte("x"))) {
		t.Error("two messages of one text are equal, want different ones")
	}
}

// TestARelayChecksButOpensNothing tries the relay's key in the place of the one that opens.
func TestARelayChecksButOpensNothing(t *testing.T) {
	topic := Topic(secret, group, 20_000)
	relay := secret.Keys().Relay
	b := sealed(t, topic, []byte("hello"))
	if !CheckRelay(relay, topic, b) {
		t.Fatal("the relay refuses a message of the topic")
	}
	if got, err := Open(Keys{Relay: relay, env: relay}, topic, b); !errors.Is(err, ErrRefused) || got != nil {
		t.Errorf("with the relay's key: got %q, %v, want %v", got, err, ErrRefused)
	}
	if relay == RelayKey(secret.Keys().env) {
		t.Error("one key both checks and opens")
	}
}

func TestAnotherTopicRefuses(t *testing.T) {
	const day = 20_000
	b := sealed(t, Topic(secret, group, day), []byte("hello"))
	other := Secret{9}
	for name, c := range map[string]struct {
		keys  Keys
		topic string
	}{
		"day":         {secret.Keys(), Topic(secret, group, day+1)},
		"group":       {secret.Keys(), Topic(secret, protocol.Log{4}, day)},
		"secret":      {other.Keys(), Topic(secret, group, day)},
		"all of them": {other.Keys(), Topic(other, protocol.Log{4}, day+1)},
		"none":        {secret.Keys(), ""},
	} {
		if CheckRelay(c.keys.Relay, c.topic, b) {
			t.Errorf("other %s: the relay takes it", name)
		}
		if _, err := Open(c.keys, c.topic, b); !errors.Is(err, ErrRefused) {
			t.Errorf("other %s: got %v, want %v", name, err, ErrRefused)
		}
	}
}

func TestAnyChangeRefuses(t *testing.T) {
	topic := Topic(secret, group, 20_000)
	b := sealed(t, topic, []byte("hello"))
	for i := range b {
		for bit := range 8 {
			c := bytes.Clone(b)
			c[i] ^= 1 << bit
			if CheckRelay(secret.Keys().Relay, topic, c) {
				t.Errorf("byte %d, bit %d: the relay takes it", i, bit)
			}
			if _, err := Open(secret.Keys(), topic, c); !errors.Is(err, ErrRefused) {
				t.Errorf("byte %d, bit %d: got %v, want %v", i, bit, err, ErrRefused)
			}
		}
	}
	for n := range len(b) {
		if CheckRelay(secret.Keys().Relay, topic, b[:n]) {
			t.Errorf("the relay takes the first %d of %d bytes", n, len(b))
		}
	}
	if CheckRelay(secret.Keys().Relay, topic, append(bytes.Clone(b), 0)) {
		t.Error("the relay takes it with a byte behind it")
	}
	if CheckRelay(secret.Keys().Relay, topic, make([]byte, Max+1)) {
		t.Error("the relay takes more than the largest")
	}
}

// TestAHolderOfTheRelayKeyAloneForgesNothing: what a relay can tag does not open.
func TestAHolderOfTheRelayKeyAloneForgesNothing(t *testing.T) {
	topic := Topic(secret, group, 20_000)
	b, err := Seal(rand.Reader, Keys{Relay: secret.Keys().Relay, env: [32]byte{1}}, topic, []byte("forged"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(secret.Keys(), topic, b); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v, want %v", err, ErrRefused)
	}
}

func TestTopicsDifferByGroupDayAndSecret(t *testing.T) {
	seen := make(map[string]string)
	for _, s := range []Secret{{}, {1}, NewSecret(rand.Reader)} {
		for _, g := range []protocol.Log{{}, {1}} {
			for _, d := range []Day{0, 1, 20_000} {
				topic := Topic(s, g, d)
				name := fmt.Sprintf("%x %x %d", s[:], g[:], d)
				if other, twice := seen[topic]; twice || len(topic) != TopicLen {
					t.Errorf("%s: got %q, also that of %q", name, topic, other)
				}
				seen[topic] = name
			}
		}
	}
}

func TestBothDaysAreHeardAroundMidnight(t *testing.T) {
	day := func(clock string) time.Time {
		at, err := time.Parse(time.DateTime, "2026-11-22 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	const today = 20_779
	for clock, want := range map[string][]Day{
		"00:00:00": {today - 1, today}, "01:59:59": {today - 1, today}, "02:00:00": {today},
		"12:00:00": {today}, "21:59:59": {today}, "22:00:00": {today, today + 1}, "23:59:59": {today, today + 1},
	} {
		if got := DaysOf(day(clock)); !slices.Equal(got, want) {
			t.Errorf("at %s: got %v, want %v", clock, got, want)
		}
		if got := DayOf(day(clock)); got != today {
			t.Errorf("at %s: got day %d, want %d", clock, got, today)
		}
	}
	if got := DayOf(time.Unix(-1, 0)); got != 0 {
		t.Errorf("before 1970: got day %d, want 0", got)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	for _, v := range []any{secret, &secret, secret.Keys(), secret.Keys().Relay} {
		for _, verb := range []string{"%v", "%+v", "%x", "%s", "%#v"} {
			if got := fmt.Sprintf(verb, v); got != "[secret]" {
				t.Errorf("%T with %s: got %q, want [secret]", v, verb, got)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	topic := Topic(secret, group, 20_000)
	b := sealed(f, topic, []byte("hello"))
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, data []byte) {
		inner, err := Open(secret.Keys(), topic, data)
		if relayed := CheckRelay(secret.Keys().Relay, topic, data); err == nil && !relayed {
			t.Errorf("opens, but the relay refuses it: %x", data)
		}
		if err == nil && (len(inner) == 0 || len(data) > Max) || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("got %d bytes and %v from %d", len(inner), err, len(data))
		}
	})
}

func BenchmarkCheckRelay(b *testing.B) {
	topic := Topic(secret, group, 20_000)
	for _, n := range []int{1 << 10, 128 << 10} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data, relay := sealed(b, topic, make([]byte, n)), secret.Keys().Relay
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if !CheckRelay(relay, topic, data) {
					b.Fatal("refused")
				}
			}
		})
	}
}
