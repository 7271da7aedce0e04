package feature

import "strings"

// Figure is one number that tells those who run a node how it does. It belongs to the node as a whole: figures carry no label, so
// that no name, id or address of anybody can be in one.
type Figure struct {
	Name  string // conclave_…, with its unit; that of a count since the start ends in _total
	Help  string // one sentence
	Value float64
}

// Counts tells whether the figure only grows while the node runs.
func (f Figure) Counts() bool { return strings.HasSuffix(f.Name, "_total") }
