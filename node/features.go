package node

import (
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/admin"
	"conclave/node/feature/profile"
)

// features lists the slices, in the order in which they are installed and project.
func features(cost vault.Cost) []feature.Feature {
	return []feature.Feature{
		account.Feature(account.Options{Cost: cost}),
		profile.Feature(),
		admin.Feature(),
	}
}
