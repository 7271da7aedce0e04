package protocol

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSpecContents: the contents of the published specification name its sections, each once and in their order.
func TestSpecContents(t *testing.T) {
	text, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n## Contents\n")
	if !found {
		t.Fatal("SPEC.md has no contents")
	}
	contents, sections, _ := strings.Cut(rest, "\n## ")
	var listed, there []string
	for _, m := range regexp.MustCompile(`(?m)^- \[(.+)\]\(#[a-z0-9-]+\)$`).FindAllStringSubmatch(contents, -1) {
		listed = append(listed, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch("## "+sections, -1) {
		there = append(there, m[1])
	}
	if !slices.Equal(listed, there) {
		t.Errorf("the contents list %q,\nthe sections are %q", listed, there)
	}
}
