package nodetest

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// maxFrame is the largest live frame that a Watch takes, in bytes.
const maxFrame = 1 << 20

// Watch is a client's end of a WebSocket of live frames. One goroutine may read it; Close may be called by any.
type Watch struct {
	conn io.ReadWriteCloser
	from *bufio.Reader
}

// Watch opens a live connection that goes on after frame number since, 0 for from now on. It needs a node that is reached over a
// network. The caller must Close it.
func (p *Person) Watch(ctx context.Context, since uint64) (*Watch, error) {
	path := "/api/v1/live"
	if since != 0 {
		path += "?since=" + strconv.FormatUint(since, 10)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.site.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + p.Token, "Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		r.Header.Set(name, value)
	}
	answer, err := p.site.client.Transport.RoundTrip(r) // the client itself bounds how long a connection lives
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	conn, ok := answer.Body.(io.ReadWriteCloser)
	if answer.StatusCode != http.StatusSwitchingProtocols || !ok {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("watch: %w", &Refusal{Status: answer.StatusCode})
	}
	return &Watch{conn: conn, from: bufio.NewReaderSize(conn, 1<<10)}, nil
}

// Next waits for a frame, or for the code that the node closes the connection with; io.EOF where it broke off. Pings that come meanwhile are
// answered: who is silent is taken for gone.
func (w *Watch) Next() (f Frame, code int, err error) {
	const text, closes, ping = 1, 8, 9
	for {
		kind, payload, err := w.message()
		if err != nil {
			return Frame{}, 0, err
		}
		switch {
		case kind == closes && len(payload) >= 2:
			return Frame{}, int(binary.BigEndian.Uint16(payload)), nil
		case kind == text:
			return f, 0, json.Unmarshal(payload, &f)
		case kind == ping && len(payload) < 126:
			pong := append([]byte{0x8a, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...) // masked with zeros, as clients must mask
			if _, err := w.conn.Write(pong); err != nil {
				return Frame{}, 0, err
			}
		}
	}
}

// message reads one message of a server: unmasked and in one piece (RFC 6455, section 5.2).
func (w *Watch) message() (kind byte, payload []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(w.from, head[:2]); err != nil {
		return 0, nil, err
	}
	kind, size := head[0]&15, uint64(head[1])
	if head[0]&0xf0 != 0x80 || size > 127 {
		return 0, nil, fmt.Errorf("got a WebSocket message that begins with %x, want a whole and unmasked one", head[:2])
	}
	switch size {
	case 126:
		_, err = io.ReadFull(w.from, head[:2])
		size = uint64(binary.BigEndian.Uint16(head[:2]))
	case 127:
		_, err = io.ReadFull(w.from, head[:])
		size = binary.BigEndian.Uint64(head[:])
	}
	if err != nil {
		return 0, nil, err
	}
	if size > maxFrame {
		return 0, nil, fmt.Errorf("got a WebSocket message of %d bytes, want at most %d", size, maxFrame)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(w.from, payload)
	return kind, payload, err
}

// Close ends the connection without a word, as a page does that is torn away.
func (w *Watch) Close() error { return w.conn.Close() }
