package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A data folder whose files were cut is refused in a sentence that says what to do, each time; once the loss is accepted it is used again.
func TestADamagedFolderIsRefusedUntilTheLossIsAccepted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	listen := anyPeer(t)
	c := spawn(t, dir, listen...)
	if _, err := c.site().Founder(t.Context(), c.SetupToken, "ana", ""); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.end(t, time.Minute)
	logs, err := filepath.Glob(filepath.Join(dir, "store", "*.mem"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("logs of the store: %v, %v", logs, err)
	}
	for _, name := range logs {
		if err := os.Truncate(name, 2000); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"run", "--data", dir, "--http", "127.0.0.1:0", "--group-listen", "off"}, listen...)
	for range 2 {
		run(t, args...).refuses(t, codeFails, "damaged", "lost", "--accept-loss")
	}
	back := spawn(t, dir, append(listen, "--accept-loss")...)
	if err := back.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	back.end(t, time.Minute)
	spawn(t, dir, listen...)
}
