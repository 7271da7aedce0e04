package bridge

import (
	"maps"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// nulls finds what is null where the description of the API knows no null. The schema library takes a null for a field that
// was left out, which is not what clients were told.
func nulls(schemas huma.Registry, s *huma.Schema, v any, at string) (found []FieldError) {
	for s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	switch v := v.(type) {
	case nil:
		if !s.Nullable {
			found = []FieldError{{Location: at, Message: "null is no value here"}}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if p := s.Properties[name]; p != nil {
				found = append(found, nulls(schemas, p, v[name], at+"."+name)...)
			}
		}
	case []any:
		if s.Items == nil {
			return nil
		}
		for i, item := range v {
			found = append(found, nulls(schemas, s.Items, item, at+"["+strconv.Itoa(i)+"]")...)
		}
	}
	return found[:min(len(found), maxErrors)]
}
