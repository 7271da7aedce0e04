// Package finding has every condition in which a node can be that whoever runs it should do something about: what is wrong, what that
// means for the people of the node, and what to do.
//
// A code, once published, is never renamed and never given to something else: scripts and alerts know it. `conclave doctor` and
// `conclave status` tell the same findings; docs/findings.md lists the conditions and is written from here.
package finding

import (
	"bytes"
	"fmt"
	"slices"
)

// Severity says how bad a condition is.
type Severity string

// A failure is something that does not work now; a warning something that will not, or works badly.
const (
	Failure Severity = "failure"
	Warning Severity = "warning"
)

// Condition is one thing that can be wrong.
type Condition struct {
	Code     string
	Severity Severity
	What     string // is wrong, in general
	Means    string // for people
	Do       string // to mend it
}

// Found makes a finding of a condition; the text says what is wrong with this node, as a clause with no full stop.
func (c Condition) Found(format string, args ...any) Finding {
	return Finding{Code: c.Code, Severity: c.Severity, Text: fmt.Sprintf(format, args...), Means: c.Means, Do: c.Do}
}

// Finding is a condition that was found.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
	Means    string   `json:"means"`
	Do       string   `json:"do"`
}

// Fine is something that was looked at and is in order.
type Fine struct {
	Check string `json:"check"`
	Text  string `json:"text"`
}

// Report is what one look at a node found.
type Report struct {
	Findings []Finding `json:"findings"`
	Fine     []Fine    `json:"fine"`
}

// Take adds what another look found, but for conditions that this one found already.
func (r *Report) Take(other Report) {
	seen := slices.Clone(r.Findings)
	for _, f := range other.Findings {
		if !slices.ContainsFunc(seen, func(s Finding) bool { return s.Code == f.Code }) {
			r.Findings = append(r.Findings, f)
		}
	}
	for _, f := range other.Fine {
		if !slices.ContainsFunc(r.Fine, func(s Fine) bool { return s.Check == f.Check }) {
			r.Fine = append(r.Fine, f)
		}
	}
}

// Found notes a condition; one may be found of several things.
func (r *Report) Found(c Condition, format string, args ...any) {
	r.Findings = append(r.Findings, c.Found(format, args...))
}

// OK notes that something is in order.
func (r *Report) OK(check, format string, args ...any) {
	r.Fine = append(r.Fine, Fine{check, fmt.Sprintf(format, args...)})
}

// Has tells whether a condition was found.
func (r *Report) Has(c Condition) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == c.Code })
}

// Failures counts what does not work.
func (r *Report) Failures() (n int) {
	for _, f := range r.Findings {
		if f.Severity == Failure {
			n++
		}
	}
	return n
}

// Describe returns all conditions as a page in Markdown.
func Describe() []byte {
	var out bytes.Buffer
	out.WriteString("# Findings\n\n" +
		"Written by `conclave findings`; do not edit. What `conclave doctor` and `conclave status` can find. `--json` prints the code, which stays the\n" +
		"same in every later version. `doctor` ends with a code other than 0 where it found a failure.\n\n" +
		"| code | | what is wrong | what it means | what to do |\n|---|---|---|---|---|\n")
	for _, c := range All() {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", c.Code, c.Severity, c.What, c.Means, c.Do)
	}
	return out.Bytes()
}
