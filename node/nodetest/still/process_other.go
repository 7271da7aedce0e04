//go:build !linux || !amd64 || race

package still

import "fmt"

// Run says that it is unable to.
func Run(Program, uint64) (int, error) {
	return 0, fmt.Errorf("%w: it is done on Linux and amd64 only, and not under the race detector", ErrUnable)
}
