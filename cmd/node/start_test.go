package main

import (
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// quiet are the flags of a node that meets nobody.
func quiet(dir string) []string {
	return []string{"run", "--data", dir, "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0"}
}

func taken(t *testing.T) (address, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return l.Addr().String(), port
}

func TestTakenAddressesChangeNothing(t *testing.T) {
	address, port := taken(t)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"the page's", []string{"--http", address}},
		{"the admin listener's", []string{"--admin", address}},
		{"the peers'", []string{"--listen", "/ip4/127.0.0.1/tcp/" + port}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			run(t, append(quiet(dir), c.args...)...).refuses(t, codeFails, c.args[0], port, "another process uses this address")
			if _, err := os.Stat(dir); err == nil {
				t.Error("the data folder was made")
			}
		})
	}
}

func TestWhatCannotBeHadIsToldBeforeAnythingIsMade(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		words []string
	}{
		{"an address of another machine", []string{"--listen", "/ip4/192.0.2.1/tcp/0"}, []string{"--listen", "192.0.2.1", "does not have this address"}},
		{"the same, for gossip", []string{"--group-listen", "/ip4/192.0.2.1/udp/0/quic-v1"}, []string{"--group-listen", "192.0.2.1", "does not have this address"}},
		{"a ready file in no folder", []string{"--ready-file", filepath.Join(t.TempDir(), "none", "ready.json")}, []string{"--ready-file", "cannot be written"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			run(t, append(quiet(dir), c.args...)...).refuses(t, codeFails, c.words...)
			if _, err := os.Stat(dir); err == nil {
				t.Error("the data folder was made")
			}
		})
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct {
		name, words string
		root        bool // refuses root too
		spoil       func(t *testing.T, dir string)
	}{
		{"a newer one", "newer version", true, func(t *testing.T, dir string) {
			ok(t, "account", "create", "ana", "--data", dir)
			write(t, filepath.Join(dir, "store", "schema"), "conclave store 99\n")
		}},
		{"a key that others can read", "not private", true, func(t *testing.T, dir string) {
			ok(t, "account", "create", "ana", "--data", dir)
			if err := os.Chmod(filepath.Join(dir, "node.key"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"a file in its place", "where a file is", true, func(t *testing.T, dir string) { write(t, dir, "a file") }},
		{"one that this user cannot write", "cannot be written", false, func(t *testing.T, dir string) {
			if err := os.Mkdir(dir, 0o500); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.root && os.Getuid() == 0 {
				t.Skip("root may write everywhere")
			}
			dir := filepath.Join(t.TempDir(), "data")
			c.spoil(t, dir)
			before := contents(t, filepath.Dir(dir))
			run(t, quiet(dir)...).refuses(t, codeFails, dir, c.words)
			if after := contents(t, filepath.Dir(dir)); !maps.Equal(before, after) {
				t.Errorf("got %d files after a start that was refused, want the same %d as before", len(after), len(before))
			}
		})
	}
}

// Root may write everywhere but here.
func TestAPlaceWhereNobodyCanMakeAFolder(t *testing.T) {
	if _, err := os.Stat("/sys/kernel"); err != nil {
		t.Skip("this system has no /sys")
	}
	run(t, quiet("/sys/kernel/conclave")...).refuses(t, codeFails, "/sys/kernel/conclave", "cannot be written")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyProxiesReachAPlainListenerForProxies(t *testing.T) {
	v := &service{settings: settings{proxies: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}}
	h := v.guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for remote, want := range map[string]int{
		"10.1.2.3:4": 204, "[::ffff:10.1.2.3]:4": 204, "127.0.0.1:4": 204, "[::1]:4": 204,
		"10.2.0.1:4": 403, "192.0.2.7:4": 403, "[2001:db8::1]:4": 403, "": 403,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "10.1.2.3")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %q: got %d, want %d", remote, w.Code, want)
		}
	}
}

func TestOpenAPIAndVersionNeedNoNode(t *testing.T) {
	if got := ok(t, "version"); got != "conclave test\n" {
		t.Errorf("got %q, want the version", got)
	}
	page, err := os.ReadFile("../../docs/metrics.md")
	if got := ok(t, "metrics"); err != nil || got != string(page) {
		t.Errorf("docs/metrics.md is not what the command prints (%v): run make gen", err)
	}
	got := ok(t, "openapi")
	for _, want := range []string{`"3.1`, `/api/v1/accounts`, `/api/v1/conversations/{conversation}/messages`} {
		if !strings.Contains(got, want) {
			t.Errorf("got a description without %s", want)
		}
	}
}
