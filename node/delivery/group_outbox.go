package delivery

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
)

var errNoGroups = errors.New("events of groups are not carried yet")

// EnqueueGroup implements timeline.Outbox. It refuses: a message that no member would get is better not logged.
func (d *Delivery) EnqueueGroup(feature.Tx, feature.Conversation, *protocol.Event, []byte) error {
	return errNoGroups
}
