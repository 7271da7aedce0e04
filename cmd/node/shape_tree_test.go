package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path that imports of our own packages start with.
const module = "conclave"

// A tree is the repository as the rules see it: every file that is tracked or would be, and the Go files of the root module parsed.
type tree struct {
	files   map[string]string // slash-separated path from the root → content
	sources []source
}

// A source is one Go file of the root module.
type source struct {
	path    string
	dir     string
	test    bool
	imports []string
	ast     *ast.File
}

func (t tree) paths() []string {
	var all []string
	for p := range t.files {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// repository reads what git tracks and what it would track, so that a breach shows before it is committed.
func repository(t *testing.T) map[string]string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skipf("the rules look at what git tracks, and this is no work tree of git: %v", err)
	}
	files := map[string]string{}
	for p := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p)))
		if os.IsNotExist(err) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		files[p] = string(content)
	}
	return files
}

func parse(t *testing.T, files map[string]string) tree {
	t.Helper()
	all := tree{files: files}
	set := token.NewFileSet()
	for _, p := range all.paths() {
		if path.Ext(p) != ".go" || strings.Contains(p, "testdata/") || all.foreign(p) {
			continue
		}
		parsed, err := parser.ParseFile(set, p, files[p], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("parse: %v", err)
		}
		s := source{path: p, dir: folder(p), test: strings.HasSuffix(p, "_test.go"), ast: parsed}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: import %s: %v", p, spec.Path.Value, err)
			}
			s.imports = append(s.imports, imported)
		}
		all.sources = append(all.sources, s)
	}
	return all
}

// foreign says that a file belongs to a module of its own below the root, which the rules about packages leave alone.
func (t tree) foreign(p string) bool {
	for dir := folder(p); dir != ""; dir = folder(dir) {
		if _, own := t.files[dir+"/go.mod"]; own {
			return true
		}
	}
	return false
}

// folder is the folder of a path, "" for the root.
func folder(p string) string {
	if dir := path.Dir(p); dir != "." {
		return dir
	}
	return ""
}

// ours turns an import path into a folder of this repository.
func ours(imported string) (dir string, ok bool) {
	return strings.CutPrefix(imported, module+"/")
}

// within says that dir is top or lies below it.
func within(dir, top string) bool {
	return dir == top || strings.HasPrefix(dir, top+"/")
}

func withinAny(dir string, tops ...string) bool {
	return slices.ContainsFunc(tops, func(top string) bool { return within(dir, top) })
}
