package directory

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestAddressesWhereNoNodeIsAsked(t *testing.T) {
	for _, c := range []struct {
		addr string
		near bool
		want bool
	}{
		{"203.0.113.7", false, true}, {"10.1.2.3", false, true}, {"2001:db8::1", false, true},
		{"127.0.0.1", true, true}, {"::1", true, true},
		{"127.0.0.1", false, false}, {"::1", false, false}, {"::ffff:127.0.0.1", false, false},
		{"169.254.169.254", true, false}, {"::ffff:169.254.169.254", false, false}, {"fe80::1%eth0", false, false},
		{"64:ff9b::7f00:1", false, false}, {"64:ff9b::a9fe:a9fe", false, false}, {"2002:7f00:1::", false, false},
		{"0.0.0.0", true, false}, {"::", false, false}, {"224.0.0.1", false, false},
	} {
		if got := askable(netip.MustParseAddr(c.addr), c.near); got != c.want {
			t.Errorf("%s, named as near %t: got %t, want %t", c.addr, c.near, got, c.want)
		}
	}
}

func TestANameThatLeadsToThisMachineIsNotFollowed(t *testing.T) {
	hits := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	client := newClient()
	if res, err := client.Get("http://127.0.0.1" + port); err != nil {
		t.Errorf("an address of this machine, named as such: %v", err)
	} else {
		res.Body.Close()
	}
	if err := control(t.Context(), "tcp4", "127.0.0.1"+port, nil); !errors.Is(err, errForbidden) {
		t.Errorf("a name that resolved to this machine: got %v, want %v", err, errForbidden)
	}
	if hits != 1 {
		t.Errorf("the server was asked %d times, want once", hits)
	}
	if _, err := client.Get("http://169.254.169.254/"); !errors.Is(err, errForbidden) {
		t.Errorf("a metadata service: got %v, want %v", err, errForbidden)
	}
}
