// Command node is Conclave: it runs a node, and does what the owner of one does at a terminal.
//
// It reads settings, opens the node, puts the bridge in front of it and waits for a signal; all else is in the packages below.
// Commands that need the store reach a running node through its control socket, or open the store themselves. It promises one
// clear sentence on standard error and a code other than 0 for everything that does not work, and refuses plain HTTP to
// anything but this machine.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // days of a conversation are asked for by time zone, also where the system has no tables
)

// version is set by the linker.
var version = "dev"

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	p := program{
		version: version, environ: os.Environ(), signals: signals,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}
