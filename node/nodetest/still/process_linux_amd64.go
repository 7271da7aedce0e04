//go:build !race

package still

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// What package syscall does not name.
const (
	noRandomAddresses = 0x0040000  // ADDR_NO_RANDOMIZE
	killWithTracer    = 0x100000   // PTRACE_O_EXITKILL
	ofThisThread      = 0x20000000 // __WNOTHREAD
	auxRandom         = 25         // AT_RANDOM
	auxVDSO           = 33         // AT_SYSINFO_EHDR
)

// standing is __vdso_clock_gettime of a clock that stands at 10^9 seconds: it stores them and 1 ns where rsi points, and returns 0.
var standing = []byte{
	0x48, 0xc7, 0x06, 0x00, 0xca, 0x9a, 0x3b, // mov qword [rsi], 1000000000
	0x48, 0xc7, 0x46, 0x08, 0x01, 0x00, 0x00, 0x00, // mov qword [rsi+8], 1
	0x31, 0xc0, // xor eax, eax
	0xc3, // ret
}

// Run runs a program with a seed and returns the status it leaves with, 128 and more for a signal. It may be called from several
// goroutines at once.
func Run(p Program, seed uint64) (status int, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // a tracer is a thread; this one ends with the goroutine, and with it its personality
		status, err = run(p, seed)
	}()
	<-done
	return status, err
}

func run(p Program, seed uint64) (int, error) {
	clock, err := clockInVDSO()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnable, err)
	}
	if _, _, e := syscall.RawSyscall(syscall.SYS_PERSONALITY, noRandomAddresses, 0, 0); e != 0 {
		return 0, fmt.Errorf("%w: personality: %w", ErrUnable, e)
	}
	pid, err := syscall.ForkExec(p.Path, p.Args, &syscall.ProcAttr{
		Dir:   p.Dir,
		Env:   append(p.Env[:len(p.Env):len(p.Env)], "GOMAXPROCS=1", "GOGC=off"),
		Files: []uintptr{^uintptr(0), p.Out.Fd(), p.Out.Fd()},
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return 0, fmt.Errorf("%w: start it traced: %w", ErrUnable, err)
	}
	kill := time.AfterFunc(p.For, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	defer kill.Stop()
	if err := hold(pid, clock, seed); err != nil {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		_, _ = wait(pid)
		return 0, fmt.Errorf("%w: %w", ErrUnable, err)
	}
	return wait(pid)
}

// hold makes a process that is stopped before its first instruction a still one, and lets it go.
func hold(pid int, clock uintptr, seed uint64) error {
	var at syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &at, 0, nil); err != nil || !at.Stopped() {
		return fmt.Errorf("wait for its start: %w", errors.Join(err, errState(at)))
	}
	aux, err := auxiliary(pid)
	if err != nil {
		return err
	}
	var random [16]byte // neither half may be zero: the runtime takes that for nothing
	binary.LittleEndian.PutUint64(random[:], seed<<1|1)
	binary.LittleEndian.PutUint64(random[8:], seed*0x9e3779b97f4a7c15|1)
	if _, err := syscall.PtracePokeData(pid, aux[auxRandom], random[:]); err != nil {
		return fmt.Errorf("its random bytes: %w", err)
	}
	if _, err := syscall.PtracePokeText(pid, aux[auxVDSO]+clock, standing); err != nil {
		return fmt.Errorf("its clock: %w", err)
	}
	if err := syscall.PtraceSetOptions(pid, syscall.PTRACE_O_TRACECLONE|killWithTracer); err != nil {
		return fmt.Errorf("trace it: %w", err)
	}
	return holdFirstThread(pid)
}

// holdFirstThread lets a process run, but never the first thread it makes: that stays as it was born, stopped and traced.
func holdFirstThread(pid int) error {
	for signal := 0; ; {
		if err := syscall.PtraceCont(pid, signal); err != nil {
			return fmt.Errorf("let it run: %w", err)
		}
		var at syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &at, syscall.WALL, nil); err != nil || !at.Stopped() {
			return fmt.Errorf("wait for its first thread: %w", errors.Join(err, errState(at)))
		}
		if at.StopSignal() == syscall.SIGTRAP && at.TrapCause() == syscall.PTRACE_EVENT_CLONE {
			return syscall.PtraceDetach(pid)
		}
		if signal = int(at.StopSignal()); at.StopSignal() == syscall.SIGTRAP {
			signal = 0
		}
	}
}

// wait returns the status of a process once it is gone. The thread that was held is a child of the tracer until it was waited for, and the process
// is not gone before.
func wait(pid int) (int, error) {
	for {
		var at syscall.WaitStatus
		got, err := syscall.Wait4(-1, &at, syscall.WALL|ofThisThread, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait: %w", err)
		case got == pid && at.Exited():
			return at.ExitStatus(), nil
		case got == pid && at.Signaled():
			return 128 + int(at.Signal()), nil
		}
	}
}

type errState syscall.WaitStatus

func (e errState) Error() string { return fmt.Sprintf("state %#x", uint32(e)) }

// auxiliary returns what the kernel told a program that has not begun: on its stack lie its arguments, its environment, and pairs of a kind
// and a value.
func auxiliary(pid int) (map[uint64]uintptr, error) {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(pid, &regs); err != nil {
		return nil, fmt.Errorf("its registers: %w", err)
	}
	at := uintptr(regs.Rsp)
	next := func() (uint64, error) {
		var b [8]byte
		_, err := syscall.PtracePeekData(pid, at, b[:])
		at += 8
		return binary.LittleEndian.Uint64(b[:]), err
	}
	args, err := next()
	at += uintptr(args+1) * 8
	for v := uint64(1); v != 0 && err == nil; { // the environment
		v, err = next()
	}
	aux := map[uint64]uintptr{}
	for err == nil {
		var kind, value uint64
		if kind, err = next(); kind == 0 {
			break
		}
		value, err = next()
		aux[kind] = uintptr(value)
	}
	if err == nil && (aux[auxRandom] == 0 || aux[auxVDSO] == 0) {
		err = os.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("what the kernel told it: %w", err)
	}
	return aux, nil
}
