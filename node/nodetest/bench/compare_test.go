package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	before, after := filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	save := func(name string, rows ...row) {
		t.Helper()
		if err := (report{Rows: rows}).save(name); err != nil {
			t.Fatal(err)
		}
	}
	save(before,
		row{Goal: "1", Metric: "latency on a busy machine", Unit: "ms", Ours: 4, Floor: 2},
		row{Goal: "2", Metric: "slower", Unit: "ms", Ours: 1},
		row{Goal: "4", Metric: "rate", Unit: "/s", Ours: 100, More: true, CPU: 20},
		row{Goal: "5", Metric: "left out", Unit: "ms", Ours: 1},
	)
	save(after,
		row{Goal: "1", Metric: "latency on a busy machine", Unit: "ms", Ours: 2, Floor: 1},
		row{Goal: "2", Metric: "slower", Unit: "ms", Ours: 1.5},
		row{Goal: "4", Metric: "rate", Unit: "/s", Ours: 150, More: true, CPU: 10},
		row{Goal: "6", Metric: "added", Unit: "ms", Ours: 1},
	)
	var out strings.Builder
	if err := compare(&out, before, after); err != nil {
		t.Fatal(err)
	}
	for metric, want := range map[string]string{
		"latency on a busy machine": "same", "slower": "WORSE, +50 %", "rate": "better, +50 %", "left out": "not measured", "added": "new",
	} {
		found := false
		for line := range strings.Lines(out.String()) {
			found = found || strings.Contains(line, metric) && strings.HasSuffix(strings.TrimSpace(line), want)
		}
		if !found {
			t.Errorf("no line of %q that ends with %q in\n%s", metric, want, out.String())
		}
	}
	if err := compare(&out, before, filepath.Join(dir, "absent.json")); err == nil {
		t.Error("a file that is not there was compared")
	}
}
