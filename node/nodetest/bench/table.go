package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// row is one line of the table. A goal is a bound on the ratio to the floor, on the figure itself, or on both.
type row struct {
	Goal   string  `json:"goal"` // its number in docs/performance.md
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Ours   float64 `json:"ours"`
	Floor  float64 `json:"floor,omitempty"`  // 0 for none
	CPU    float64 `json:"cpu_us,omitempty"` // microseconds of CPU for each operation, both ends
	FloorC float64 `json:"floor_cpu_us,omitempty"`

	More  bool    `json:"more_is_better,omitempty"`
	Ratio float64 `json:"ratio_goal,omitempty"` // bound on Ours/Floor; 0 for none
	Bound float64 `json:"bound,omitempty"`      // bound on Ours; 0 for none
	Cost  float64 `json:"cpu_goal_us,omitempty"`
}

func (r row) ours() string { return amount(r.Ours) + " " + r.Unit }

func amount(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func (r row) goal() string {
	sign := "<="
	if r.More {
		sign = ">="
	}
	out := ""
	add := func(s string) {
		if out != "" {
			out += ", "
		}
		out += s
	}
	if r.Ratio != 0 {
		add(fmt.Sprintf("%s %gx", sign, r.Ratio))
	}
	if r.Bound != 0 {
		add(fmt.Sprintf("%s %g %s", sign, r.Bound, r.Unit))
	}
	if r.Cost != 0 {
		add(fmt.Sprintf("cpu <= %g us", r.Cost))
	}
	return cmp.Or(out, "-")
}

// met tells whether the goal is reached; "-" where there is none.
func (r row) met() string {
	beyond := func(v, bound float64) bool {
		if bound == 0 {
			return false
		}
		if r.More {
			return v < bound
		}
		return v > bound
	}
	switch {
	case r.Ours == 0, r.Ratio == 0 && r.Bound == 0 && r.Cost == 0:
		return "-"
	case r.Floor != 0 && beyond(r.Ours/r.Floor, r.Ratio), beyond(r.Ours, r.Bound), r.Cost != 0 && r.CPU > r.Cost:
		return "no"
	}
	return "yes"
}

// report is what a run found.
type report struct {
	Machine machine `json:"machine"`
	Rows    []row   `json:"rows"`
}

func (r report) print(w io.Writer) {
	m := r.Machine
	fmt.Fprintf(w, "machine  %s, %d cores, %s, %s; load %s at the start, %s at the end\n", m.CPU, m.Cores, m.Go, m.System, m.Before, m.After)
	fmt.Fprintf(w, "calib    SHA-256 of 1 KiB: %.0f ns at the start, %.0f ns at the end; run of %.0f s on %s\n\n", m.CalibBefore, m.CalibAfter, m.Seconds, m.Date)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "goal\tmetric\tours\tfloor\tratio\tcpu us\tfloor cpu\tgoal is\tmet")
	for _, x := range r.Rows {
		ratio, floor := "-", "-"
		if x.Floor != 0 {
			ratio, floor = fmt.Sprintf("%.2f", x.Ours/x.Floor), amount(x.Floor)+" "+x.Unit
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Goal, x.Metric, x.ours(), floor, ratio, amount(x.CPU), amount(x.FloorC), x.goal(), x.met())
	}
	t.Flush()
}

func (r report) save(name string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(raw, '\n'), 0o644)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// at is a quantile of a sorted list.
func at(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
