//go:build linux

package islands

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// listen serves echoes on an island.
func listen(t *testing.T, at *Island) string {
	t.Helper()
	var l net.Listener
	var err error
	at.Do(func() { l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(at.Addr, 0))) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// reaches tells whether a connection can be made within a time.
func reaches(t *testing.T, from *Island, address string, within time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c, err := from.Dial(ctx, "tcp", address)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

func TestWeather(t *testing.T) {
	if !Enter(t) {
		return
	}
	s, err := New(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := s.Islands[0], s.Islands[1], s.Islands[2]
	at := listen(t, b)
	if reaches(t, a, "127.0.0.1:"+port(t, at), time.Second) {
		t.Error("the loopback of one island is that of another")
	}
	if !reaches(t, a, at, time.Minute) {
		t.Fatal("islands do not reach one another in calm weather")
	}
	if err := s.Weather(t.Context(), OneWay([]*Island{a}, []*Island{b})); err != nil {
		t.Fatal(err)
	}
	if reaches(t, a, at, 300*time.Millisecond) {
		t.Error("what is cut one way is reached")
	}
	if !reaches(t, c, at, time.Minute) {
		t.Error("a cut between two cuts off a third")
	}
	if err := s.Weather(t.Context(), "drop"); err != nil {
		t.Fatal(err)
	}
	if reaches(t, c, at, 300*time.Millisecond) {
		t.Error("packets come through where all are lost")
	}
	if err := s.Weather(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !reaches(t, a, at, time.Minute) {
		t.Error("no calm after the storm")
	}
}

func port(t *testing.T, address string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
