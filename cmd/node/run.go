package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"conclave/node"
	"conclave/storage"
)

func (p *program) runCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "run", Short: "Run a node until it is told to stop", Args: noArgs,
		Long: "Runs a node. Settings come from flags, else from variables (CONCLAVE_PUBLIC_URL for --public-url, lists with commas), else\n" +
			"from a TOML file with the same names (public-url = \"…\"), else from the defaults below. Until somebody owns the node each start\n" +
			"prints a link that makes the first account. SIGTERM stops it in order, a second one at once.",
	}
	settingFlags(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.read(c)
		if err != nil {
			return err
		}
		s, err := newSettings(k)
		if err != nil {
			return err
		}
		if err := p.harden(); err != nil {
			return err
		}
		if _, err := dial(s.data).process(c.Context()); err == nil {
			return explain(s.data, storage.ErrLocked) // before its addresses are found taken as well
		}
		if err := forget(s.readyFile, s.data); err != nil {
			return err
		}
		ctx, cancel := p.untilSignal(c.Context())
		defer cancel()
		v, err := open(ctx, s, node.Config{Version: p.version, Logger: p.logger(), Cost: p.cost})
		if err != nil {
			return err
		}
		return v.run(ctx, func() error { return p.announce(v) })
	}
	return c
}

// errForced means that a second signal came before the first was obeyed.
var errForced = errors.New("stopped at once, by a second signal")

// echo is how long after the first signal another one still counts as the same: a terminal and what started the node may both
// pass it on.
const echo = 300 * time.Millisecond

// stopTime is how long a node may take to stop; what still runs then is cut off. Nothing that was acknowledged is lost by it.
const stopTime = 29 * time.Second

// errOverdue means that the node did not stop in stopTime.
var errOverdue = errors.New("stopped at once, since stopping in order took too long")

// untilSignal ends the context with the first signal, and the process with the second, or when obeying the first takes too long.
func (p *program) untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		var first time.Time
		var late <-chan time.Time
		for {
			select {
			case <-ended:
				return
			case <-late:
				p.force(errOverdue)
			case <-p.signals:
			}
			switch {
			case first.IsZero():
				first, late = time.Now(), time.After(cmp.Or(p.stopTime, stopTime))
				cancel()
			case time.Since(first) > echo:
				p.force(errForced)
			}
		}
	}()
	return ctx, func() { cancel(); close(ended) }
}

func (p *program) force(why error) {
	fmt.Fprintln(p.stderr, "conclave: "+why.Error())
	os.Exit(codeFails)
}

// logger writes text for people and JSON for machines. It never gets content.
func (p *program) logger() *slog.Logger {
	if f, ok := p.stderr.(*os.File); ok && isTerminal(f) {
		return slog.New(slog.NewTextHandler(p.stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(p.stderr, nil))
}

// announce says where the node serves: on standard output, which is not the log, with the link that makes the first account.
func (p *program) announce(v *service) error {
	token := v.node.SetupToken()
	if err := v.writeReady(token); err != nil {
		return err
	}
	v.log.Info("serving", "http", v.page.Addr().String(), "admin", v.admin.Addr().String(), "peer_id", v.node.PeerID(), "version", v.node.Version())
	fmt.Fprintf(p.stdout, "Conclave %s serves %s\n", v.node.Version(), v.base())
	if token == "" {
		return nil
	}
	_, err := fmt.Fprintf(p.stdout, "Nobody owns this node yet. Make the first account, once, here:\n%s/setup#claim=%s\n", v.base(), token)
	return err
}

// base is where people open the page.
func (v *service) base() string {
	switch {
	case v.publicURL != "":
		return v.publicURL
	case v.tlsCert != "":
		return "https://" + reachable(v.page.Addr())
	}
	return "http://" + reachable(v.page.Addr())
}

// ready is what the ready file holds.
type ready struct {
	HTTP       string   `json:"http"`
	Admin      string   `json:"admin"`
	PeerID     string   `json:"peer_id"`
	Addresses  []string `json:"addresses"`
	SetupToken string   `json:"setup_token"`
}

// forget removes the ready file of an earlier run, so that nobody takes its addresses for those of this one, and finds out whether a
// new one can be written before anything else is done. The data folder may not be there yet.
func forget(path, data string) error {
	if path == "" {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the old ready file: %w", err)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".ready-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if errors.Is(err, fs.ErrNotExist) && dir == filepath.Clean(data) {
		return nil
	}
	if wrong := (*fs.PathError)(nil); errors.As(err, &wrong) {
		err = wrong.Err
	}
	if err != nil {
		return fmt.Errorf("--ready-file %s cannot be written: %w", path, err)
	}
	return nil
}

// writeReady puts the ready file in its place whole, readable by its owner only: it holds the set-up token.
func (v *service) writeReady(token string) error {
	if v.readyFile == "" {
		return nil
	}
	out := ready{
		HTTP: reachable(v.page.Addr()), Admin: v.admin.Addr().String(), PeerID: v.node.PeerID(), Addresses: v.node.Addresses(), SetupToken: token,
	}
	if out.Addresses == nil {
		out.Addresses = []string{}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(v.readyFile), ".ready-*")
	if err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), v.readyFile)
	}
	if err != nil {
		return fmt.Errorf("write the ready file: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
