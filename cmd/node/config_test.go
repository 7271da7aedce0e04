package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongCommandLines(t *testing.T) {
	for _, c := range []struct {
		name, words string
		args        []string
	}{
		{"a command that is not there", `"serve"`, []string{"serve"}},
		{"a flag that is not there", "--colour", []string{"run", "--colour", "red"}},
		{"an argument too many", `"now"`, []string{"run", "now"}},
		{"an argument too few", "a name", []string{"account", "create"}},
		{"a group without its command", "account", []string{"account"}},
		{"no data folder", "--data", []string{"run", "--data", ""}},
		{"limits that are neither", "--limits", []string{"run", "--limits", "maybe"}},
		{"a mailbox for whom nobody knows", "--mailbox", []string{"run", "--mailbox", "friends"}},
		{"a mailbox without its peer id", "--mailbox-at", []string{"run", "--mailbox-at", "/ip4/192.0.2.1/tcp/8422"}},
		{"peers at what is no multiaddr", "--listen", []string{"run", "--listen", "0.0.0.0:8422"}},
		{"peers at a multiaddr without a port", "--listen", []string{"run", "--listen", "/ip4/0.0.0.0"}},
		{"peers at a port that is none", "--listen", []string{"run", "--listen", "/ip4/0.0.0.0/tcp/84220"}},
		{"peers at a host name", "--listen", []string{"run", "--listen", "/dns4/node.example/tcp/8422"}},
		{"peers over UDP alone", "--listen", []string{"run", "--listen", "/ip4/0.0.0.0/udp/8422"}},
		{"gossip at what is no multiaddr", "--group-listen", []string{"run", "--group-listen", "8423"}},
		{"an address without a port", "--http", []string{"run", "--http", "127.0.0.1"}},
		{"a port that is none", "--http", []string{"run", "--http", "127.0.0.1:http"}},
		{"a host name to listen on", "--http", []string{"run", "--http", "node.example:80"}},
		{"plain HTTP to everybody", "--tls-cert", []string{"run", "--http", "0.0.0.0:8420"}},
		{"plain HTTP to everybody, in short", "--tls-cert", []string{"run", "--http", ":8420"}},
		{"a certificate without its key", "--tls-key", []string{"run", "--tls-cert", "cert.pem"}},
		{"metrics for everybody", "--admin", []string{"run", "--admin", "0.0.0.0:8421"}},
		{"a proxy that is no network", "--trusted-proxy", []string{"run", "--trusted-proxy", "proxy.example"}},
		{"a public URL with a path", "--public-url", []string{"run", "--public-url", "https://node.example/chat"}},
		{"a public URL without TLS", "https", []string{"run", "--public-url", "http://node.example"}},
		{"an invitation for nobody", "invitation", []string{"invite", "--uses", "0"}},
		{"a backup for nobody", "recipients", []string{"backup", filepath.Join(t.TempDir(), "b"), "--recipient", "age1nobody"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			r := command{environ: []string{"CONCLAVE_DATA=" + dir}}.run(t, c.args...)
			r.refuses(t, codeUsage, c.words)
			if _, err := os.Stat(dir); err == nil {
				t.Error("the data folder was made")
			}
		})
	}
}

func TestSettingsThatMakeSense(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"--http", "[::1]:0"},
		{"--http", "localhost:8420", "--public-url", "https://node.example"},
		{"--http", "0.0.0.0:443", "--tls-cert", "c.pem", "--tls-key", "k.pem"},
		{"--http", "0.0.0.0:8420", "--trusted-proxy", "10.0.0.0/8"},
	} {
		ok(t, append([]string{"config", "check", "--data", t.TempDir()}, args...)...)
	}
}

