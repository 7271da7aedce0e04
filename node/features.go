package node

import (
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/admin"
	"conclave/node/feature/audit"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/draft"
	"conclave/node/feature/emoji"
	takeout "conclave/node/feature/export"
	"conclave/node/feature/invite"
	"conclave/node/feature/location"
	"conclave/node/feature/mark"
	"conclave/node/feature/member"
	"conclave/node/feature/mention"
	"conclave/node/feature/message"
	"conclave/node/feature/poll"
	"conclave/node/feature/presence"
	"conclave/node/feature/preview"
	"conclave/node/feature/privacy"
	"conclave/node/feature/profile"
	"conclave/node/feature/reaction"
	"conclave/node/feature/receipt"
	"conclave/node/feature/schedule"
	"conclave/node/feature/settings"
	"conclave/node/feature/share"
	"conclave/node/feature/snippet"
	"conclave/node/feature/thread"
	"conclave/node/feature/typing"
	"conclave/node/feature/verify"
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
		preview.Feature(),
		share.Feature(),
		location.Feature(),
		poll.Feature(),
		mention.Feature(),
		thread.Feature(),
		receipt.Feature(),
		privacy.Feature(),
		typing.Feature(),
		presence.Feature(),
		reaction.Feature(),
		mark.Feature(),
		emoji.Feature(),
		verify.Feature(),
		draft.Feature(),
		schedule.Feature(),
		snippet.Feature(),
		settings.Feature(),
		takeout.Feature(),
		admin.Feature(),
		audit.Feature(),
	}
}
