package bridge

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed docs
var docs embed.FS

var docsPage = template.Must(template.ParseFS(docs, "docs/page.html"))

// listed is an operation on the page that describes the API.
type listed struct{ Name, Method, Path, Doc, Access string }

// serveDocs shows the operations to people.
func (b *Bridge) serveDocs(w http.ResponseWriter, _ *http.Request) {
	access := [...]string{"session", "anybody", "owner"}
	var list []listed
	for _, rt := range b.routes {
		list = append(list, listed{rt.Name, rt.Method, rt.path, rt.Doc, access[rt.Access]})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := docsPage.Execute(w, map[string]any{"Operations": list, "Frames": b.Registry.Frames()}); err != nil {
		b.Logger.Error("write the page of the API", "err", redact(err))
	}
}

func serveDocsStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, docs, "docs/style.css")
}
