// Package floor is what the bench compares a message's path with: the same hops with none of our layers. POST, one ratchet step
// and one signature, a sealed row made durable by a group commit, a libp2p stream, a verification, a sealed row made durable,
// a WebSocket frame; two such nodes in one process.
//
// It promises nothing that a product needs: no accounts, no acknowledgement, no retry, no history that anybody could check.
// It uses its libraries directly, so that it stays a floor when ours change. Only the bench imports it.
package floor

import (
	"context"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/coder/websocket"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/crypto/chacha20poly1305"
)

// Pair is two nodes: what is posted to one comes out of the other's WebSocket.
type Pair struct {
	from, to *store
	hosts    [2]host.Host
	stream   network.Stream
	key      ed25519.PrivateKey

	mu    sync.Mutex // guards chain and the order of writes on the stream
	chain []byte

	watching sync.Mutex // guards watchers, and writes to them
	watchers map[*websocket.Conn]bool
	read     chan struct{} // closed when the receiver has ended
}

// frame is what stands on the stream and goes into a row: a signature, a message key that the other side is given, and the sealed text.
type frame struct {
	signature, key, box []byte
}

// New opens two nodes under a folder.
func New(dir string) (_ *Pair, err error) {
	p := &Pair{watchers: map[*websocket.Conn]bool{}, chain: make([]byte, 32), read: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if _, p.key, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return p, err
	}
	if p.from, err = openStore(filepath.Join(dir, "from")); err != nil {
		return p, err
	}
	if p.to, err = openStore(filepath.Join(dir, "to")); err != nil {
		return p, err
	}
	for i := range p.hosts {
		if p.hosts[i], err = newHost(); err != nil {
			return p, err
		}
	}
	p.hosts[1].SetStreamHandler(protocolID, p.receive)
	to := peer.AddrInfo{ID: p.hosts[1].ID(), Addrs: p.hosts[1].Addrs()}
	if err := p.hosts[0].Connect(context.Background(), to); err != nil {
		return p, fmt.Errorf("connect: %w", err)
	}
	p.stream, err = p.hosts[0].NewStream(context.Background(), to.ID, protocolID)
	return p, err
}

// Close ends both nodes.
func (p *Pair) Close() error {
	var errs []error
	if p.stream != nil {
		errs = append(errs, p.stream.Close())
		<-p.read
	}
	for _, h := range p.hosts {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	for _, s := range []*store{p.from, p.to} {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	return errors.Join(errs...)
}

// step is one turn of a symmetric ratchet, and the sealing of a text under its message key.
func (p *Pair) step(text []byte) (frame, error) {
	m := hmac.New(sha256.New, p.chain)
	m.Write([]byte{1})
	seed := m.Sum(nil)
	m.Reset()
	m.Write([]byte{2})
	p.chain = m.Sum(nil)
	mk, err := hkdf.Key(sha256.New, seed, nil, "floor", 32)
	if err != nil {
		return frame{}, err
	}
	box, err := sealBox(mk, text)
	if err != nil {
		return frame{}, err
	}
	return frame{signature: ed25519.Sign(p.key, box), key: mk, box: box}, nil
}

func sealBox(key, plain []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	return sealWith(aead, plain), nil
}

func sealWith(aead cipher.AEAD, plain []byte) []byte {
	out := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	rand.Read(out)
	return aead.Seal(out, out, plain, nil)
}

// Post takes {"text": …} and answers once it is durable and on its way.
func (p *Pair) Post(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text string `json:"text"`
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	f, err := p.step([]byte(in.Text))
	p.mu.Unlock()
	if err == nil {
		err = p.from.put(f.box)
	}
	if err == nil {
		err = p.send(f)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"id":"%x"}`, f.signature[:32])
}

func (p *Pair) send(f frame) error {
	size := ed25519.SignatureSize + 32 + len(f.box)
	packet := binary.BigEndian.AppendUint32(make([]byte, 0, 4+size), uint32(size))
	packet = append(append(append(packet, f.signature...), f.key...), f.box...)
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.stream.Write(packet)
	return err
}

// Page answers the newest 50 texts of the receiving node, oldest first.
func (p *Pair) Page(w http.ResponseWriter, _ *http.Request) {
	rows, err := p.to.newest(50)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	type item struct {
		Text string `json:"text"`
	}
	items := make([]item, len(rows))
	for i, row := range rows {
		items[len(rows)-1-i].Text = string(row)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"items": items}) // a client that went away is its own matter
}

// Fill puts texts into the receiving node's store, so that there is a history.
func (p *Pair) Fill(text string, count int) error {
	var all sync.WaitGroup
	errs := make(chan error, 64)
	for range cap(errs) {
		all.Go(func() {
			for range count / cap(errs) {
				if err := p.to.put([]byte(text)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}
