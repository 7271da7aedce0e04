package preview

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for _, c := range []struct {
		address string
		want    bool
	}{
		{"93.184.215.14", true}, {"1.1.1.1", true}, {"8.8.8.8", true}, {"2606:4700:4700::1111", true}, {"2a00:1450:4001:82f::200e", true},
		{"100.63.255.255", true}, {"100.128.0.0", true}, {"172.15.255.255", true}, {"172.32.0.0", true}, {"198.17.255.255", true}, {"223.255.255.255", true},

		{"0.0.0.0", false}, {"0.1.2.3", false}, {"::", false}, // unspecified
		{"127.0.0.1", false}, {"127.255.255.254", false}, {"::1", false}, // loopback
		{"10.0.0.1", false}, {"172.16.0.1", false}, {"172.31.255.255", false}, {"192.168.1.1", false}, {"fc00::1", false}, {"fd12:3456::1", false}, // private
		{"169.254.0.1", false}, {"fe80::1", false}, {"fe80::1%eth0", false}, {"fec0::1", false}, // link-local and site-local
		{"169.254.169.254", false}, {"fd00:ec2::254", false}, {"100.100.100.200", false}, {"192.0.0.192", false}, {"168.63.129.16", false}, // metadata
		{"100.64.0.1", false}, {"100.127.255.255", false}, // carriers
		{"224.0.0.1", false}, {"239.255.255.255", false}, {"ff02::1", false}, // multicast
		{"240.0.0.1", false}, {"255.255.255.255", false}, // reserved, broadcast
		{"192.0.2.1", false}, {"198.51.100.1", false}, {"203.0.113.1", false}, {"198.18.0.1", false}, {"2001:db8::1", false}, {"3fff::1", false}, // documentation, tests
		{"::ffff:93.184.215.14", false}, {"::ffff:127.0.0.1", false}, {"::127.0.0.1", false}, {"::93.184.215.14", false}, // mapped and compatible
		{"2002:7f00:1::", false}, {"2002:5db8:d70e::1", false}, {"192.88.99.1", false}, // 6to4 and its relays
		{"64:ff9b::7f00:1", false}, {"64:ff9b::5db8:d70e", false}, {"64:ff9b:1::1", false}, // NAT64
		{"2001:0:4136:e378:8000:63bf:3fff:fdd2", false}, {"2001:10::1", false}, {"2001:20::1", false}, // Teredo, ORCHID
		{"2a00:1450::5efe:7f00:1", false}, {"2a00:1450::200:5efe:10.0.0.1", false}, // ISATAP
		{"5f00::1", false}, {"100::1", false}, // segment routing, discard
	} {
		a, err := netip.ParseAddr(c.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := public(a); got != c.want {
			t.Errorf("%s is public: got %v, want %v", c.address, got, c.want)
		}
	}
}

func TestTheGuardKnowsPortsAndNetworks(t *testing.T) {
	for _, c := range []struct {
		network, address string
		want             bool
	}{
		{"tcp4", "1.1.1.1:443", true}, {"tcp4", "1.1.1.1:80", true}, {"tcp6", "[2606:4700:4700::1111]:443", true},
		{"tcp4", "1.1.1.1:22", false}, {"tcp4", "1.1.1.1:8080", false}, {"tcp4", "1.1.1.1:0", false}, {"udp4", "1.1.1.1:443", false},
		{"unix", "/run/socket", false}, {"tcp4", "127.0.0.1:80", false}, {"tcp6", "[::ffff:127.0.0.1]:80", false}, {"tcp4", "nonsense", false},
	} {
		err := guard(nil)(context.Background(), c.network, c.address, nil)
		if (err == nil) != c.want || err != nil && !errors.Is(err, ErrNone) {
			t.Errorf("%s %s: got %v, want it to pass: %v", c.network, c.address, err, c.want)
		}
	}
}
