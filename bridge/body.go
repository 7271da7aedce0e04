package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"conclave/node/feature"
)

// Bounds of a body: bytes, and how deep it nests.
const (
	maxBody  = 1 << 20
	maxDepth = 32
)

// readBody reads a JSON body; nil where there is none.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, bodyError(err)
	}
	if len(body) == 0 && r.Header.Get("Content-Type") == "" {
		return nil, nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || !isUTF8(params) || r.Header.Get("Content-Encoding") != "" {
		return nil, errMediaType
	}
	if len(body) == 0 {
		return nil, nil
	}
	return body, nil
}

func isUTF8(params map[string]string) bool {
	c, ok := params["charset"]
	return !ok || strings.EqualFold(c, "utf-8")
}

// parseJSON reads one JSON value as encoding/json does, but keeps to the letter: valid UTF-8, no half of a surrogate pair, no
// key twice, nothing behind it, no deeper than maxDepth. Numbers stay json.Number.
func parseJSON(body []byte) (any, error) {
	if !utf8.Valid(body) || halfSurrogate(body) {
		return nil, errNotUTF8
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, err := parseValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, malformed("there is something behind the JSON value")
	}
	return v, nil
}

func parseValue(dec *json.Decoder, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, malformed("the body is not JSON")
	}
	switch t {
	case json.Delim('{'):
		return parseObject(dec, depth+1)
	case json.Delim('['):
		return parseArray(dec, depth+1)
	}
	return t, nil
}

func parseObject(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed("the body nests too deep")
	}
	out := map[string]any{}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, malformed("the body is not JSON")
		}
		if _, twice := out[key]; twice {
			return nil, malformed("a key stands twice in one object")
		}
		if out[key], err = parseValue(dec, depth); err != nil {
			return nil, err
		}
	}
	return out, closed(dec)
}

func parseArray(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed("the body nests too deep")
	}
	out := []any{}
	for dec.More() {
		v, err := parseValue(dec, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, closed(dec)
}

func closed(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return malformed("the body is not JSON")
	}
	return nil
}

// halfSurrogate finds a \u escape of half a surrogate pair, which encoding/json would quietly replace.
func halfSurrogate(b []byte) bool {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		i++
		if b[i] != 'u' {
			continue
		}
		switch u := escape(b, i-1); {
		case u >= 0xdc00 && u < 0xe000:
			return true
		case u >= 0xd800 && u < 0xdc00:
			if next := escape(b, i+5); next < 0xdc00 || next >= 0xe000 {
				return true
			}
			i += 10
		}
	}
	return false
}

// escape reads \uXXXX at a place; -1 where there is none.
func escape(b []byte, at int) int {
	if at+6 > len(b) || b[at] != '\\' || b[at+1] != 'u' {
		return -1
	}
	u, err := strconv.ParseUint(string(b[at+2:at+6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(u)
}

func malformed(message string) error {
	return &invalid{fields: []FieldError{{Location: "body", Message: message}}}
}

func bodyError(err error) error {
	if _, ok := err.(*http.MaxBytesError); ok {
		return feature.ErrTooLarge.With("A request body has at most %d bytes.", maxBody)
	}
	return fmt.Errorf("read the body: %w", feature.ErrBadRequest)
}
