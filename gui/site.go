package gui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// file is one file of the page, ready to be sent.
type file struct {
	kind string // content type
	etag string
	body []byte
	gzip []byte // the same body compressed, when the build made one
}

// site holds the whole page in memory: a few hundred kilobytes.
type site struct {
	files map[string]file // by URL path without the leading slash
	index file
}

const (
	appFolder       = "app"
	indexFile       = "index.html"
	placeholderFile = "placeholder.html"
	hashedFolder    = "assets/" // names hold a hash of the content
)

// newSite reads the folder dist. The tree is part of the binary, so a file
// that cannot be read is a fault of the build and panics.
func newSite(dist fs.FS) *site {
	app, err := fs.Sub(dist, appFolder)
	if err != nil {
		panic(err)
	}
	if _, err := fs.Stat(app, indexFile); err != nil {
		return &site{index: newFile(placeholderFile, mustRead(dist, placeholderFile), nil)}
	}
	s := &site{files: make(map[string]file)}
	err = fs.WalkDir(app, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".gz") || strings.HasPrefix(name, ".") {
			return err
		}
		compressed, _ := fs.ReadFile(app, name+".gz")
		s.files[name] = newFile(name, mustRead(app, name), compressed)
		return nil
	})
	if err != nil {
		panic(err)
	}
	s.index = s.files[indexFile]
	return s
}

func mustRead(tree fs.FS, name string) []byte {
	body, err := fs.ReadFile(tree, name)
	if err != nil {
		panic(err)
	}
	return body
}

func newFile(name string, body, compressed []byte) file {
	sum := sha256.Sum256(body)
	return file{kind: contentType(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body, gzip: compressed}
}

// contentType does not ask the machine's table first: it differs by machine.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".map":
		return "application/json"
	default:
		if kind := mime.TypeByExtension(ext); kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	SetSecurityHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address only answers GET.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if f, ok := s.files[name]; ok {
		f.send(w, r, strings.HasPrefix(name, hashedFolder))
		return
	}
	if !isPage(name) {
		http.NotFound(w, r)
		return
	}
	s.index.send(w, r, false)
}

// isPage tells addresses inside the page from files and from other handlers'
// folders, which must not seem to exist.
func isPage(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	if first == "api" || first == ".well-known" || strings.HasPrefix(name, hashedFolder) {
		return false
	}
	return path.Ext(name) == ""
}

func (f file) send(w http.ResponseWriter, r *http.Request, immutable bool) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Add("Vary", "Accept-Encoding")
	if immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body, etag := f.body, f.etag
	if f.gzip != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = f.gzip, strings.TrimSuffix(f.etag, `"`)+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = bytes.NewReader(body).WriteTo(w) // the client going away is no fault of ours
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(coding, "gzip") {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if tag := strings.TrimPrefix(strings.TrimSpace(part), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
