package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

const crashDirEnv, cutFlagEnv = "STORAGE_CRASH_DIR", "STORAGE_CUT_FLAG"

const (
	crashWriters = 8
	crashRounds  = 6
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir))
		os.Exit(1)
	}
	if dir := os.Getenv(damageDirEnv); dir != "" {
		fmt.Println(readDamaged(dir))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashDisk lets a small disk of a test be filled.
func crashDisk(flag string) Disk {
	if flag == "" {
		return Disk{}
	}
	return Disk{MinFree: 1 << 20, MinShare: -1, Floor: 1 << 20, Ballast: -1}
}

func crashKey(r *Realm, writer, n int) Key { return r.Key(Log, U64(uint64(writer)), U64(uint64(n))) }

// writeUntilKilled runs in a child process. Writer w puts row n, deletes row n-2 and sets its counter to n in one
// transaction, and prints "w n" once Update has returned.
// With a flag file it also collects garbage all the time, and prints nothing any more once that file is there: what it prints was on the
// disk before.
func writeUntilKilled(dir string) error {
	flag := os.Getenv(cutFlagEnv)
	s, err := Open(Options{Dir: dir, Key: [32]byte{1}, Disk: crashDisk(flag)})
	if err != nil {
		return err
	}
	if flag != "" {
		go func() {
			for ; err == nil; err = s.during(s.collect) {
				time.Sleep(20 * time.Millisecond) // else nothing but garbage is looked after
			}
		}()
	}
	r := testRealm("crash")
	var writers sync.WaitGroup
	errs := make(chan error, crashWriters)
	for w := range crashWriters {
		writers.Go(func() {
			for {
				var n int
				err := s.Update(context.Background(), func(tx *Tx) (err error) {
					n, err = GetAs[int](tx, r, r.Key(Counters, U64(uint64(w))))
					if err != nil && !errors.Is(err, ErrNotFound) {
						return err
					}
					n++
					tx.Delete(crashKey(r, w, n-2))
					return errors.Join(
						tx.Put(r, crashKey(r, w, n), make([]byte, 100+n%3000)),
						PutAs(tx, r, r.Key(Counters, U64(uint64(w))), n))
				})
				if err != nil {
					errs <- err
					return
				}
				if flag != "" {
					if _, err := os.Stat(flag); err == nil {
						return // the power is going: nobody knows whether this will be there
					}
				}
				fmt.Printf("%d %d\n", w, n) // one write to the pipe: whole or not at all
			}
		})
	}
	writers.Wait()
	return <-errs
}

// TestKillLosesNothingAcknowledged kills a writing process again and again. After each kill every acknowledged
// transaction must be there whole, and no deleted row may be back. (A power cut needs more than kill -9 can show.)
func TestKillLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	var acked [crashWriters]int
	for round := range crashRounds {
		total := killOnce(t, dir, 40+35*round, &acked)
		s := openDir(t, dir)
		checkAcked(t, s, round, acked)
		closeStore(t, s)
		t.Logf("round %d: %d transactions acknowledged before the kill", round, total)
	}
}

// checkAcked finds every acknowledged transaction whole, and no deleted row.
func checkAcked(t *testing.T, s *Store, round int, acked [crashWriters]int) {
	t.Helper()
	r := testRealm("crash")
	err := s.View(func(tx *Tx) error {
		for w, want := range acked {
			n, err := GetAs[int](tx, r, r.Key(Counters, U64(uint64(w))))
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if n < want {
				t.Errorf("round %d, writer %d: counter %d, but %d was acknowledged", round, w, n, want)
			}
			rows, err := scanned(tx, r, r.Key(Log, U64(uint64(w))), ScanOptions{KeysOnly: true})
			if err != nil {
				return err
			}
			wantRows := []string{fmt.Sprintf("%x=", crashKey(r, w, n-1)), fmt.Sprintf("%x=", crashKey(r, w, n))}
			if n < 2 {
				wantRows = wantRows[2-n:]
			}
			if fmt.Sprint(rows) != fmt.Sprint(wantRows) {
				t.Errorf("round %d, writer %d at %d: rows %v, want %v", round, w, n, rows, wantRows)
			}
			if _, err := tx.Get(r, crashKey(r, w, n)); n > 0 && err != nil {
				t.Errorf("round %d, writer %d: last row: %v", round, w, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// killOnce kills a child after it has acknowledged some transactions, and raises acked to what it acknowledged at all.
func killOnce(t *testing.T, dir string, after int, acked *[crashWriters]int) (total int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), crashDirEnv+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("read acknowledgements: %v", err)
			}
			break
		}
		var w, n int
		if _, err := fmt.Sscan(line, &w, &n); err != nil {
			t.Fatalf("acknowledgement %s: %v", strconv.Quote(line), err)
		}
		acked[w] = max(acked[w], n)
		if total++; total == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || total < after {
		t.Fatalf("child ended with %v after %d acknowledgements, want killed after %d", err, total, after)
	}
	return total
}
