package bridge

import "testing"

func TestTwoNodesOnOneMachineHaveCookiesOfTheirOwn(t *testing.T) {
	a, b := cookieName("12D3KooWQYSGCWnSQ9osasNcvbad8ttwn5ifu8RKWEsiZZEhAf2c"), cookieName("12D3KooWLZ8oJVoZHHpdkYMfUBei3j6RhCnYbnRapna23hddwtWv")
	if a == b || a != "__Host-conclave-QYSGCWnS" {
		t.Errorf("got %s and %s, want two names, the first __Host-conclave-QYSGCWnS", a, b)
	}
}
