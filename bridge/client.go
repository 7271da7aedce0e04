package bridge

import (
	"fmt"
	"io"
	"time"

	"github.com/gobwas/ws"
)

// Bounds of what a client sends on a WebSocket: the bytes of a frame, and frames between two of our pings.
const (
	maxClientFrame  = 4 << 10
	maxClientFrames = 100
)

// closeError ends a WebSocket with a code.
type closeError ws.StatusCode

func (e closeError) Error() string { return fmt.Sprintf("close with %d", int(e)) }

// clientFrames reads what a client sends on a WebSocket (RFC 6455, section 5). It answers pings and passes over everything else:
// clients talk to the API, not to this connection.
type clientFrames struct {
	alive  func() error // called when the client gave a sign of life
	pong   func(payload []byte) error
	window time.Duration // in which maxClientFrames may come

	state ws.State
	began time.Time
	n     int
}

// read runs until the connection ends, and returns a closeError where the client is to be told a code.
func (c *clientFrames) read(r io.Reader) error {
	var space [ws.MaxControlFramePayloadSize]byte
	c.state = ws.StateServerSide
	for {
		if err := c.alive(); err != nil {
			return err
		}
		h, err := ws.ReadHeader(r)
		if err != nil {
			return err
		}
		if err := c.check(h); err != nil {
			return err
		}
		if !h.OpCode.IsControl() {
			if _, err := io.CopyN(io.Discard, r, h.Length); err != nil {
				return err
			}
			continue
		}
		payload := space[:h.Length]
		if _, err := io.ReadFull(r, payload); err != nil {
			return err
		}
		ws.Cipher(payload, h.Mask, 0)
		switch h.OpCode {
		case ws.OpClose:
			return closeError(ws.StatusNormalClosure)
		case ws.OpPing:
			if err := c.pong(payload); err != nil {
				return err
			}
		}
	}
}

func (c *clientFrames) check(h ws.Header) error {
	if ws.CheckHeader(h, c.state) != nil {
		return closeError(ws.StatusProtocolError)
	}
	if h.Length > maxClientFrame {
		return closeError(ws.StatusMessageTooBig)
	}
	if now := time.Now(); now.Sub(c.began) > c.window {
		c.began, c.n = now, 0
	}
	if c.n++; c.n > maxClientFrames {
		return closeError(ws.StatusPolicyViolation)
	}
	if !h.OpCode.IsControl() {
		c.state = c.state.Clear(ws.StateFragmented)
		if !h.Fin {
			c.state = c.state.Set(ws.StateFragmented)
		}
	}
	return nil
}
