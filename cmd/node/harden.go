package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// harden keeps keys out of core files and what the node makes out of reach of other users, and bounds the memory that the
// collector lets grow. The runtime raises the limit of open files by itself.
func (p *program) harden() error {
	unix.Umask(0o077)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	if _, set := p.variable("GOMEMLIMIT"); !set {
		if limit := memory(); limit > 0 {
			debug.SetMemoryLimit(limit / 10 * 8)
		}
	}
	return nil
}

// memory is what this process may use: what its control group has, else the machine's; bytes, 0 where it is not known.
func memory() int64 {
	var total int64
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		total = int64(uint64(info.Totalram) * uint64(info.Unit))
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup" + controlGroup() + "/memory.max"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64); err == nil && (total == 0 || limit < total) {
			total = limit
		}
	}
	return total
}

// controlGroup is the control group of this process, seen from the root.
func controlGroup() string {
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(raw)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok && path != "/" {
			return path
		}
	}
	return ""
}
