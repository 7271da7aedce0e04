package main

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"

	"conclave/node/mailbox"
	p2p "conclave/protocol/net"
)

// settings are what a node was told, checked.
type settings struct {
	data      string
	http      string
	listen    []string
	groups    []string // where the second host listens; none for no gossip
	admin     string
	publicURL string
	tlsCert   string
	tlsKey    string
	proxies   []netip.Prefix
	limits    bool
	readyFile string
	mailbox   mailbox.Mode
	mailboxAt []string
	loss      bool // accepted
}

func newSettings(k *koanf.Koanf) (s settings, err error) {
	s = settings{
		data: k.String("data"), http: k.String("http"), listen: k.Strings("listen"), admin: k.String("admin"),
		publicURL: strings.TrimSuffix(k.String("public-url"), "/"), tlsCert: k.String("tls-cert"), tlsKey: k.String("tls-key"),
		readyFile: k.String("ready-file"), mailboxAt: k.Strings("mailbox-at"), loss: k.Bool("accept-loss"),
	}
	if s.groups, err = gossips(k.Strings(groupListen)); err != nil {
		return s, err
	}
	if s.data == "" {
		return s, usage("--data is empty; name the folder of the node's data")
	}
	switch text := k.String("limits"); text {
	case "on", "off":
		s.limits = text == "on"
	default:
		return s, usage("--limits is %q; it is on or off", text)
	}
	if s.mailbox, err = mailbox.ParseMode(k.String("mailbox")); err != nil {
		return s, usage("--mailbox is %q; it is off, contacts or anyone", k.String("mailbox"))
	}
	if err := mailbox.Check(s.mailboxAt, ""); err != nil {
		return s, usage("--mailbox-at: %v", err)
	}
	if err := errors.Join(checkListen("--listen", s.listen), checkListen("--"+groupListen, s.groups)); err != nil {
		return s, err
	}
	for _, text := range k.Strings("trusted-proxy") {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return s, usage("--trusted-proxy is %q; it is a network such as 10.0.0.0/8 or 192.0.2.7/32", text)
		}
		s.proxies = append(s.proxies, network)
	}
	if err := s.checkHTTP(); err != nil {
		return s, err
	}
	if err := s.checkPublic(); err != nil {
		return s, err
	}
	return s, s.settleAdmin()
}

// gossips reads where the second host listens: nowhere where the setting is empty or off.
func gossips(set []string) ([]string, error) {
	switch {
	case len(set) == 0, len(set) == 1 && (set[0] == "off" || set[0] == ""):
		return []string{}, nil
	case slices.Contains(set, "off"):
		return nil, usage("--group-listen has off beside an address; it is one or the other")
	}
	return set, nil
}

func checkListen(flag string, addresses []string) error {
	for _, a := range addresses {
		if err := p2p.CheckListen(a); err != nil {
			return usage("%s is %q; %w", flag, a, err)
		}
	}
	return nil
}

// checkHTTP keeps plain HTTP on this machine.
func (s settings) checkHTTP() error {
	if (s.tlsCert == "") != (s.tlsKey == "") {
		return usage("--tls-cert and --tls-key go together; only one is set")
	}
	loopback, err := isLoopback("--http", s.http)
	if err != nil {
		return err
	}
	if !loopback && s.tlsCert == "" && len(s.proxies) == 0 {
		return usage("--http %s is reachable from other machines, where plain HTTP would show passphrases to the network: "+
			"give --tls-cert and --tls-key, or name the proxy that ends TLS with --trusted-proxy, or stay on 127.0.0.1", s.http)
	}
	return nil
}

func (s settings) checkPublic() error {
	if s.publicURL == "" {
		return nil
	}
	u, err := url.Parse(s.publicURL)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return usage("--public-url is %q; it is https:// and a host name, with no path", s.publicURL)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return usage("--public-url %s is not https", s.publicURL)
	}
	return nil
}

// settleAdmin puts the admin listener on the port after the page's, and keeps it on this machine.
func (s *settings) settleAdmin() error {
	if s.admin == "" {
		_, port, err := net.SplitHostPort(s.http)
		if err != nil {
			return usage("--http is %q; it is HOST:PORT", s.http)
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 65535 {
			return usage("--http has port %q, and there is no number after it for the admin listener; give --admin", port)
		}
		if n > 0 {
			n++
		}
		s.admin = net.JoinHostPort("127.0.0.1", strconv.FormatUint(n, 10))
	}
	loopback, err := isLoopback("--admin", s.admin)
	if err == nil && !loopback {
		err = usage("--admin %s is reachable from other machines; profiles and metrics are for this one only", s.admin)
	}
	return err
}

func isLoopback(flag, address string) (bool, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false, usage("%s is %q; it is HOST:PORT, such as 127.0.0.1:8420", flag, address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, usage("%s is %q; its port is not a number from 0 to 65535", flag, address)
	}
	if host == "localhost" {
		return true, nil
	}
	ip, err := netip.ParseAddr(host)
	if err != nil && host != "" {
		return false, usage("%s is %q; its host is an address of this machine, such as 127.0.0.1 or 0.0.0.0", flag, address)
	}
	return err == nil && ip.IsLoopback(), nil
}
