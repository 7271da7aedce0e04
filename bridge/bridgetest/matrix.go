// Package bridgetest makes tests out of what is registered: for every operation that takes an id, a call that names the ids of
// somebody else. A node passes when all of them are answered as if there were nothing.
//
// It promises that a new operation is in the matrix without anybody adding it there. It refuses operations whose ids it was
// not given: the matrix would have a hole.
package bridgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
)

// Case is one call with foreign ids.
type Case struct {
	Operation string
	Method    string
	Path      string // with the query
	Body      []byte // nil where the operation takes none
}

// IDs are somebody's ids, by parameter of a path ("conversation"), or by "operation parameter" ("session.close id") where the
// name means different things. Kinds stand in for ids in queries and bodies, which are told by their type.
type IDs struct {
	Params  map[string]string
	Account protocol.Account
	Log     protocol.Log
	Event   protocol.EventID
}

// Foreign returns a call of every operation with a session that takes an id in its path, valid in all but whose ids they are.
func Foreign(ops []feature.Operation, ids IDs) ([]Case, error) {
	var out []Case
	for _, op := range ops {
		if op.Access == feature.Public || !strings.Contains(op.Path, "{") {
			continue
		}
		c, err := newCase(op, ids)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func newCase(op feature.Operation, ids IDs) (Case, error) {
	c := Case{Operation: op.Name, Method: op.Method, Path: op.Path}
	if !strings.HasPrefix(c.Path, "/api/") && !strings.HasPrefix(c.Path, "/.well-known/") {
		c.Path = "/api/v1" + c.Path
	}
	body := map[string]any{}
	for _, f := range reflect.VisibleFields(op.Request) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch param := f.Tag.Get("path"); {
		case f.Anonymous || !f.IsExported():
		case param != "":
			id, ok := ids.Params[op.Name+" "+param]
			if !ok {
				id, ok = ids.Params[param]
			}
			if !ok {
				return Case{}, fmt.Errorf("%s takes {%s}: no id was given for it", op.Name, param)
			}
			c.Path = strings.ReplaceAll(c.Path, "{"+param+"}", id)
		case f.Tag.Get("query") == "" && name != "" && name != "-":
			body[name] = ids.sample(f.Type, f.Tag)
		}
	}
	if len(body) == 0 {
		return c, nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return Case{}, fmt.Errorf("make a body of %s: %w", op.Name, err)
	}
	c.Body = raw
	return c, nil
}

// sample makes a value that passes validation.
func (ids IDs) sample(t reflect.Type, tag reflect.StructTag) any {
	switch t {
	case reflect.TypeFor[protocol.Account]():
		return ids.Account
	case reflect.TypeFor[protocol.Log]():
		return ids.Log
	case reflect.TypeFor[protocol.EventID]():
		return ids.Event
	}
	if one, _, ok := strings.Cut(tag.Get("enum"), ","); ok || one != "" {
		return one
	}
	switch t.Kind() {
	case reflect.Pointer:
		return ids.sample(t.Elem(), tag)
	case reflect.Bool:
		return true
	case reflect.String:
		var n int
		_, _ = fmt.Sscan(tag.Get("minLength"), &n) // none means 0
		return strings.Repeat("x", max(1, n))
	case reflect.Slice:
		return []any{ids.sample(t.Elem(), "")}
	case reflect.Struct:
		inner := map[string]any{}
		for _, f := range reflect.VisibleFields(t) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.IsExported() && name != "" && name != "-" {
				inner[name] = ids.sample(f.Type, f.Tag)
			}
		}
		return inner
	default:
		var n int
		_, _ = fmt.Sscan(tag.Get("minimum"), &n)
		return max(1, n)
	}
}

// Request makes the HTTP request of a case for the holder of a token.
func (c Case) Request(base, token string) (*http.Request, error) {
	r, err := http.NewRequest(c.Method, base+c.Path, strings.NewReader(string(c.Body)))
	if err != nil {
		return nil, fmt.Errorf("make a request of %s: %w", c.Operation, err)
	}
	if c.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}
