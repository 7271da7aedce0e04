package bridge

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"conclave/node/feature"
)

// maxParam is the longest value of a path or query parameter, bytes.
const maxParam = 4096

// input is how the request of an operation is made of path, query and body.
type input struct {
	schemas huma.Registry
	request reflect.Type
	path    []param
	query   []param
	body    *huma.Schema // nil where the operation takes no body
	wanted  bool         // the body has required fields
}

// param is a field of a request that stands in the path or in the query.
type param struct {
	name     string
	field    reflect.StructField
	schema   *huma.Schema
	required bool
	fallback string
}

// newInput reads the tags of a request type. It panics where they make no sense, which is a mistake in a slice.
func newInput(op feature.Operation, path string, doc *document) *input {
	in := &input{schemas: doc.schemas, request: op.Request}
	if op.Request.Kind() != reflect.Struct {
		panic("bridge: the request of " + op.Name + " is not a struct")
	}
	var fields []reflect.StructField
	for _, f := range reflect.VisibleFields(op.Request) {
		switch {
		case f.Anonymous || !f.IsExported():
		case f.Tag.Get("path") != "":
			in.path = append(in.path, newParam(f, "path", doc))
			if !strings.Contains(path, "{"+f.Tag.Get("path")+"}") {
				panic("bridge: " + op.Name + " has no {" + f.Tag.Get("path") + "} in its path")
			}
		case f.Tag.Get("query") != "":
			in.query = append(in.query, newParam(f, "query", doc))
		case f.Tag.Get("json") != "-":
			f.Index, f.Offset = nil, 0
			fields = append(fields, f)
		}
	}
	if n := strings.Count(path, "{"); n != len(in.path) {
		panic("bridge: " + op.Name + " does not take every parameter of its path")
	}
	if len(fields) > 0 {
		in.body = doc.body(op, reflect.StructOf(fields))
		in.wanted = len(doc.resolve(in.body).Required) > 0
	}
	return in
}

// decode makes the request of a call, with the digest that tells it apart from another.
func (in *input) decode(w http.ResponseWriter, r *http.Request) (any, [32]byte, error) {
	v := reflect.New(in.request)
	body, err := readBody(w, r)
	if err != nil {
		return nil, [32]byte{}, err
	}
	if err := in.decodeBody(v, body); err != nil {
		return nil, [32]byte{}, err
	}
	if err := in.decodeQuery(v, r.URL.RawQuery); err != nil {
		return nil, [32]byte{}, err
	}
	for _, p := range in.path {
		if p.set(v.Elem(), r.PathValue(p.name)) != nil {
			return nil, [32]byte{}, feature.ErrNotFound
		}
	}
	return v.Elem().Interface(), digest(r, body), nil
}

func (in *input) decodeBody(v reflect.Value, body []byte) error {
	if body == nil {
		if in.wanted {
			return malformed("a JSON body is wanted")
		}
		return nil
	}
	tree, err := parseJSON(body)
	if err != nil {
		return err
	}
	if in.body == nil {
		if m, ok := tree.(map[string]any); !ok || len(m) > 0 {
			return malformed("this call takes no body")
		}
		return nil
	}
	var res huma.ValidateResult
	huma.Validate(in.schemas, in.body, huma.NewPathBuffer([]byte("body"), 4), huma.ModeWriteToServer, tree, &res)
	if len(res.Errors) > 0 {
		return validation(res.Errors)
	}
	if found := nulls(in.schemas, in.body, tree, "body"); len(found) > 0 {
		return &invalid{fields: found}
	}
	if err := json.Unmarshal(body, v.Interface()); err != nil {
		return unmarshalError(err)
	}
	return nil
}

func (in *input) decodeQuery(v reflect.Value, raw string) error {
	values, err := parseQuery(raw)
	if err != nil {
		return err
	}
	for name := range values {
		if !in.takes(name) {
			return wrongQuery(name, "unexpected parameter")
		}
	}
	for _, p := range in.query {
		text, given := values[p.name]
		if !given && p.required {
			return wrongQuery(p.name, "this parameter is wanted")
		}
		if !given {
			text = p.fallback
		}
		if text == "" && !given {
			continue
		}
		if err := p.set(v.Elem(), text); err != nil {
			return wrongQuery(p.name, "not a valid value")
		}
		if err := p.check(in.schemas, v.Elem(), text); err != nil {
			return err
		}
	}
	return nil
}

func (in *input) takes(name string) bool {
	for _, p := range in.query {
		if p.name == name {
			return true
		}
	}
	return false
}

// parseQuery reads a query in which every parameter stands once.
func parseQuery(raw string) (map[string]string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, wrongQuery("", "not a valid query")
	}
	out := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) != 1 || len(list[0]) > maxParam {
			return nil, wrongQuery(name, "a parameter stands once and is short")
		}
		out[name] = list[0]
	}
	return out, nil
}

// digest tells calls apart that come with the same idempotency key.
func digest(r *http.Request, body []byte) [32]byte {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

// maxErrors is how much of what is wrong is told.
const maxErrors = 32

func validation(list []error) error {
	inv := &invalid{}
	for _, err := range list[:min(len(list), maxErrors)] {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			inv.fields = append(inv.fields, FieldError{Location: clip(d.Location), Message: d.Message})
		}
	}
	return inv
}

// clip bounds what is repeated of a caller's own field names.
func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}

func unmarshalError(err error) error {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		return &invalid{fields: []FieldError{{Location: "body." + t.Field, Message: "not a valid value"}}}
	}
	return malformed("a value is not valid")
}

func wrongQuery(name, message string) error {
	return &invalid{fields: []FieldError{{Location: clip(strings.TrimSuffix("query."+name, ".")), Message: message}}}
}
