package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"conclave/storage/backup"
)

// controlName is the socket in the data folder by which commands reach a running node.
const controlName = "control.sock"

// control is the listening end of the socket. Only the user of the node can open it.
type control struct {
	listener net.Listener
	path     string
}

// listenControl makes the socket. The caller holds the lock of the folder, so a socket that is there already is stale. It is made
// in a folder of its own that nobody else can enter, and moved into place once its mode is right.
func listenControl(dir string) (*control, error) {
	c := &control{path: filepath.Join(dir, controlName)}
	private, err := os.MkdirTemp(dir, ".control-*")
	if err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	defer os.RemoveAll(private)
	err = inFolder(private, func(short string) error {
		var err error
		c.listener, err = net.Listen("unix", filepath.Join(short, "s"))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	c.listener.(*net.UnixListener).SetUnlinkOnClose(false)
	made := filepath.Join(private, "s")
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, c.path)); err != nil {
		return nil, errors.Join(fmt.Errorf("make the control socket: %w", err), c.listener.Close())
	}
	return c, nil
}

// shortPath leaves room for a name in the 108 bytes that the system has for the path of a socket.
const shortPath = 80

// inFolder calls fn with a short name of a folder: the path of a socket has room for about 100 bytes.
func inFolder(dir string, fn func(short string) error) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if len(dir) < shortPath {
		return fn(dir)
	}
	return fn(fmt.Sprintf("/proc/self/fd/%d", d.Fd()))
}

func (c *control) close() error {
	_ = c.listener.Close() // a server that was shut down closed it before
	if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the control socket: %w", err)
	}
	return nil
}

// Paths that the socket has besides those of the API.
const (
	processPath = "/process"
	backupPath  = "/backup"
)

// process describes the process that has the data folder to the commands.
type process struct {
	PID        int    `json:"pid"`
	Serves     bool   `json:"serves"` // false for a command that has opened the store itself
	HTTP       string `json:"http"`
	Admin      string `json:"admin"`
	SetupToken string `json:"setup_token"`
	NotReady   string `json:"not_ready,omitempty"` // why it cannot serve now
}

func (v *service) process() process {
	p := process{PID: os.Getpid(), SetupToken: v.node.SetupToken()}
	if v.page != nil {
		p.Serves, p.HTTP, p.Admin = true, v.page.Addr().String(), v.admin.Addr().String()
	}
	if err := v.ready.check(); err != nil {
		p.NotReady = sentence(err)
	}
	return p
}

// handler serves the owner's operations as the bridge has them, and what is no operation.
func (c *control) handler(v *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+processPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v.process()) // who asked went away, if this fails
	})
	mux.HandleFunc("GET "+findingsPath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v.examine(r.Context())) // who asked went away, if this fails
	})
	mux.HandleFunc("POST "+backupPath, v.serveBackup)
	mux.Handle("/", v.bridge.Control())
	return mux
}

// backupRequest says who can open the backup: recipients, or whoever knows the passphrase.
type backupRequest struct {
	Recipients []string `json:"recipients,omitempty"`
	Passphrase string   `json:"passphrase,omitempty"`
}

func (b backupRequest) parse() ([]backup.Recipient, error) {
	if (len(b.Recipients) > 0) == (b.Passphrase != "") {
		return nil, errors.New("a backup is for recipients or for a passphrase, for one of them")
	}
	if b.Passphrase != "" {
		to, _, err := backup.Passphrase(b.Passphrase)
		return []backup.Recipient{to}, err
	}
	return backup.ParseRecipients(strings.Join(b.Recipients, "\n"))
}

// serveBackup streams a backup. One that fails on its way is broken off, so that nobody takes it for whole.
func (v *service) serveBackup(w http.ResponseWriter, r *http.Request) {
	var req backupRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&req); err != nil {
		http.Error(w, "not a request for a backup", http.StatusBadRequest)
		return
	}
	recipients, err := req.parse()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := v.node.Backup(r.Context(), w, recipients); err != nil {
		v.log.Error("backup", "err", err)
		panic(http.ErrAbortHandler)
	}
}
