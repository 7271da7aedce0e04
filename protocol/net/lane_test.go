package net

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAPeerThatComesBackIsReached(t *testing.T) {
	key := newKey(t)
	hold := make(chan struct{})
	b, err := New(Config{Key: key, Listen: tcpOnly})
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- b.Run(context.Background(), Handlers{Receive: func(context.Context, PeerID, []Put) []Code {
			close(taken)
			<-hold
			return nil
		}})
	}()
	var seen ledgerOfPeers
	a := start(t, Config{times: times{backoff: time.Hour}}, Handlers{Connected: seen.add("+"), Disconnected: seen.add("-")})
	connect(t, a, b)
	l := lane(t, a, b)
	p := put(t, l, []byte("x"))
	<-taken
	close(hold)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(within(t)); !errors.Is(err, ErrLost) {
		t.Errorf("pending put: got %v, want ErrLost", err)
	}
	if _, err := l.Put(within(t), Queue{}, Token{}, []byte("y")); !errors.Is(err, ErrLost) {
		t.Errorf("put on the lost lane: got %v, want ErrLost", err)
	}
	eventually(t, "the end of the connection is told", func() bool { return seen.String() == "+-" })

	// The back-off is an hour: only the peer's own connection can open the next lane.
	again := start(t, Config{Key: key}, Handlers{Receive: all(Delivered)})
	opened := make(chan error, 1)
	go func() {
		l, err := a.Lane(within(t), again.ID())
		if err == nil {
			_, err = put(t, l, []byte("x")).Wait(within(t))
		}
		opened <- err
	}()
	connect(t, again, a)
	if err := <-opened; err != nil {
		t.Errorf("lane to the peer that came back: %v", err)
	}
	eventually(t, "the new connection is told", func() bool { return seen.String() == "+-+" })
}

type ledgerOfPeers struct {
	mu sync.Mutex
	s  strings.Builder
}

func (l *ledgerOfPeers) add(sign string) func(PeerID) {
	return func(PeerID) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.s.WriteString(sign)
	}
}

func (l *ledgerOfPeers) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s.String()
}

func TestBackOffHoldsTheNextLane(t *testing.T) {
	a := start(t, Config{times: times{backoff: time.Hour}}, Handlers{})
	b := start(t, Config{}, Handlers{})
	addrs := b.Addrs()
	b.Close()
	if err := a.Connect(within(t), b.ID(), addrs); err == nil {
		t.Fatal("connected to a closed host")
	}
	if _, err := a.Lane(within(t), b.ID()); err == nil {
		t.Fatal("opened a lane to a closed host")
	}
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.Lane(short, b.ID()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second lane: got %v, want it to wait", err)
	}
	if got := a.Peers(); len(got) != 1 || got[0].LastError == "" || got[0].Connected {
		t.Errorf("status: got %+v, want the error of the peer that is away", got)
	}
}

func TestAQuietLaneStaysOpenAndAnIdleOneCloses(t *testing.T) {
	quick := times{frame: 3 * time.Second, keepAlive: 100 * time.Millisecond, idle: 5 * time.Second}
	b := start(t, Config{times: quick}, Handlers{Receive: all(Delivered)})
	a := start(t, Config{times: quick}, Handlers{})
	connect(t, a, b)
	begin := time.Now()
	l := lane(t, a, b)
	<-l.Done()
	if lasted := time.Since(begin); lasted < quick.idle {
		t.Errorf("the lane lasted %v, want %v: keep-alives past the deadline of a frame", lasted, quick.idle)
	}
	if _, err := l.Put(within(t), Queue{}, Token{}, []byte("x")); !errors.Is(err, ErrLost) {
		t.Errorf("put on the closed lane: got %v, want ErrLost", err)
	}
	if _, err := put(t, lane(t, a, b), []byte("x")).Wait(within(t)); err != nil {
		t.Errorf("put on the next lane: %v", err)
	}
}

func TestAFailedDialDoesNotDelayTheNext(t *testing.T) {
	key := newKey(t)
	b := start(t, Config{Key: key}, Handlers{})
	addrs := b.Addrs()
	b.Close()
	a := start(t, Config{}, Handlers{})
	if err := a.Connect(within(t), b.ID(), addrs); err == nil {
		t.Fatal("connected to a closed host")
	}
	start(t, Config{Key: key, Listen: []string{strings.Split(addrs[0], "/p2p/")[0]}}, Handlers{})
	if err := a.Connect(within(t), b.ID(), nil); err != nil {
		t.Errorf("at the known address, once the peer is back: %v", err)
	}
}
