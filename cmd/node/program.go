package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"conclave/crypto/vault"
)

// program is the command line with everything of the process that it touches, so that tests run it whole.
type program struct {
	version        string
	environ        []string // "NAME=value"
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	cost           vault.Cost    // of passphrases; zero is the real one
	stopTime       time.Duration // zero is the real one
}

// Codes that the process ends with.
const (
	codeOK    = 0
	codeFails = 1
	codeUsage = 2
)

// usageError is a command line or a setting that makes no sense; nothing was tried.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes one command and returns the code to end the process with.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return codeOK
	}
	fmt.Fprintln(p.stderr, "conclave: "+sentence(err))
	if wrong := (usageError{}); errors.As(err, &wrong) {
		return codeUsage
	}
	return codeFails
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "conclave",
		Short:         "A federated chat node with end-to-end encryption",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		p.runCommand(), p.demoCommand(), p.accountCommand(), p.inviteCommand(), p.backupCommand(), p.restoreCommand(),
		p.openapiCommand(), p.metricsCommand(), p.findingsCommand(), p.doctorCommand(), p.statusCommand(), p.configCommand(), p.versionCommand(),
	)
	return root
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.stdout, "conclave "+p.version)
			return err
		},
	}
}

// noArgs and exactArgs are cobra's, as errors of usage.
func noArgs(c *cobra.Command, args []string) error { return exactArgs(0)(c, args) }

func exactArgs(n int, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == n:
			return nil
		case n == 0 && c.HasSubCommands():
			return usage("there is no command %q; see %s --help", args[0], c.CommandPath())
		case n == 0:
			return usage("%s takes no arguments, got %q", c.CommandPath(), args[0])
		}
		return usage("%s needs %s; see %s --help", c.CommandPath(), strings.Join(names, " and "), c.CommandPath())
	}
}

// group is a command that only holds others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: name, Short: short, Args: noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return usage("%s needs one of its commands; see %s --help", c.CommandPath(), c.CommandPath())
	}}
	c.AddCommand(commands...)
	return c
}

// sentence is an error on one line: what errors.Join put on several is told apart by semicolons.
func sentence(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}

// variable returns a variable of the environment; the last one counts.
func (p *program) variable(name string) (value string, ok bool) {
	for _, pair := range p.environ {
		if n, v, _ := strings.Cut(pair, "="); n == name {
			value, ok = v, true
		}
	}
	return value, ok
}
