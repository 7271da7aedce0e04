package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"

	"conclave/node"
	"conclave/node/nodetest"
)

// reported finds the figures that a Go benchmark reports of itself: a number and its unit.
var reported = regexp.MustCompile(`([0-9.]+) (\S+)`)

// benchmarkOnce runs a Go benchmark once and returns its figures by unit.
func benchmarkOnce(ctx context.Context, pkg, pattern, each string) (map[string]float64, error) {
	c := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", each, "-timeout", "30m", pkg)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go test %s: %w: %s%s", pkg, err, out, errs.Bytes())
	}
	found := map[string]float64{}
	for _, line := range bytes.Split(out, []byte("\n")) {
		name, figures, ok := bytes.Cut(line, []byte("\t"))
		if !ok || !bytes.HasPrefix(name, []byte("Benchmark")) {
			continue
		}
		for _, m := range reported.FindAllSubmatch(figures, -1) {
			v, err := strconv.ParseFloat(string(m[1]), 64)
			if err != nil {
				return nil, err
			}
			found[string(m[2])] = v
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no figures of %s in %s: %s", pattern, pkg, out)
	}
	return found, nil
}

// rekey is what the first message after a removal costs in a group of 1,000 members.
func rekey(ctx context.Context, b *bench) error {
	for _, nodes := range []string{"10", "1000"} {
		f, err := benchmarkOnce(ctx, "./node/group", "^BenchmarkRekey$/members=1000/nodes="+nodes+"$", "10x")
		if err != nil {
			return err
		}
		b.add(row{Goal: "-", Metric: "new chain after a removal, 1,000 members on " + nodes + " nodes: time", Unit: "ms", Ours: f["ns/op"] / 1e6})
		b.add(row{Goal: "-", Metric: "the same: bytes of keys, before sealing", Unit: "kB", Ours: f["bytes"] / 1000})
	}
	return nil
}

// catchUp is a node that missed 10,000 messages.
func catchUp(ctx context.Context, b *bench) error {
	f, err := benchmarkOnce(ctx, "./node", "^BenchmarkCatchUp10000$", "1x")
	if err != nil {
		return err
	}
	b.add(row{Goal: "-", Metric: "catch up with 10,000 messages", Unit: "s", Ours: f["s/catch-up"]})
	b.add(row{Goal: "-", Metric: "the same: requests, one after another", Unit: "", Ours: f["requests"]})
	b.add(row{Goal: "-", Metric: "the same: bytes for each message", Unit: "B", Ours: f["bytes/message"]})
	return nil
}

var counted = regexp.MustCompile(`rows of a message from ([^:]+): (\d+) and (\d+) with one local member, (\d+) and (\d+) with (\d+)`)

// writes is how many rows one message adds, changes or deletes on a node with 1 and with 1,000 local members, beside what it does
// on the node of another member. A test counts them.
func writes(ctx context.Context, b *bench) error {
	out, err := exec.CommandContext(ctx, "go", "test", "-count", "1", "-v", "-run", "^TestAGroupMessageCosts", "./node").CombinedOutput()
	if err != nil {
		return fmt.Errorf("count the rows of a message: %w: %s", err, out)
	}
	for _, m := range counted.FindAllSubmatch(out, -1) {
		for i, local := range []string{"1", string(m[6])} {
			n, err := strconv.Atoi(string(m[2+2*i]))
			if err != nil {
				return err
			}
			b.add(row{Goal: "-", Metric: fmt.Sprintf("rows of a message from %s, on a node with %s local members", m[1], local), Ours: float64(n)})
		}
	}
	return nil
}

const manyGroups = 500

// memoryOf is what a group costs a node that is in many: of memory, and of its store.
func memoryOf(ctx context.Context, b *bench) error {
	dir := filepath.Join(b.dir, "many")
	home, err := nodetest.Start(ctx, node.Config{Data: dir, Unlimited: true})
	if err != nil {
		return err
	}
	defer home.Close()
	owner, err := home.Founder(ctx, home.SetupToken(), "owner", "")
	if err != nil {
		return err
	}
	other, err := owner.Invite(ctx, "other", "")
	if err != nil {
		return err
	}
	if _, err := nodetest.Introduce(ctx, owner, other); err != nil {
		return err
	}
	if err := found(ctx, owner, other, 50); err != nil {
		return err
	}
	heap, stored := heapNow(), size(dir)
	if err := found(ctx, owner, other, manyGroups); err != nil {
		return err
	}
	b.add(row{Goal: "-", Metric: "heap for a group of two with one message, 500 of them", Unit: "kB", Ours: (heapNow() - heap) / 1000 / manyGroups})
	b.add(row{Goal: "-", Metric: "files for such a group, before the engine compacts them", Unit: "kB", Ours: (size(dir) - stored) / 1000 / manyGroups})
	return nil
}

func found(ctx context.Context, owner, other *nodetest.Person, count int) error {
	for i := range count {
		id, err := owner.NewGroup(ctx, fmt.Sprint("Group ", i), "none", other)
		if err != nil {
			return err
		}
		if _, err := owner.Send(ctx, id, text(uint64(i)), ""); err != nil {
			return err
		}
	}
	return nil
}

func heapNow() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// size is how many bytes the files of a folder take on the disk, without what is reserved for later.
func size(dir string) (sum float64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a file that the engine removed meanwhile counts for nothing
		}
		if info, err := d.Info(); err == nil {
			sum += onDisk(info)
		}
		return nil
	})
	return sum
}
