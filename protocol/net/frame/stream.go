package frame

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	prefix = 4
	step   = 16 << 10 // memory is taken in steps of this size while a long frame arrives
)

// Reader reads frames. It is for one goroutine.
type Reader struct {
	// Reserve, if set, is asked before a frame of n bytes is read; its error ends Next.
	Reserve func(n int) error

	r   *bufio.Reader
	buf []byte
}

// NewReader returns a Reader that holds up to size bytes of what has arrived.
func NewReader(r io.Reader, size int) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, size)}
}

// Next reads one frame, waiting for it. Errors of the peer's making are ErrBad, others come from the stream.
func (r *Reader) Next() (Frame, error) {
	head, err := r.r.Peek(prefix)
	if err != nil {
		return nil, err
	}
	n := int(min(binary.BigEndian.Uint32(head), MaxLen+1))
	if n == 0 || n > MaxLen {
		return nil, fmt.Errorf("%w: length out of range", ErrBad)
	}
	if r.Reserve != nil {
		if err := r.Reserve(n); err != nil {
			return nil, err
		}
	}
	if _, err := r.r.Discard(prefix); err != nil {
		return nil, err
	}
	r.buf = r.buf[:0]
	for len(r.buf) < n {
		at, more := len(r.buf), min(step, n-len(r.buf))
		r.buf = append(r.buf, make([]byte, more)...)
		if _, err := io.ReadFull(r.r, r.buf[at:]); err != nil {
			return nil, err
		}
	}
	f, err := Decode(r.buf)
	if cap(r.buf) > 4*step {
		r.buf = nil
	}
	return f, err
}

// Ready tells whether Next has what it needs and will not wait.
func (r *Reader) Ready() bool {
	have := r.r.Buffered()
	if have < prefix {
		return false
	}
	head, err := r.r.Peek(prefix)
	if err != nil {
		return false
	}
	n := binary.BigEndian.Uint32(head)
	return n > MaxLen || have >= prefix+int(n)
}

// Packet returns a frame with its length prefix, ready to be written.
func Packet(f Frame) ([]byte, error) {
	encoded, err := Encode(f)
	if err != nil {
		return nil, err
	}
	if len(encoded) > MaxLen {
		return nil, fmt.Errorf("frame of %d bytes, want at most %d", len(encoded), MaxLen)
	}
	packet := make([]byte, prefix, prefix+len(encoded))
	binary.BigEndian.PutUint32(packet, uint32(len(encoded)))
	return append(packet, encoded...), nil
}
