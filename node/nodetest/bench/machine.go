package main

import (
	"bufio"
	"crypto/sha256"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// machine is where a run took place, and how fast and busy it was.
type machine struct {
	CPU         string  `json:"cpu"`
	Cores       int     `json:"cores"`
	Go          string  `json:"go"`
	System      string  `json:"system"`
	Date        string  `json:"date"`
	Before      string  `json:"load_before"`
	After       string  `json:"load_after"`
	CalibBefore float64 `json:"calib_before_ns"`
	CalibAfter  float64 `json:"calib_after_ns"`
	Seconds     float64 `json:"seconds"`
}

func describe() machine {
	return machine{
		CPU: model(), Cores: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Date: time.Now().UTC().Format(time.DateOnly), Before: load(), CalibBefore: calibrate(),
	}
}

func (m *machine) finish(began time.Time) {
	m.After, m.CalibAfter, m.Seconds = load(), calibrate(), time.Since(began).Seconds()
}

func model() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, is := strings.CutPrefix(s.Text(), "model name"); is {
			return strings.Trim(name, " \t:")
		}
	}
	return "unknown"
}

// load is the mean number of runnable threads of the last minute.
func load() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(raw), " ")
	return first
}

// calibrate tells how fast the machine is now: nanoseconds of CPU for a SHA-256 of 1 KiB.
func calibrate() float64 {
	var block [1024]byte
	const rounds = 200_000
	began := cpu()
	for range rounds {
		sum := sha256.Sum256(block[:])
		copy(block[:], sum[:])
	}
	return float64(cpu()-began) / rounds
}

// cpu is the CPU time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// onDisk is how many bytes of a file are there.
func onDisk(f os.FileInfo) float64 {
	if s, ok := f.Sys().(*syscall.Stat_t); ok {
		return float64(s.Blocks) * 512
	}
	return float64(f.Size())
}
