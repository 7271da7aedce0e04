package bridge

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

var errParam = errors.New("not a value of this parameter's type")

func newParam(f reflect.StructField, in string, doc *document) param {
	p := param{name: f.Tag.Get(in), field: f, fallback: f.Tag.Get("default"), required: in == "path" || f.Tag.Get("required") == "true"}
	p.schema = huma.SchemaFromField(doc.schemas, f, "")
	p.schema.Nullable = false
	if err := setText(reflect.New(f.Type).Elem(), "1"); errors.Is(err, errors.ErrUnsupported) {
		panic("bridge: a parameter cannot be a " + f.Type.String())
	}
	return p
}

// set reads the text of a parameter into its field.
func (p *param) set(request reflect.Value, text string) error {
	if len(text) > maxParam || !utf8.ValidString(text) {
		return errParam
	}
	return setText(request.FieldByIndex(p.field.Index), text)
}

// check validates a parameter that was set.
func (p *param) check(schemas huma.Registry, request reflect.Value, text string) error {
	v := any(text)
	switch f := reflect.Indirect(request.FieldByIndex(p.field.Index)); {
	case p.schema.Type == huma.TypeInteger && f.CanInt():
		v = f.Int()
	case p.schema.Type == huma.TypeInteger && f.CanUint():
		v = f.Uint()
	case p.schema.Type == huma.TypeBoolean:
		v = f.Bool()
	}
	var res huma.ValidateResult
	huma.Validate(schemas, p.schema, huma.NewPathBuffer([]byte("query."+p.name), 6+len(p.name)), huma.ModeWriteToServer, v, &res)
	if len(res.Errors) > 0 {
		return validation(res.Errors)
	}
	return nil
}

func setText(v reflect.Value, text string) error {
	if v.Addr().Type().Implements(textUnmarshaler) {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return setText(v.Elem(), text)
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return errParam
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return errParam
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			return errParam
		}
		v.SetUint(n)
	default:
		return errors.ErrUnsupported
	}
	return nil
}
