// Command bench measures what docs/performance.md promises, each figure beside a floor that does the same work without our
// layers, in the same run. It prints one table and asserts nothing: who reads it judges, with the machine and its load in mind.
//
//	go run ./node/nodetest/bench [-only path,page,connect,store,crypto,start] [-json FILE]
//	go run ./node/nodetest/bench -compare OLD.json NEW.json
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"
)

// part is a section of the bench.
type part struct {
	name string
	run  func(context.Context, *bench) error
}

var parts = []part{
	{"crypto", cryptography}, {"store", durable}, {"path", path}, {"unsynced", unsynced}, {"page", page}, {"connect", connect}, {"sockets", sockets},
	{"rooms", rooms}, {"pace", pace}, {"rekey", rekey}, {"catchup", catchUp}, {"writes", writes}, {"groups", memoryOf}, {"start", start},
}

// bench is one run.
type bench struct {
	dir   string // for everything that is written; removed at the end
	nodes int    // the only size of room to measure; 0: all
	count int    // messages in a room; 0: as many as it takes
	rows  []row
}

func (b *bench) add(r row) {
	b.rows = append(b.rows, r)
	fmt.Fprintf(os.Stderr, "  %s: %s\n", r.Metric, r.ours())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	only := flag.String("only", "", "parts to run, with commas; all if empty")
	file := flag.String("json", "", "write the figures there too")
	nodes := flag.Int("nodes", 0, "only rooms over so many nodes: 2, 10, 30 or 100; all if 0")
	count := flag.Int("messages", 0, "messages in a room, more than usual for a profile; 0: as many as it takes")
	allocs := flag.String("memprofile", "", "write a profile of allocations there")
	profile := flag.String("cpuprofile", "", "write a CPU profile there")
	beside := flag.Bool("compare", false, "compare two files of -json instead, the earlier first")
	flag.Parse()
	if *beside {
		if flag.NArg() != 2 {
			return errors.New("-compare needs two files, the earlier first")
		}
		return compare(os.Stdout, flag.Arg(0), flag.Arg(1))
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	b := &bench{nodes: *nodes, count: *count}
	if b.dir, err = os.MkdirTemp("", "conclave-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	began, machine := time.Now(), describe()
	for _, p := range parts {
		if *only != "" && !strings.Contains(","+*only+",", ","+p.name+",") {
			continue
		}
		fmt.Fprintln(os.Stderr, p.name)
		if err := p.run(context.Background(), b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	machine.finish(began)
	if err := saveAllocs(*allocs); err != nil {
		return err
	}
	out := report{Machine: machine, Rows: b.rows}
	out.print(os.Stdout)
	if *file == "" {
		return nil
	}
	return out.save(*file)
}

// saveAllocs writes what was allocated since the start to a file, if one is named.
func saveAllocs(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
