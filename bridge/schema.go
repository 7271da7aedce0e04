package bridge

import (
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"conclave/node/feature"
)

// setUp makes the schema library take names of fields to the letter, and lists as never null, which feature.Encode sees to. It
// has package variables for that; this package alone imports it, and all bridges want the same.
var setUp = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
})

const schemaPrefix = "#/components/schemas/"

// names gives every type a name of its own: its Go name, with the package's before it where another type has that already.
type names struct {
	types map[string]reflect.Type
	of    map[reflect.Type]string
}

func newNames() *names {
	return &names{types: map[string]reflect.Type{}, of: map[reflect.Type]string{}}
}

// name is called by the registry, also for types that get no schema of their own.
func (n *names) name(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := n.of[t]; ok {
		return name
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if item, isList := strings.CutPrefix(name, "List"); isList && strings.HasPrefix(t.Name(), "List[") {
		name = item + "List"
	}
	if t.Name() == "" || t.Kind() != reflect.Struct {
		return name
	}
	if other, taken := n.types[name]; taken && other != t {
		pkg := t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	n.types[name], n.of[t] = t, name
	return name
}

// body gives the body of an operation its schema, named after the operation.
func (d *document) body(op feature.Operation, t reflect.Type) *huma.Schema {
	return d.schemas.Schema(t, true, goName(op.Name)+"Request")
}

func (d *document) resolve(s *huma.Schema) *huma.Schema {
	for s.Ref != "" {
		s = d.schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// goName turns "message.send" and "me.renew_link" into "MessageSend" and "MeRenewLink".
func goName(name string) string {
	var out strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' || r == '-' }) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}

// open lets schemas that no request uses have further fields, since answers grow.
func (d *document) open(routes []*route) {
	strict := map[*huma.Schema]bool{}
	for _, rt := range routes {
		if rt.input.body != nil {
			d.mark(rt.input.body, strict)
		}
	}
	for _, s := range d.schemas.Map() {
		if _, closed := s.AdditionalProperties.(bool); closed && !strict[s] {
			s.AdditionalProperties = nil
		}
	}
}

func (d *document) mark(s *huma.Schema, seen map[*huma.Schema]bool) {
	s = d.resolve(s)
	if seen[s] {
		return
	}
	seen[s] = true
	for _, p := range s.Properties {
		d.mark(p, seen)
	}
	if s.Items != nil {
		d.mark(s.Items, seen)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		d.mark(more, seen)
	}
}
