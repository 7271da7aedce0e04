//go:build linux

package islands

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// within names, in the environment of the second process, the test that goes on there.
const within = "CONCLAVE_TEST_WITHIN"

// Enter runs a test once more in a process of its own, where it is root of a network that nobody else has. There it answers true,
// and the test goes on; here, when that one has passed, false: nothing is left to do. It fails as the other fails, and skips the
// test, saying why, where the machine cannot make such networks. Not for subtests.
func Enter(t *testing.T) bool {
	t.Helper()
	if os.Getenv(within) == t.Name() {
		return true
	}
	for _, name := range []string{"ip", "nft"} {
		if tool(name) == "" {
			t.Skipf("SKIP: networks of its own need %s, and it is not installed", name)
		}
	}
	args := []string{"-test.run=^" + t.Name() + "$", "-test.v"}
	if deadline, ok := t.Deadline(); ok {
		args = append(args, "-test.timeout="+time.Until(deadline).String())
	}
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), within+"="+t.Name())
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	err := c.Start()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) {
		t.Skipf("SKIP: networks of its own need user namespaces: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = c.Wait()
	t.Logf("within a network of its own:\n%s", said.String())
	if err != nil {
		t.Error(err)
	}
	return false
}
