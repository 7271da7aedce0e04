package bridge_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestOpenAPIGolden(t *testing.T) {
	const file = "testdata/openapi.json"
	got := newNode(t).b.OpenAPI()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the description differs from %s; if that is right, run the test with -update\n%s", file, got)
	}
}

// Every $ref has to lead somewhere: a generated client would not build otherwise.
func TestOpenAPIRefersOnlyToWhatItHolds(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(newNode(t).b.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	n := 0
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				n++
				if schemas[strings.TrimPrefix(ref, "#/components/schemas/")] == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, w := range v {
				walk(w)
			}
		case []any:
			for _, w := range v {
				walk(w)
			}
		}
	}
	walk(doc)
	if n < 20 {
		t.Errorf("got %d references, want those of all operations", n)
	}
}
