package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// BenchmarkFloor does the hops of BenchmarkMessage without our layers: HTTP with JSON, a synced append, TLS 1.3 over TCP, a synced
// append, a WebSocket. What several do at a time is synced together, as in the store.
func BenchmarkFloor(b *testing.B) {
	for _, flying := range []int{1, 64} {
		b.Run(fmt.Sprintf("flying=%d", flying), func(b *testing.B) {
			f := newFloor(b)
			measure(b, flying, f.arrived, f.send, f.read)
		})
	}
}

type floor struct {
	url     string
	client  *http.Client
	socket  *websocket.Conn
	arrived *arrivals
}

func newFloor(b *testing.B) *floor {
	b.Helper()
	near, far := newJournal(b), newJournal(b)
	page := make(chan []byte, 1024)
	wire := listenFloor(b, far, page)
	frames := make(chan []byte, 1024)
	b.Cleanup(func() { close(frames) })
	go func() {
		w := bufio.NewWriter(wire)
		for f := range frames {
			_ = binary.Write(w, binary.BigEndian, uint32(len(f)))
			_, _ = w.Write(f)
			if len(frames) == 0 {
				_ = w.Flush()
			}
		}
	}()
	number := make(chan int, 1)
	number <- 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		var m struct{ ID, Text string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n := <-number
		number <- n + 1
		m.ID = fmt.Sprint(n)
		raw, _ := json.Marshal(m)
		near.append(raw)
		frames <- raw
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(map[string]string{"id": m.ID})
	})
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for raw := range page {
			if c.Write(context.Background(), websocket.MessageText, raw) != nil {
				return
			}
		}
	})
	srv := httptest.NewServer(mux)
	b.Cleanup(srv.CloseClientConnections)
	socket, _, err := websocket.Dial(b.Context(), "ws"+strings.TrimPrefix(srv.URL, "http")+"/live", nil)
	if err != nil {
		b.Fatal(err)
	}
	return &floor{url: srv.URL, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, socket: socket, arrived: newArrivals()}
}

// listenFloor is the far node: it keeps what comes over TLS and shows it on the page. It returns the near end of the wire.
func listenFloor(b *testing.B, far *journal, page chan<- []byte) net.Conn {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		r := bufio.NewReader(c)
		for {
			var n uint32
			if binary.Read(r, binary.BigEndian, &n) != nil {
				return
			}
			raw := make([]byte, n)
			if _, err := io.ReadFull(r, raw); err != nil {
				return
			}
			go func() { far.append(raw); page <- raw }()
		}
	}()
	wire, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { wire.Close() })
	return wire
}

func (f *floor) send(context.Context) (string, error) {
	res, err := f.client.Post(f.url+"/messages", "application/json", strings.NewReader(`{"text":"`+benchText+`"}`))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var out struct {
		ID string `json:"id"`
	}
	err = json.NewDecoder(res.Body).Decode(&out)
	return out.ID, err
}

func (f *floor) read(ctx context.Context) error {
	for {
		_, raw, err := f.socket.Read(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		var m struct{ ID string }
		if err := json.Unmarshal(raw, &m); err != nil {
			return err
		}
		f.arrived.note(m.ID)
	}
}

// journal is a file whose appends are synced, all that wait together.
type journal struct {
	mu   sync.Mutex
	file *os.File
	wait []chan struct{}
	wake chan struct{}
}

func newJournal(b *testing.B) *journal {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "journal"))
	if err != nil {
		b.Fatal(err)
	}
	j := &journal{file: f, wake: make(chan struct{}, 1)}
	b.Cleanup(func() { close(j.wake); f.Close() })
	go func() {
		for range j.wake {
			j.mu.Lock()
			wait := j.wait
			j.wait = nil
			j.mu.Unlock()
			if err := f.Sync(); err != nil {
				return
			}
			for _, c := range wait {
				close(c)
			}
		}
	}()
	return j
}

// append returns once the bytes are on the disk.
func (j *journal) append(raw []byte) {
	done := make(chan struct{})
	j.mu.Lock()
	_, _ = j.file.Write(raw)
	j.wait = append(j.wait, done)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
	<-done
}
