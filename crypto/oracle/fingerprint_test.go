package oracle

import (
	"crypto/rand"
	"testing"
	"time"

	"go.mau.fi/libsignal/fingerprint"

	"conclave/crypto/identity"
)

// The digits of a safety number are libsignal's of the same two hashes, which the QR code carries. (What is hashed differs:
// we label it and sign with Ed25519.)
func TestSafetyNumbersAreEncodedAlike(t *testing.T) {
	var logs []*identity.Log
	for range 8 {
		f, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: make([]byte, 38)})
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, f.Log)
	}
	for i := 1; i < len(logs); i++ {
		qr := identity.QR(logs[0], logs[i])
		want := fingerprint.NewDisplay(qr[1:33], qr[33:]).DisplayText()
		if got := identity.SafetyNumber(logs[0], logs[i]); got != want {
			t.Errorf("safety number: got %s, want %s", got, want)
		}
	}
}
