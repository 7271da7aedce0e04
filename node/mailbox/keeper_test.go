package mailbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// alone is a network on which nobody is.
type alone struct{}

func (alone) ID() net.PeerID                                          { return "self" }
func (alone) Connect(context.Context, net.PeerID, []string) error     { return net.ErrLost }
func (alone) Connected(net.PeerID) bool                               { return false }
func (alone) Lane(context.Context, net.PeerID) (delivery.Lane, error) { return nil, net.ErrLost }
func (alone) Request(context.Context, net.PeerID, string, []byte) ([]byte, error) {
	return nil, net.ErrLost
}

type shelf struct {
	*Keeper
	t   *testing.T
	now time.Time
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	store, err := storage.Open(storage.Options{InMemory: true, Key: [32]byte{1}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s := &shelf{t: t, now: time.Unix(1_800_000_000, 0)}
	s.Keeper = NewKeeper(KeeperConfig{
		Store: store, Realm: storage.NewRealm([16]byte{1}, [32]byte{2}, [32]byte{3}), Network: alone{},
		Accepts: func(_ feature.Tx, peer string) (bool, error) { return peer != "stranger", nil },
		Local:   func(feature.Tx, protocol.Queue) (bool, error) { return false, nil },
		Now:     func() time.Time { return s.now }, Logger: slog.New(slog.DiscardHandler),
	})
	return s
}

func (s *shelf) open(owner string, queues ...protocol.Queue) error {
	var r openRequest
	for _, q := range queues {
		r.Queues, r.Tokens = append(r.Queues, q), append(r.Tokens, TokenHash([16]byte(q[:16])))
	}
	_, err := s.Open(s.t.Context(), owner, canon.MustMarshal(r))
	return err
}

// puts offers n blobs of a size, different ones from a number on, and returns how often each answer came.
func (s *shelf) puts(q protocol.Queue, from, n, size int) map[net.Code]int {
	s.t.Helper()
	out := map[net.Code]int{}
	for i := range n {
		blob := bytes.Repeat([]byte{1}, size)
		binary.BigEndian.PutUint64(blob[1:], uint64(from+i))
		out[s.put(q, [16]byte(q[:16]), blob)]++
	}
	return out
}

func (s *shelf) put(q protocol.Queue, token [16]byte, blob []byte) net.Code {
	s.t.Helper()
	nobody := func(_ context.Context, _ net.PeerID, puts []net.Put) []net.Code { return []net.Code{net.Refused} }
	return s.Receive(s.t.Context(), "guest", []net.Put{{Queue: net.Queue(q), Token: token, Blob: blob}}, nobody)[0]
}

// empty is a node that keeps nothing.
var empty = Kept{Mode: "contacts", Most: MaxBytes}

// kept is what the owner of the node is told.
func (s *shelf) kept() Kept {
	s.t.Helper()
	k, err := s.Keeper.kept(s.t.Context(), feature.Nothing{})
	if err != nil {
		s.t.Fatal(err)
	}
	return k
}

func TestAMailboxTakesWhatFits(t *testing.T) {
	s := newShelf(t)
	q, other := protocol.Queue{1, 1}, protocol.Queue{2, 2}
	if got := s.puts(q, 0, 1, 100); got[net.Refused] != 1 {
		t.Errorf("a queue that nobody registered: got %v, want refused", got)
	}
	if err := s.open("stranger", q); err == nil {
		t.Error("a node that is not accepted: got a mailbox, want none")
	}
	if err := s.open("owner", q); err != nil {
		t.Fatal(err)
	}
	if got := s.put(q, [16]byte{9}, []byte("\x01 with a wrong token")); got != net.Refused {
		t.Errorf("a wrong token: got %d, want refused", got)
	}
	if got := s.put(q, [16]byte{}, []byte("\x01 without a token")); got != net.Refused {
		t.Errorf("no token: got %d, want refused", got)
	}
	if got := s.puts(other, 0, 1, 100); got[net.Refused] != 1 {
		t.Errorf("a queue of nobody: got %v, want refused", got)
	}
	if got := s.puts(q, 0, MaxBlobs+10, 100); got[net.Stored] != MaxBlobs || got[net.Later] != 10 {
		t.Errorf("a flood: got %v, want %d stored and 10 later", got, MaxBlobs)
	}
	if got := s.puts(q, 0, 3, 100); got[net.Duplicate] != 3 {
		t.Errorf("the same again: got %v, want duplicates", got)
	}
	if stored, full := s.Takings(); stored != MaxBlobs || full != 10 {
		t.Errorf("takings: got %d stored and %d turned away, want %d and 10", stored, full, MaxBlobs)
	}
	want := Kept{Mode: "contacts", Nodes: 1, Queues: 1, Blobs: MaxBlobs, Bytes: MaxBlobs * 100, Most: MaxBytes, Fullest: MaxBlobs * 100}
	if got := s.kept(); got != want {
		t.Errorf("kept: got %+v, want %+v", got, want)
	}
}

func TestAQueueStaysItsOwners(t *testing.T) {
	s := newShelf(t)
	q := protocol.Queue{1, 1}
	for _, owner := range []string{"owner", "thief"} {
		if err := s.open(owner, q); err != nil {
			t.Fatal(err)
		}
	}
	s.puts(q, 0, 2, 100)
	if _, err := s.Close(t.Context(), "thief", canon.MustMarshal(closeRequest{[]protocol.Queue{q}})); err != nil {
		t.Fatal(err)
	}
	if got := s.kept(); got.Blobs != 2 {
		t.Errorf("after another node closed the queue: got %+v, want its 2 blobs", got)
	}
	if _, err := s.Close(t.Context(), "owner", canon.MustMarshal(closeRequest{[]protocol.Queue{q}})); err != nil {
		t.Fatal(err)
	}
	if got := s.kept(); got.Blobs != 0 || got.Bytes != 0 || got.Queues != 0 {
		t.Errorf("after its owner closed the queue: got %+v, want nothing", got)
	}
}

func TestAnOwnerHasSoManyBytes(t *testing.T) {
	s := newShelf(t)
	const size = 255 << 10
	fits := MaxBytes / size
	a, b := protocol.Queue{1, 1}, protocol.Queue{2, 2}
	if err := s.open("owner", a, b); err != nil {
		t.Fatal(err)
	}
	if got := s.puts(a, 0, 200, size); got[net.Stored] != 200 {
		t.Fatalf("got %v, want all stored", got)
	}
	if got := s.puts(b, 1000, 100, size); got[net.Stored] != fits-200 || got[net.Later] != 300-fits {
		t.Errorf("got %v, want %d stored and the rest later", got, fits-200)
	}
}

func TestNothingIsKeptForEver(t *testing.T) {
	s := newShelf(t)
	q := protocol.Queue{1, 1}
	if err := s.open("owner", q); err != nil {
		t.Fatal(err)
	}
	s.puts(q, 0, 3, 100)
	s.now = s.now.Add(Keep - time.Hour)
	s.puts(q, 10, 2, 100)
	if err := s.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.kept(); got.Blobs != 5 {
		t.Errorf("before its time: got %d blobs, want 5", got.Blobs)
	}
	s.now = s.now.Add(2 * time.Hour)
	if err := s.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.kept(); got.Blobs != 2 || got.Bytes != 200 {
		t.Errorf("after 30 days: got %+v, want the 2 younger blobs", got)
	}
	s.now = s.now.Add(Registered)
	if got := s.puts(q, 20, 1, 100); got[net.Refused] != 1 {
		t.Errorf("a queue that was not named for long: got %v, want refused", got)
	}
	if err := s.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.kept(); got != empty {
		t.Errorf("after 45 days: got %+v, want nothing", got)
	}
}

func TestJunkRequests(t *testing.T) {
	s := newShelf(t)
	many := make([]protocol.Queue, openQueues+1)
	for name, body := range map[string][]byte{
		"junk":              canon.MustMarshal("junk"),
		"too many queues":   canon.MustMarshal(openRequest{Queues: many, Tokens: make([][32]byte, len(many))}),
		"a queue, no token": canon.MustMarshal(openRequest{Queues: many[:1]}),
	} {
		if _, err := s.Open(t.Context(), "owner", body); err == nil {
			t.Errorf("%s: got an answer, want none", name)
		}
	}
	if got := s.kept(); got != empty {
		t.Errorf("kept: got %+v, want nothing", got)
	}
}
