package main

import (
	"testing"

	"conclave/bridge"
	"conclave/gui"
)

// The bridge and the page each write the policy on what they answer, and may not import one another.
func TestThePageAndTheBridgeHaveOnePolicy(t *testing.T) {
	if gui.ContentSecurityPolicy != bridge.PagePolicy {
		t.Errorf("the page says %q, the bridge %q", gui.ContentSecurityPolicy, bridge.PagePolicy)
	}
}
