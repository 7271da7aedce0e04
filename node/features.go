package node

import (
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/admin"
	"conclave/node/feature/audit"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	takeout "conclave/node/feature/export"
	"conclave/node/feature/invite"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/profile"
	"conclave/node/feature/receipt"
	"conclave/node/feature/settings"
)

// features lists the slices, in the order in which they are installed and project.
func features(cost vault.Cost) []feature.Feature {
	return []feature.Feature{
		account.Feature(account.Options{Cost: cost}),
		profile.Feature(),
		contact.Feature(),
		conversation.Feature(),
		member.Feature(),
		invite.Feature(),
		message.Feature(),
		receipt.Feature(),
		settings.Feature(),
		takeout.Feature(),
		admin.Feature(),
		audit.Feature(),
	}
}
