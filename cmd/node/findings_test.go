package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"conclave/storage"
)

func TestEachFindingSaysWhatItMeansAndWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range catalogue {
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`).MatchString(k.code) || seen[k.code] {
			t.Errorf("code %q: want words with underscores, once", k.code)
		}
		seen[k.code] = true
		if k.means == "" || k.do == "" || k.state != warning && k.state != failure {
			t.Errorf("%s: got %+v, want a state, what it means and what to do", k.code, k)
		}
	}
	page, err := os.ReadFile("../../docs/findings.md")
	if got := ok(t, "findings"); err != nil || got != string(page) {
		t.Errorf("docs/findings.md is not what the command prints (%v): run make gen", err)
	}
	// A code that no look can note is no promise.
	var source strings.Builder
	raw, err := os.ReadFile("examine.go")
	source.Write(raw)
	for code := range seen {
		if err != nil || !strings.Contains(source.String(), `"`+code+`"`) {
			t.Errorf("%s is noted nowhere", code)
		}
	}
}

// codes runs the doctor and returns what it found, by code.
func codes(t *testing.T, args ...string) map[string]finding {
	t.Helper()
	var all []finding
	if err := json.Unmarshal([]byte(run(t, append([]string{"doctor", "--json"}, args...)...).stdout), &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]finding{}
	for _, f := range all {
		if out[f.Code] = f; f.Found == "" || (f.State == fine) != (f.Code == "ok") || f.State != fine && (f.Do == "" || f.Means == "") {
			t.Errorf("got %+v, want a code, what is wrong, what it means and what to do", f)
		}
	}
	return out
}

func TestTheDoctorNamesWhatIsWrong(t *testing.T) {
	free := []string{"--http", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0"}
	made := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "data")
		ok(t, "account", "create", "ana", "--data", dir)
		return dir
	}
	cert, key, _ := certify(t, t.TempDir(), 1, time.Now().Add(365*24*time.Hour))
	old, oldKey, _ := certify(t, t.TempDir(), 2, time.Now().Add(-time.Minute))
	soon, soonKey, _ := certify(t, t.TempDir(), 3, time.Now().Add(24*time.Hour))
	for code, make := range map[string]func(t *testing.T) (dir string, args []string){
		"folder_missing": func(t *testing.T) (string, []string) { return filepath.Join(t.TempDir(), "none"), nil },
		"node_missing":   func(t *testing.T) (string, []string) { return t.TempDir(), nil },
		"folder_is_file": func(t *testing.T) (string, []string) {
			path := filepath.Join(t.TempDir(), "file")
			write(t, path, "")
			return path, nil
		},
		"folder_open": func(t *testing.T) (string, []string) {
			dir := made(t)
			must(t, os.Chmod(filepath.Join(dir, "node.key"), 0o640))
			return dir, nil
		},
		"clock_back": func(t *testing.T) (string, []string) {
			dir := made(t)
			later := time.Now().Add(time.Hour)
			must(t, os.Chtimes(filepath.Join(dir, "store"), later, later))
			return dir, nil
		},
		"store_newer": func(t *testing.T) (string, []string) {
			dir := made(t)
			path := find(t, dir, "schema")
			must(t, os.WriteFile(path, []byte("9999\n"), 0o600))
			return dir, nil
		},
		"store_in_use": func(t *testing.T) (string, []string) {
			dir := made(t)
			folder, err := os.Open(filepath.Join(dir, "store"))
			must(t, err)
			must(t, unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB))
			t.Cleanup(func() { folder.Close() })
			return dir, nil
		},
		"addresses_taken": func(t *testing.T) (string, []string) {
			address, _ := taken(t)
			return made(t), []string{"--http", address}
		},
		"public_url_unknown": func(t *testing.T) (string, []string) {
			return made(t), []string{"--public-url", "https://nowhere.invalid"}
		},
		"public_url_missing": func(t *testing.T) (string, []string) {
			return made(t), []string{"--http", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key}
		},
		"certificate_other": func(t *testing.T) (string, []string) {
			return made(t), []string{"--public-url", "https://localhost", "--tls-cert", cert, "--tls-key", key}
		},
		"certificate_over": func(t *testing.T) (string, []string) {
			return made(t), []string{"--tls-cert", old, "--tls-key", oldKey}
		},
		"certificate_ends": func(t *testing.T) (string, []string) {
			return made(t), []string{"--tls-cert", soon, "--tls-key", soonKey}
		},
		"certificate_unusable": func(t *testing.T) (string, []string) {
			return made(t), []string{"--tls-cert", "missing.pem", "--tls-key", "missing.pem"}
		},
	} {
		t.Run(code, func(t *testing.T) {
			dir, args := make(t)
			got := codes(t, append(append([]string{"--data", dir}, free...), args...)...)
			if _, found := got[code]; !found {
				t.Errorf("got %v, want %s", slices.Sorted(maps.Keys(got)), code)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// find is the file of that name, in lower or upper case, somewhere below a folder.
func find(t *testing.T, dir, name string) (path string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		if strings.EqualFold(filepath.Base(p), name) {
			path = p
		}
		return err
	}))
	if path == "" {
		t.Fatalf("%s has no file %s", dir, name)
	}
	return path
}

// The doctor says that the disk is full where the store does, and no sooner.
func TestTheDoctorJudgesTheDiskAsTheStoreDoes(t *testing.T) {
	for _, total := range []uint64{4 << 30, 100 << 30, 4 << 40} {
		least, floor := storage.Disk{}.Bounds(total)
		for free, want := range map[uint64]string{floor - 1: "disk_full", floor: "disk_short", least - 1: "disk_short", least: "disk_low", 3 * least: "ok"} {
			e := &examination{}
			e.space(free, total)
			if e.findings[0].Code != want {
				t.Errorf("%s free of %s: got %s, want %s", size(free), size(total), e.findings[0].Code, want)
			}
		}
	}
}

func TestTheDoctorJudgesFilesAndPeers(t *testing.T) {
	type peer = struct {
		ID        string    `json:"id"`
		Connected bool      `json:"connected"`
		Waiting   int       `json:"waiting"`
		LastSeen  time.Time `json:"last_seen,omitzero"`
		LastError string    `json:"last_error,omitempty"`
	}
	now := time.Now()
	for want, look := range map[string]func(e *examination){
		"files_few":  func(e *examination) { e.files(10, 1024) },
		"files_near": func(e *examination) { e.files(9000, 10000) },
		"peer_away": func(e *examination) {
			e.peers(described{Started: now.Add(-time.Hour), Peers: []peer{{Waiting: 2, LastSeen: now.Add(-time.Hour)}}})
		},
		"peer_never_met":  func(e *examination) { e.peers(described{Started: now.Add(-time.Hour), Peers: []peer{{Waiting: 2}}}) },
		"store_read_only": func(e *examination) { e.store(process{}, described{ReadOnly: "a sync failed"}) },
		"store_not_ready": func(e *examination) { e.store(process{NotReady: "it drains"}, described{}) },
	} {
		e := &examination{}
		if look(e); len(e.wrong()) != 1 || e.wrong()[0].Code != want {
			t.Errorf("got %+v, want %s", e.findings, want)
		}
	}
	e := &examination{}
	e.files(10, 10000)
	e.peers(described{Started: now, Peers: []peer{{Waiting: 2}, {Connected: true, Waiting: 1}, {}}})
	if got := e.wrong(); len(got) > 0 {
		t.Errorf("nothing is wrong: got %+v", got)
	}
}
