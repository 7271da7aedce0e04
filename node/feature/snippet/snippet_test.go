package snippet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/snippet"
	"conclave/node/nodetest/solo"
)

type items = feature.List[snippet.Snippet]

func TestSnippetsAreKeptChangedAndDeleted(t *testing.T) {
	n := solo.Start(t, snippet.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	made := solo.Must[snippet.Snippet](n, ana, "snippet.create", snippet.CreateRequest{Name: "Thanks", Text: "Thank you!\n\x00"})
	solo.Must[snippet.Snippet](n, ana, "snippet.create", snippet.CreateRequest{Name: "addr", Text: "1 Road"})
	if got := solo.Must[items](n, ana, "snippet.list", feature.Nothing{}).Items; len(got) != 2 || got[0].Name != "addr" || got[1] != made {
		t.Errorf("list: got %+v, want both by name", got)
	}
	if got := solo.Must[items](n, bo, "snippet.list", feature.Nothing{}).Items; len(got) != 0 {
		t.Errorf("another account sees %+v", got)
	}
	edited := solo.Must[snippet.Snippet](n, ana, "snippet.edit", snippet.EditRequest{ID: made.ID, Name: "thanks", Text: "Thanks"})
	told := solo.Await(n, ana, "snippet", func(c snippet.Change) bool { return c.Snippet != nil && c.Snippet.Text == "Thanks" })
	if *told.Snippet != edited {
		t.Errorf("frame: got %+v, want %+v", *told.Snippet, edited)
	}
	for name, err := range map[string]error{
		"a name that is taken": second(solo.Call[snippet.Snippet](n, ana, "snippet.create", snippet.CreateRequest{Name: "THANKS", Text: "x"})),
		"renamed to another's": second(solo.Call[snippet.Snippet](n, ana, "snippet.edit", snippet.EditRequest{ID: made.ID, Name: "Addr", Text: "x"})),
	} {
		if !errors.Is(err, snippet.ErrNameTaken) {
			t.Errorf("%s: got %v, want %v", name, err, snippet.ErrNameTaken)
		}
	}
	if _, err := solo.Call[feature.Nothing](n, bo, "snippet.delete", snippet.OfRequest{ID: made.ID}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("another account deletes: got %v, want %v", err, feature.ErrNotFound)
	}
	solo.Must[feature.Nothing](n, ana, "snippet.delete", snippet.OfRequest{ID: made.ID})
	if got := solo.Must[items](n, ana, "snippet.list", feature.Nothing{}).Items; len(got) != 1 {
		t.Errorf("list after deleting: got %+v, want one", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestSnippetsAreBounded(t *testing.T) {
	n := solo.Start(t, snippet.Feature())
	ana := n.Account("ana")
	for name, req := range map[string]snippet.CreateRequest{
		"no name": {Text: "x"}, "a long name": {Name: strings.Repeat("é", 33), Text: "x"}, "a space": {Name: "a b", Text: "x"}, "a slash": {Name: "/a", Text: "x"},
		"a line end": {Name: "a\n", Text: "x"}, "no text": {Name: "a"}, "a long text": {Name: "a", Text: strings.Repeat("x", snippet.MaxText+1)}, "no UTF-8": {Name: "a", Text: "\xff"},
	} {
		var refused *feature.Error
		if _, err := solo.Call[snippet.Snippet](n, ana, "snippet.create", req); !errors.As(err, &refused) || refused.Status != 400 && refused.Status != 413 {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	for i := range snippet.MaxSnippets {
		solo.Must[snippet.Snippet](n, ana, "snippet.create", snippet.CreateRequest{Name: fmt.Sprint(i), Text: strings.Repeat("x", snippet.MaxText)})
	}
	if _, err := solo.Call[snippet.Snippet](n, ana, "snippet.create", snippet.CreateRequest{Name: "more", Text: "x"}); !errors.Is(err, feature.ErrConflict) {
		t.Errorf("one too many: got %v, want %v", err, feature.ErrConflict)
	}
}
