package protocol

import (
	"errors"
	"strings"
	"testing"
)

func TestBriefsAreBounded(t *testing.T) {
	for name, b := range map[string]Brief{
		"people":       {People: make([]Person, MaxBriefPeople+1), Ops: [][]byte{}},
		"operations":   {People: []Person{}, Ops: make([][]byte, MaxBriefOps+1)},
		"an operation": {People: []Person{}, Ops: [][]byte{make([]byte, MaxOp+1)}},
		"addresses":    {People: []Person{{Addresses: make([]string, MaxAddresses+1)}}, Ops: [][]byte{}},
		"mailboxes":    {People: []Person{{Mailboxes: make([]string, MaxMailboxes+1)}}, Ops: [][]byte{}},
		"a mailbox":    {People: []Person{{Mailboxes: []string{strings.Repeat("a", MaxAddress+1)}}}, Ops: [][]byte{}},
	} {
		if _, err := DecodeBrief(marshal(b)); !errors.Is(err, ErrContent) {
			t.Errorf("too large in %s: got %v, want %v", name, err, ErrContent)
		}
	}
	full := Brief{Log: Log{1}, People: []Person{{Account: Account{2}, Mailboxes: []string{"a", "b", "c"}}}, Ops: [][]byte{make([]byte, MaxOp)}}
	if got, err := DecodeBrief(marshal(full)); err != nil || len(got.People) != 1 || len(got.Ops) != 1 {
		t.Errorf("within its bounds: got %d people, %d operations, %v", len(got.People), len(got.Ops), err)
	}
}

func FuzzDecodeBrief(f *testing.F) {
	sameBytes(f, DecodeBrief, marshal, marshal(Brief{People: []Person{{Addresses: []string{"x"}, Mailboxes: []string{"y"}}}, Ops: [][]byte{{1}}}))
}
