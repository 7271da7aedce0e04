package floor

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/coder/websocket"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"golang.org/x/crypto/chacha20poly1305"
)

const protocolID = "/floor/1"

func newHost() (host.Host, error) {
	return libp2p.New(
		libp2p.Security(tls.ID, tls.New), libp2p.Transport(tcp.NewTCPTransport), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"),
		libp2p.DisableRelay(), libp2p.Ping(false), libp2p.DisableMetrics(), libp2p.ResourceManager(&network.NullResourceManager{}),
	)
}

// receive verifies and opens what comes, has it stored, and tells watchers once it is durable, in order.
func (p *Pair) receive(s network.Stream) {
	defer close(p.read)
	type stored struct {
		text []byte
		done <-chan error
	}
	durable := make(chan stored, maxBatch)
	told := make(chan struct{})
	go func() {
		defer close(told)
		for x := range durable {
			if <-x.done == nil {
				p.tell(x.text)
			}
		}
	}()
	r := bufio.NewReader(s)
	for {
		text, err := p.next(r)
		if err != nil {
			break
		}
		durable <- stored{text, p.to.later(text)}
	}
	close(durable)
	<-told
}

func (p *Pair) next(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	packet := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(r, packet); err != nil {
		return nil, err
	}
	signature, key, box := packet[:ed25519.SignatureSize], packet[ed25519.SignatureSize:][:32], packet[ed25519.SignatureSize+32:]
	if !ed25519.Verify(p.key.Public().(ed25519.PublicKey), box, signature) {
		return nil, errors.New("the signature does not hold")
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], nil)
}

func (p *Pair) tell(text []byte) {
	out, err := json.Marshal(map[string]string{"text": string(text)})
	if err != nil {
		return
	}
	p.watching.Lock()
	defer p.watching.Unlock()
	for c := range p.watchers {
		if c.Write(context.Background(), websocket.MessageText, out) != nil {
			delete(p.watchers, c)
		}
	}
}

// Watch is the receiving node's WebSocket.
func (p *Pair) Watch(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	p.watching.Lock()
	p.watchers[c] = true
	p.watching.Unlock()
	<-c.CloseRead(context.Background()).Done()
	p.watching.Lock()
	delete(p.watchers, c)
	p.watching.Unlock()
}
