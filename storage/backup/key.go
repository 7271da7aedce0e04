package backup

import (
	"fmt"
	"strings"

	"filippo.io/age"
)

// Recipient is who can open a backup, Identity what opens it; both are age's.
type (
	Recipient = age.Recipient
	Identity  = age.Identity
)

// Passphrase returns the recipient and the identity of a passphrase. Opening it costs about a second.
func Passphrase(text string) (Recipient, Identity, error) {
	to, err := age.NewScryptRecipient(text)
	if err != nil {
		return nil, nil, fmt.Errorf("use a passphrase: %w", err)
	}
	by, err := age.NewScryptIdentity(text)
	if err != nil {
		return nil, nil, fmt.Errorf("use a passphrase: %w", err)
	}
	return to, by, nil
}

// ParseRecipients reads public keys, age1…, one a line.
func ParseRecipients(text string) ([]Recipient, error) {
	to, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return to, nil
}

// ParseIdentities reads secret keys, AGE-SECRET-KEY-…, one a line.
func ParseIdentities(text string) ([]Identity, error) {
	by, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read identities: %w", err)
	}
	return by, nil
}
