package raw

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// OnGossip is the protocol of the gossip router.
const OnGossip = "/meshsub/1.2.0"

// Subscriptions is a frame of the gossip router that subscribes to so many topics, which nobody named before.
func Subscriptions(n int) []byte {
	var all []byte
	for i := range n {
		all = append(all, field(1, []byte{1 << 3, 1}, field(2, fmt.Append(nil, "topic ", i)))...)
	}
	return framed(all)
}

// Grafts is a frame of the gossip router that asks so many times to be taken into the mesh of a topic.
func Grafts(topic string, n int) []byte {
	return framed(field(3, bytes.Repeat(field(3, field(1, []byte(topic))), n)))
}

// field is one of Protobuf that has a length, framed a frame on a stream.
func field(number byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(body))), body...)
}

func framed(body []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(body))), body...) }
