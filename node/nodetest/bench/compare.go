package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// noise is how much a figure differs between two runs of the same program on this kind of machine; less is no change.
const noise = 0.1

// change is one metric of two runs. Figures that have a floor are compared by their ratios to it, which a busy machine spoils less.
type change struct {
	before, after row
	there, here   bool
}

// compare prints what changed between two reports that -json wrote.
func compare(w io.Writer, before, after string) error {
	old, err := reportOf(before)
	if err != nil {
		return err
	}
	fresh, err := reportOf(after)
	if err != nil {
		return err
	}
	for _, r := range []struct {
		name string
		report
	}{{before, old}, {after, fresh}} {
		m := r.Machine
		fmt.Fprintf(w, "%s: %s, %d cores, %s, load %s to %s, calib %.0f ns, %s\n", r.name, m.CPU, m.Cores, m.Date, m.Before, m.After, m.CalibBefore, m.Go)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "goal\tmetric\tbefore\tafter\tbeside the floor\tcpu us\t")
	for _, c := range pairs(old.Rows, fresh.Rows) {
		c.print(t)
	}
	return t.Flush()
}

func reportOf(name string) (r report, err error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("read %s: %w", name, err)
	}
	if len(r.Rows) == 0 {
		return r, fmt.Errorf("read %s: %w", name, errors.New("it holds no figures"))
	}
	return r, nil
}

// pairs joins two runs by goal and metric, in the order of the later one; what only the earlier has comes last.
func pairs(before, after []row) (all []change) {
	key := func(r row) string { return r.Goal + "\x00" + r.Metric }
	old := map[string]row{}
	for _, r := range before {
		old[key(r)] = r
	}
	for _, r := range after {
		was, there := old[key(r)]
		delete(old, key(r))
		all = append(all, change{before: was, after: r, there: there, here: true})
	}
	for _, r := range before {
		if _, left := old[key(r)]; left {
			all = append(all, change{before: r, there: true})
		}
	}
	return all
}

func (c change) print(w io.Writer) {
	switch {
	case !c.there:
		fmt.Fprintf(w, "%s\t%s\t-\t%s\t-\t%s\tnew\n", c.after.Goal, c.after.Metric, c.after.ours(), amount(c.after.CPU))
	case !c.here:
		fmt.Fprintf(w, "%s\t%s\t%s\t-\t-\t%s\tnot measured\n", c.before.Goal, c.before.Metric, c.before.ours(), amount(c.before.CPU))
	default:
		ratios := "-"
		if c.before.Floor != 0 && c.after.Floor != 0 {
			ratios = fmt.Sprintf("%.2f to %.2f", c.before.Ours/c.before.Floor, c.after.Ours/c.after.Floor)
		}
		cost := "-"
		if c.before.CPU != 0 {
			cost = fmt.Sprintf("%s to %s", amount(c.before.CPU), amount(c.after.CPU))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.after.Goal, c.after.Metric, c.before.ours(), c.after.ours(), ratios, cost, c.verdict())
	}
}

// verdict says in a word what became of a figure.
func (c change) verdict() string {
	was, is := c.before.Ours, c.after.Ours
	if c.before.Floor != 0 && c.after.Floor != 0 {
		was, is = was/c.before.Floor, is/c.after.Floor
	}
	if was == 0 || is == 0 {
		return "-"
	}
	by := is/was - 1
	switch {
	case by < noise && by > -noise:
		return "same"
	case (by > 0) == c.after.More:
		return fmt.Sprintf("better, %+.0f %%", by*100)
	}
	return fmt.Sprintf("WORSE, %+.0f %%", by*100)
}
