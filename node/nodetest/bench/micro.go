package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var figure = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

// benchmarks runs Go benchmarks of a package and returns the median nanoseconds of each, by name.
func benchmarks(ctx context.Context, pkg, pattern, each string) (map[string]float64, error) {
	c := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", each, "-count", fmt.Sprint(rounds), pkg)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go test %s: %w: %s%s", pkg, err, out, errs.Bytes())
	}
	all := map[string][]float64{}
	for _, m := range figure.FindAllStringSubmatch(string(out), -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		all[m[1]] = append(all[m[1]], ns)
	}
	found := map[string]float64{}
	for name, v := range all {
		found[name] = median(v)
	}
	return found, nil
}

// cryptography is goals 10 to 12: our constructions beside what their primitives cost.
func cryptography(ctx context.Context, b *bench) error {
	for _, c := range []struct {
		pkg, pattern string
		rows         []row
		names        []string // of ours; the floor has Floor before it
	}{
		{"./crypto/ratchet", "^Benchmark(Floor)?(Encrypt|Decrypt)256$", []row{
			{Goal: "10", Metric: "ratchet encrypt 256 B", Ratio: 1.3}, {Goal: "10", Metric: "ratchet decrypt 256 B", Ratio: 1.3},
		}, []string{"Encrypt256", "Decrypt256"}},
		{"./crypto/handshake", "^Benchmark(Floor)?(Initiator|Responder)$", []row{
			{Goal: "11", Metric: "session set-up, initiator", Ratio: 1.3}, {Goal: "11", Metric: "session set-up, responder", Ratio: 1.3},
		}, []string{"Initiator", "Responder"}},
		{"./crypto/group", "^Benchmark(Floor)?(Encrypt|Decrypt)256$", []row{
			{Goal: "12", Metric: "group encrypt 256 B, signed", Ratio: 1.2}, {Goal: "12", Metric: "group decrypt 256 B, verified", Ratio: 1.2},
		}, []string{"Encrypt256", "Decrypt256"}},
	} {
		found, err := benchmarks(ctx, c.pkg, c.pattern, "200ms")
		if err != nil {
			return err
		}
		for i, r := range c.rows {
			r.Unit, r.Ours, r.Floor = "us", found[c.names[i]]/1000, found["Floor"+c.names[i]]/1000
			b.add(r)
		}
	}
	return nil
}

// durable is goal 13: durable writes of 256 writers, beside Badger alone, which syncs each transaction by itself.
func durable(ctx context.Context, b *bench) error {
	found, err := benchmarks(ctx, "./storage", "^BenchmarkDurableWrite$/.*/writers=256$", "1s")
	if err != nil {
		return err
	}
	perSecond := func(name string) float64 {
		if ns := found["DurableWrite/"+name+"/writers=256"]; ns > 0 {
			return 1e9 / ns
		}
		return 0
	}
	b.add(row{Goal: "13", Metric: "durable writes, 256 writers, beside plain Badger", Unit: "/s", More: true, Ours: perSecond("store"), Floor: perSecond("engine"), Ratio: 25})
	return nil
}
