package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"conclave/node/nodetest"
)

const (
	starts       = 5
	startHistory = 100_000
	idleAfter    = 5 * time.Second
)

// start is goals 17 and 18 and the size of the binary: the program as it is shipped, with one account, and with a long history.
func start(ctx context.Context, b *bench) error {
	binary := filepath.Join(b.dir, "conclave")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/node")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	b.add(row{Goal: "-", Metric: "size of the binary", Unit: "MB", Ours: float64(info.Size()) / 1e6, Bound: 60})

	empty := filepath.Join(b.dir, "empty")
	p, err := launch(ctx, binary, empty)
	if err != nil {
		return err
	}
	_, err = nodetest.At("http://"+p.ready.HTTP).Founder(ctx, p.ready.SetupToken, "owner", "")
	if err := errors.Join(err, p.stop()); err != nil {
		return err
	}
	if err := b.started(ctx, binary, empty, "with one account", 40); err != nil {
		return err
	}
	full := filepath.Join(b.dir, "full")
	home, _, err := history(ctx, full, startHistory)
	if err != nil {
		return err
	}
	if err := home.Close(); err != nil {
		return err
	}
	return b.started(ctx, binary, full, "with 100,000 messages", 80)
}

// started measures a program that is started on a folder; memory is the goal for what it holds, in MB.
func (b *bench) started(ctx context.Context, binary, dir, what string, memory float64) error {
	var wall, used []float64
	for range starts {
		p, err := launch(ctx, binary, dir)
		if err != nil {
			return err
		}
		c := p.cpu()
		if err := p.stop(); err != nil {
			return err
		}
		wall, used = append(wall, ms(p.took)), append(used, us(c))
	}
	b.add(row{Goal: "17", Metric: "start to serving, " + what, Unit: "ms", Ours: median(wall), CPU: median(used), Bound: 150})
	p, err := launch(ctx, binary, dir)
	if err != nil {
		return err
	}
	time.Sleep(idleAfter)
	rss, err := p.rss()
	if err := errors.Join(err, p.stop()); err != nil {
		return err
	}
	b.add(row{Goal: "18", Metric: "resident memory idle after 5 s, " + what, Unit: "MB", Ours: rss, Bound: memory})
	return nil
}

// process is a running program.
type process struct {
	cmd   *exec.Cmd
	took  time.Duration
	ready struct {
		HTTP       string `json:"http"`
		SetupToken string `json:"setup_token"`
	}
}

// launch starts the program and waits until it says that it serves.
func launch(ctx context.Context, binary, dir string) (*process, error) {
	file := dir + ".ready"
	if err := os.RemoveAll(file); err != nil {
		return nil, err
	}
	var said bytes.Buffer
	p := &process{cmd: exec.CommandContext(ctx, binary, "run", "--data", dir, "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0",
		"--listen", "/ip4/127.0.0.1/tcp/0,/ip4/127.0.0.1/udp/0/quic-v1", "--ready-file", file)}
	p.cmd.Stderr = &said
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		raw, err := os.ReadFile(file)
		if err == nil {
			p.took = time.Since(began)
			return p, json.Unmarshal(raw, &p.ready)
		}
		if time.Since(began) > patience {
			return nil, errors.Join(fmt.Errorf("it did not serve within %s: %s", patience, said.Bytes()), p.stop())
		}
		time.Sleep(time.Millisecond)
	}
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// cpu is the CPU time of the process so far, in ticks of ten milliseconds; 0 where the system does not tell.
func (p *process) cpu() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// rss is the resident memory of the process, in MB.
func (p *process) rss() (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(raw), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0, errors.New("the system does not tell the resident memory")
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	return kb * 1024 / 1e6, err
}
