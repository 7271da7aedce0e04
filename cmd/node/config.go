package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"conclave/node/gossip"
	"conclave/protocol/net"
)

// prefix of the variables that set something: CONCLAVE_PUBLIC_URL is --public-url.
const prefix = "CONCLAVE_"

// settingFlags declares what a node can be told; the same names stand in the file and, in capitals, in the environment.
func settingFlags(f *pflag.FlagSet) {
	dataFlag(f)
	f.String("http", "127.0.0.1:8420", "address of the page and the API; port 0 for any")
	f.StringSlice("listen", net.DefaultListen, "multiaddrs where other nodes reach this one")
	f.StringSlice(groupListen, gossip.Beside(nil), "multiaddrs where nodes of shared groups gossip with this one, or off; without it, where --listen is, at port 8423")
	f.String("admin", "", "address of /metrics and pprof, on loopback (default: the port after --http on 127.0.0.1)")
	f.String("public-url", "", "where people reach the page from elsewhere, https://…")
	f.String("tls-cert", "", "file with the certificate of the page, PEM")
	f.String("tls-key", "", "file with its key, PEM")
	f.StringSlice("trusted-proxy", nil, "networks (CIDR) of proxies that end TLS in front of this node")
	f.String("mailbox", "contacts", "for whose nodes this one keeps messages while they are away: off, contacts or anyone")
	f.StringSlice("mailbox-at", nil, "multiaddrs with /p2p/ of the nodes that keep messages for accounts that chose none, at most three")
	f.String("limits", "on", "on, or off: no rate limits and no limits on peers, for load tests")
	f.Bool("accept-loss", false, "open a data folder that lost what was stored last, and go on without it")
	f.String("ready-file", "", "file that gets one JSON object once the node serves")
	f.String("config", "", "file with settings, TOML (default: config.toml in the data folder, if it is there)")
}

func dataFlag(f *pflag.FlagSet) { f.String("data", "./data", "folder of the node's data") }

// groupListen follows --listen where it is not set.
const groupListen = "group-listen"

// lists are the settings that may have several values; in a variable they are separated by commas.
var lists = []string{"listen", groupListen, "trusted-proxy", "mailbox-at"}

// read puts together what is set: defaults, then the file, then the environment, then flags. Keys are the names of flags.
func (p *program) read(c *cobra.Command) (*koanf.Koanf, error) {
	flags, k := c.Flags(), koanf.New(".")
	path, err := p.configFile(flags)
	if err != nil {
		return nil, err
	}
	if path != "" {
		if err := readFile(k, path, flags); err != nil {
			return nil, usageError{err}
		}
	}
	if err := k.Load(env.Provider(".", env.Opt{Prefix: prefix, EnvironFunc: func() []string { return p.environ }, TransformFunc: func(name, value string) (string, any) {
		key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, prefix)), "_", "-")
		switch {
		case flags.Lookup(key) == nil:
			return "", nil // other variables of ours, as CONCLAVE_BACKUP_PASSPHRASE
		case slices.Contains(lists, key):
			return key, splitList(value)
		}
		return key, value
	}}), nil); err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	told := k.Exists(groupListen) || flags.Changed(groupListen)
	if err := k.Load(posflag.Provider(flags, ".", k), nil); err != nil {
		return nil, fmt.Errorf("read the flags: %w", err)
	}
	if !told && flags.Lookup(groupListen) != nil {
		if err := k.Set(groupListen, gossip.Beside(k.Strings("listen"))); err != nil {
			return nil, fmt.Errorf("settle where groups listen: %w", err)
		}
	}
	return k, nil
}

// configFile is the file that was named, else config.toml of the data folder if it is there, else "".
func (p *program) configFile(flags *pflag.FlagSet) (string, error) {
	if flags.Lookup("config") == nil {
		return "", nil
	}
	if path := p.early(flags, "config"); path != "" {
		return path, nil
	}
	path := filepath.Join(p.early(flags, "data"), "config.toml")
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) {
		return "", nil // what keeps us out of the data folder is told when it is opened
	}
	return path, err
}

// early is a setting that is needed before the file is read: from its flag, else the environment, else its default.
func (p *program) early(flags *pflag.FlagSet, name string) string {
	f := flags.Lookup(name)
	if value, ok := p.variable(prefix + strings.ToUpper(name)); ok && !f.Changed {
		return value
	}
	return f.Value.String()
}

// readFile takes a file in that holds nothing but known settings of the right form.
func readFile(k *koanf.Koanf, path string, flags *pflag.FlagSet) error {
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		return fmt.Errorf("the settings in %s cannot be read: %w", path, err)
	}
	for key, value := range k.All() {
		f := flags.Lookup(key)
		switch _, text := value.(string); {
		case f == nil || key == "config" || key == "help":
			return fmt.Errorf("%s sets %q, which is no setting; they are named as the flags of run", path, key)
		case key == "data" && filepath.Base(path) == "config.toml":
			return fmt.Errorf("%s sets %q: the file lies in the data folder and cannot move it", path, key)
		case slices.Contains(lists, key):
			if !isTexts(value) {
				return fmt.Errorf("%s: %s is a list of texts, [\"…\", \"…\"]", path, key)
			}
		case !text:
			return fmt.Errorf("%s: %s is a text, \"…\"", path, key)
		}
	}
	return nil
}

func isTexts(value any) bool {
	list, ok := value.([]any)
	return ok && !slices.ContainsFunc(list, func(v any) bool { _, text := v.(string); return !text })
}

func splitList(text string) []string {
	out := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
