package chains

import (
	"errors"
	"fmt"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
)

// Past is what is known of what a chain said under a number.
type Past int

// What is known of a number of a chain.
const (
	Unsaid  Past = iota // nothing
	Said                // this very message
	Another             // another message: the device signed two
)

// Witness checks who wrote a message, without opening it and without changing anything: it returns the certificate of its chain, and
// what was opened or proven under its number. ErrNoChain where the chain is not known here, ErrForged for a wrong signature.
func (g *Chains) Witness(tx feature.Tx, log protocol.Log, m chain.Inner) (chain.Cert, Past, error) {
	c, _, err := g.vouched(tx, log, m.Chain, nil)
	if err != nil {
		return chain.Cert{}, Unsaid, err
	}
	said := statement(log, m)
	if c.GID != log || !said.Proof.Verify(c, said.MHead, said.ID) {
		return chain.Cert{}, Unsaid, fmt.Errorf("%w: %w", ErrForged, chain.ErrSignature)
	}
	_, known, err := g.certified(tx, log, m.Chain)
	if err != nil {
		return chain.Cert{}, Unsaid, err
	}
	was, found := known.Seen.find(m.N)
	if !found {
		_, opened, err := g.receiver(tx, log, m.Chain)
		if err != nil && !errors.Is(err, ErrNoChain) {
			return chain.Cert{}, Unsaid, err
		}
		was, found = opened.Seen.find(m.N)
	}
	switch {
	case !found:
		return c, Unsaid, nil
	case was == tag(said):
		return c, Said, nil
	}
	return c, Another, nil
}
