package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"conclave/cmd/node/finding"
)

func (p *program) doctorCommand() *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "Say what is wrong with a node and what to do about it", Args: noArgs,
		Long: "Looks at the data folder, the disk, the clock, the addresses, the certificate, the last backup, mailboxes and other nodes. A node that runs looks at itself, with\nits own settings; else those of run are taken. Ends with a code other than 0 where something does not work. It repairs nothing."}
	settingFlags(c.Flags())
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.read(c)
		if err != nil {
			return err
		}
		s, err := newSettings(k)
		if err != nil {
			return err
		}
		e := p.examine(c.Context(), s)
		if *asJSON {
			err = p.printJSON(e.list())
		} else {
			err = p.printReport(e.Report)
		}
		if n := e.Failures(); n > 0 {
			things := "things do"
			if n == 1 {
				things = "thing does"
			}
			return errors.Join(err, fmt.Errorf("%d %s not work", n, things))
		}
		return err
	}
	return c
}

func (p *program) findingsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "findings", Short: "Print what doctor and status can find (Markdown)", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := p.stdout.Write(finding.Describe())
			return err
		},
	}
}

func (p *program) printReport(r finding.Report) error {
	for _, f := range r.Fine {
		if _, err := fmt.Fprintf(p.stdout, "ok       %-12s %s\n", f.Check, f.Text); err != nil {
			return err
		}
	}
	return printFindings(p.stdout, r.Findings)
}

func printFindings(w io.Writer, all []finding.Finding) error {
	for _, f := range all {
		if _, err := fmt.Fprintf(w, "%-8s %s: %s\n         %s\n         → %s\n", strings.ToUpper(string(f.Severity)), f.Code, f.Text, f.Means, f.Do); err != nil {
			return err
		}
	}
	return nil
}

// examination is one look at a node, from outside or from within.
type examination struct {
	finding.Report
	now time.Time
}

// list is never nil, for JSON.
func (e *examination) list() []finding.Finding { return append([]finding.Finding{}, e.Findings...) }

// examine looks at a node from outside, and has one that runs look at itself.
func (p *program) examine(ctx context.Context, s settings) *examination {
	e := &examination{now: time.Now()}
	e.folder(s.data)
	e.clock(s.data) // before the store is opened, which writes to its folder
	if running := e.node(ctx, p, s.data); !running {
		e.surroundings(ctx, s)
		e.files(0)
		e.addresses(s)
	}
	return e
}

// surroundings are what a node with these settings needs of its machine.
func (e *examination) surroundings(ctx context.Context, s settings) {
	if s.data != "" {
		e.disk(s.data)
	}
	e.certificate(s)
	e.publicURL(ctx, s)
}

// node asks the one that runs, or opens the store to see whether it could.
func (e *examination) node(ctx context.Context, p *program, dir string) (running bool) {
	if _, err := os.Stat(filepath.Join(dir, "node.key")); err != nil {
		e.Found(finding.FolderMissing, "there is no node in %s yet", dir)
		return false
	}
	o, err := p.reach(ctx, dir, false)
	if err != nil {
		e.unreachable(err)
		return false
	}
	run, err := o.process(ctx)
	within, also := o.examine(ctx)
	if err = errors.Join(err, also, o.close()); err != nil {
		e.Found(finding.NodeSilent, "%s", sentence(err))
		return run.Serves
	}
	e.Take(within)
	if run.Serves {
		e.OK("node", "running, process %d", run.PID)
	} else {
		e.OK("node", "stopped, version %s could start", p.version)
	}
	return run.Serves
}

// unreachable says why a store could not be opened, or a node not asked.
func (e *examination) unreachable(err error) {
	c := finding.NodeSilent
	if why := (unopened{}); errors.As(err, &why) {
		c = why.condition
	}
	if !e.Has(c) {
		e.Found(c, "%s", sentence(err))
	}
}
