package live

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"conclave/node/feature"
)

// Frame is one message to open pages, {"seq":…,"type":…,"data":…}. It is encoded once and shared by all who get it: nobody may
// change its bytes.
type Frame struct {
	Seq  uint64
	wire []byte // the head of an unmasked WebSocket text message, then the JSON
	head int
}

// JSON returns the frame without a transport around it.
func (f *Frame) JSON() []byte { return f.wire[f.head:] }

// Wire returns the frame as a whole WebSocket message (RFC 6455, section 5.2), ready to be written to a connection.
func (f *Frame) Wire() []byte { return f.wire }

// headRoom is the largest head of a server's WebSocket message.
const headRoom = 10

// newFrame builds a frame around encoded data.
func newFrame(seq uint64, kind string, data []byte) *Frame {
	b := make([]byte, headRoom, headRoom+len(data)+len(kind)+64)
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"type":`...)
	b = strconv.AppendQuote(b, kind)
	b = append(b, `,"data":`...)
	b = append(b, data...)
	b = append(b, '}')
	start := putHead(b)
	return &Frame{Seq: seq, wire: b[start:], head: headRoom - start}
}

// putHead writes the head of a text message so that it ends where the payload begins, and returns where it begins.
func putHead(b []byte) int {
	const finalText = 0x81
	n := len(b) - headRoom
	switch {
	case n < 126:
		b[8], b[9] = finalText, byte(n)
		return 8
	case n < 1<<16:
		b[6], b[7] = finalText, 126
		binary.BigEndian.PutUint16(b[8:], uint16(n))
		return 6
	default:
		b[0], b[1] = finalText, 127
		binary.BigEndian.PutUint64(b[2:], uint64(n))
		return 0
	}
}

func encode(kind string, data any) ([]byte, error) {
	b, err := feature.Encode(data)
	if err != nil {
		return nil, fmt.Errorf("encode a frame of type %s: %w", kind, err)
	}
	return b, nil
}
