package main_test

import (
	"fmt"
	"strings"
	"testing"
)

// A rule says what the tree must look like. It returns one sentence for each place that breaks it, and carries a small tree
// that breaks it, so that a rule which can no longer fail is found.
type rule struct {
	name  string
	check func(tree) []string
	bad   map[string]string // path → content; each holds at least one breach
	good  map[string]string // path → content that comes close and is allowed
}

func rules() []rule {
	return append(importRules(), sourceRules()...)
}

func TestShape(t *testing.T) {
	whole := parse(t, repository(t))
	if len(whole.sources) == 0 {
		t.Fatal("found no Go source: the rules would prove nothing")
	}
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			for _, breach := range r.check(whole) {
				t.Error(breach)
			}
		})
	}
}

func TestShapeRulesCanFail(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			if len(r.bad) == 0 || len(r.good) == 0 {
				t.Fatal("the rule has no sample that breaks it, or none that keeps it")
			}
			for path, content := range r.bad {
				if got := r.check(parse(t, map[string]string{path: content})); len(got) == 0 {
					t.Errorf("%s: got no breach, want one", path)
				} else if !strings.Contains(got[0], path) && !strings.Contains(got[0], folder(path)) {
					t.Errorf("%s: got %q, which does not name the place", path, got[0])
				}
			}
			if got := r.check(parse(t, r.good)); len(got) > 0 {
				t.Errorf("the sample that keeps the rule: got %q, want no breach", got)
			}
		})
	}
}

func breach(place, format string, args ...any) string {
	return place + ": " + fmt.Sprintf(format, args...)
}