// Flags count more than the environment, that more than the file, that more than defaults.
func TestSettingsComeFromTheNearestPlace(t *testing.T) {
	dir := t.TempDir()
	file := "http = \"127.0.0.1:1\"\nlimits = \"off\"\npublic-url = \"https://file.example\"\nlisten = [\"/ip4/127.0.0.1/tcp/1\", \"/ip4/127.0.0.1/tcp/2\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"CONCLAVE_DATA=" + dir, "CONCLAVE_HTTP=127.0.0.1:2", "CONCLAVE_PUBLIC_URL=https://environment.example",
		"CONCLAVE_TRUSTED_PROXY=10.0.0.0/8, 192.0.2.7/32", "CONCLAVE_BACKUP_PASSPHRASE=secret"}
	got := command{environ: environ}.ok(t, "config", "print", "--http", "127.0.0.1:3")
	for name, want := range map[string]string{
		"the flag":            `http = "127.0.0.1:3"`,
		"the environment":     `public-url = "https://environment.example"`,
		"the file":            `limits = "off"`,
		"a list of the file":  `listen = ["/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2"]`,
		"a list with commas":  `trusted-proxy = ["10.0.0.0/8", "192.0.2.7/32"]`,
		"the default":         `tls-cert = ""`,
		"the data folder set": `data = "` + dir + `"`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("got %s, which holds what is no setting", got)
	}
}

func TestDefaultsAreWhatTheDocumentationSays(t *testing.T) {
	got := ok(t, "config", "print", "--data", "./data")
	for _, want := range []string{`data = "./data"`, `http = "127.0.0.1:8420"`, `limits = "on"`, `mailbox = "contacts"`,
		`listen = ["/ip4/0.0.0.0/tcp/8422", "/ip4/0.0.0.0/udp/8422/quic-v1", "/ip6/::/tcp/8422", "/ip6/::/udp/8422/quic-v1"]`,
		`group-listen = ["/ip4/0.0.0.0/tcp/8423", "/ip4/0.0.0.0/udp/8423/quic-v1", "/ip6/::/tcp/8423", "/ip6/::/udp/8423/quic-v1"]`} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestGroupsListenBesideOtherNodesUnlessToldOtherwise(t *testing.T) {
	for _, c := range []struct{ name, listen, groups, want string }{
		{"at the port of groups", "/ip4/192.0.2.7/tcp/9000", "", `["/ip4/192.0.2.7/tcp/8423"]`},
		{"at any port", "/ip4/127.0.0.1/tcp/0", "", `["/ip4/127.0.0.1/tcp/0"]`},
		{"elsewhere", "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/7", `["/ip4/127.0.0.1/tcp/7"]`},
		{"nowhere", "/ip4/127.0.0.1/tcp/0", "off", `["off"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"config", "print", "--data", t.TempDir(), "--listen", c.listen}
			if c.groups != "" {
				args = append(args, "--group-listen", c.groups)
			}
			if got := ok(t, args...); !strings.Contains(got, "group-listen = "+c.want+"\n") {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	run(t, "config", "check", "--data", t.TempDir(), "--group-listen", "off,/ip4/127.0.0.1/tcp/0").refuses(t, codeUsage, "--group-listen")
}

func TestWrongFiles(t *testing.T) {
	for _, c := range []struct{ name, file, words string }{
		{"an unknown key", `htpp = "127.0.0.1:1"`, `"htpp"`},
		{"an unknown table", "[http]\naddress = \"127.0.0.1:1\"", `"http.address"`},
		{"a number for a text", "http = 8420", "http is a text"},
		{"a text for a list", `listen = "/ip4/127.0.0.1/tcp/1"`, "listen is a list"},
		{"a list of numbers", "listen = [1]", "listen is a list"},
		{"no TOML", "http: x", "cannot be read"},
		{"another file", `config = "x.toml"`, `"config"`},
		{"another folder", `data = "/elsewhere"`, `"data"`},
		{"a value that makes no sense", `limits = "maybe"`, "--limits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, "run", "--data", dir).refuses(t, codeUsage, c.words)
			if got := contents(t, dir); len(got) != 1 {
				t.Errorf("got %d files in the data folder, want only the settings", len(got))
			}
		})
	}
	run(t, "run", "--config", filepath.Join(t.TempDir(), "missing.toml"), "--data", t.TempDir()).refuses(t, codeUsage, "missing.toml")
}
