package finding_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"conclave/cmd/node/finding"
)

func TestEveryConditionHasWords(t *testing.T) {
	code := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	seen := map[string]bool{}
	for _, c := range finding.All() {
		if !code.MatchString(c.Code) || seen[c.Code] {
			t.Errorf("got code %q, want small words with _ between them, once", c.Code)
		}
		seen[c.Code] = true
		if c.Severity != finding.Failure && c.Severity != finding.Warning {
			t.Errorf("%s: got severity %q", c.Code, c.Severity)
		}
		for _, text := range []string{c.What, c.Means, c.Do} {
			if !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s: got %q, want a sentence", c.Code, text)
			}
		}
	}
}

// A condition that is not in the list would be found and not be in the page.
func TestEveryConditionIsListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, is := n.(*ast.ValueSpec); is {
			declared += len(v.Names)
		}
		return true
	})
	if all := finding.All(); len(all) != declared {
		t.Errorf("All has %d conditions, and %d are declared", len(all), declared)
	}
}
