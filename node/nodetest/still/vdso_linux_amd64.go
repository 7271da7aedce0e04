//go:build !race

package still

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
)

// clockInVDSO returns how far into the vDSO its clock_gettime lies; every process of a kernel has the same.
func clockInVDSO() (uintptr, error) {
	image, err := vdso()
	if err != nil {
		return 0, fmt.Errorf("read the vDSO: %w", err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return 0, fmt.Errorf("the vDSO: %w", err)
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return 0, fmt.Errorf("the vDSO: %w", err)
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" && s.Value+uint64(len(standing)) <= uint64(len(image)) {
			return uintptr(s.Value), nil
		}
	}
	return 0, errors.New("the vDSO has no clock")
}

// vdso returns the bytes of the vDSO of this process.
func vdso() ([]byte, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		if !strings.Contains(line, "[vdso]") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil {
			return nil, err
		}
		memory, err := os.Open("/proc/self/mem")
		if err != nil {
			return nil, err
		}
		defer memory.Close()
		image := make([]byte, to-from)
		_, err = memory.ReadAt(image, from)
		return image, err
	}
	return nil, os.ErrNotExist
}
