// Package still runs a program of Go in a process in which nothing is left to chance but what it is given: what its runtime draws
// follows from a seed, its clock stands, and nobody interrupts it. A simulation that is random in nothing else then
// takes the same course each time it is run: see decision 0110.
//
// What is done to the process, before its first instruction and from outside, so that neither the program nor the Go it was built with
// are touched:
//
//   - The 16 bytes that the kernel leaves to a new program (AT_RANDOM) are made of the seed. From them the runtime draws where the walk
//     over a map begins, which ready case a select takes, which of two timers of one instant fires first, and its hashes.
//   - Its addresses are the same each time.
//   - What the vDSO tells of the time is one moment, for ever. Within a bubble of testing/synctest time goes on as always.
//   - The runtime's monitor thread, the first that a program makes, is held: it would interrupt a goroutine after 10 ms of real time.
//
// It needs Linux on amd64 and the right to trace a child; elsewhere Run says [ErrUnable].
//
// One thing stays: how many threads the runtime makes while it initialises is a race of two of them, and each thread draws a number. Threads
// tells; who wants the same course asks for the same number, and tries again until it comes, about every second time.
//
// A program that is run so must not wait in a system call for its own other goroutines, must not need more than one processor, and
// takes no notice of real time: a timer outside a bubble never fires.
package still

import (
	"errors"
	"os"
	"runtime/pprof"
	"time"
)

// ErrUnable is that a program cannot be run so on this machine; what it wraps says why.
var ErrUnable = errors.New("no process can be held still here")

// Program is what is run. The length of everything in it may matter to the program's course, as its content does.
type Program struct {
	Path string
	Args []string // with the name of the program
	Env  []string // the whole of it; GOMAXPROCS=1 and GOGC=off are added
	Dir  string
	Out  *os.File      // what it writes; nothing comes to its standard input
	For  time.Duration // of real time; then it is killed
}

// Threads tells within a program how many threads its runtime has made.
func Threads() int { return pprof.Lookup("threadcreate").Count() }
