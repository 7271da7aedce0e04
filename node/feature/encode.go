package feature

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Encode returns the JSON of a response or a live frame, as all clients get it: times are UTC with milliseconds, lists and
// maps are never null. The value itself is not changed.
func Encode(v any) ([]byte, error) {
	if v != nil {
		v = settle(reflect.ValueOf(v)).Interface()
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a %T: %w", v, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

var (
	timeType      = reflect.TypeFor[time.Time]()
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
)

// settle copies a value so far as it has to differ from how encoding/json would write it.
func settle(v reflect.Value) reflect.Value {
	t := v.Type()
	if t == timeType {
		return reflect.ValueOf(v.Interface().(time.Time).UTC().Truncate(time.Millisecond))
	}
	if t.Implements(marshalerType) || t.Implements(textType) {
		return v
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		return settleInner(v)
	case reflect.Slice, reflect.Array:
		return settleList(v)
	case reflect.Map:
		out := reflect.MakeMapWithSize(t, v.Len())
		for _, k := range v.MapKeys() {
			out.SetMapIndex(k, settle(v.MapIndex(k)))
		}
		return out
	case reflect.Struct:
		out := reflect.New(t).Elem()
		out.Set(v)
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				out.Field(i).Set(settle(v.Field(i)))
			}
		}
		return out
	}
	return v
}

func settleInner(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	inner := settle(v.Elem())
	if v.Kind() == reflect.Interface {
		out := reflect.New(v.Type()).Elem()
		out.Set(inner)
		return out
	}
	out := reflect.New(v.Type().Elem())
	out.Elem().Set(inner)
	return out
}

func settleList(v reflect.Value) reflect.Value {
	t := v.Type()
	if t.Elem().Kind() == reflect.Uint8 && (t.Kind() == reflect.Array || !v.IsNil()) {
		return v
	}
	out := reflect.New(t).Elem()
	if t.Kind() == reflect.Slice {
		out.Set(reflect.MakeSlice(t, v.Len(), v.Len()))
	}
	for i := range v.Len() {
		out.Index(i).Set(settle(v.Index(i)))
	}
	return out
}
