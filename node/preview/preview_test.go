package preview

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"conclave/protocol/event"
)

// web serves pages at the loopback, and a Maker that may dial it and nothing else that is not public.
type web struct {
	*http.ServeMux
	url  string
	at   netip.AddrPort
	hits atomic.Int32
}

func serve(t *testing.T) *web {
	t.Helper()
	w := &web{ServeMux: http.NewServeMux()}
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		w.hits.Add(1)
		w.ServeMux.ServeHTTP(out, in)
	}))
	t.Cleanup(s.Close)
	w.url, w.at = s.URL, netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))
	return w
}

func (w *web) maker() *Maker {
	return New(Config{Allow: func(to netip.AddrPort) bool { return to == w.at }})
}

func (w *web) page(path, kind, body string) {
	w.HandleFunc(path, func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", kind)
		out.Write([]byte(body))
	})
}

func drawn(w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x ^ y), 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func TestAPageTellsOfItself(t *testing.T) {
	w := serve(t)
	w.page("/a.png", "image/png", string(drawn(900, 600)))
	w.page("/graph", "text/html; charset=utf-8", `<!doctype html><head><!-- <meta property="og:title" content="no"> --><title>old</title>
		<meta property="og:title" content="A &amp; B > C"><meta content='Lines
		of   text' property=og:description /><META NAME="x"><meta property="og:site_name" content="Site">
		<meta property="og:image" content="/a.png"></head><body><meta property="og:title" content="no">`)
	w.page("/old", "text/html", "<title>T\xfcr</title><meta name=description content=words><script>\"<meta property=og:title content=no>\"</script>")
	w.page("/embed", "text/html", `<link rel="alternate" type="application/json+oembed" href="/embed.json">`)
	w.page("/embed.json", "application/json", `{"title":"Film","author_name":"Eva","provider_name":"Screen","thumbnail_url":"a.png"}`)
	m := w.maker()
	for path, want := range map[string]event.Preview{
		"/graph": {Title: "A & B > C", Description: "Lines of text", Site: "Site", Image: []byte{1}},
		"/old":   {Title: "Tür", Description: "words"},
		"/embed": {Title: "Film", Description: "Eva", Site: "Screen", Image: []byte{1}},
		"/a.png": {Title: "a.png", Image: []byte{1}},
	} {
		got, err := m.Preview(t.Context(), w.url+path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got.URL != w.url+path || got.Title != want.Title || got.Description != want.Description || got.Site != want.Site || (got.Image == nil) != (want.Image == nil) {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
		if got.Image == nil {
			continue
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(got.Image))
		if err != nil || len(got.Image) > event.MaxPicture || c.Width != maxSide || c.Height != 320 {
			t.Errorf("picture of %s: got %d bytes of %d × %d, %v, want a JPEG of 480 × 320", path, len(got.Image), c.Width, c.Height, err)
		}
	}
}

func TestWhatHasNoPreview(t *testing.T) {
	w := serve(t)
	w.page("/text", "text/plain", "<title>a</title>")
	w.page("/empty", "text/html", "<p>nothing")
	w.page("/long", "text/html", "<title>a</title>"+strings.Repeat(" ", maxPage))
	w.page("/odd", "no type at all;;", "<title>a</title>")
	w.HandleFunc("/gone", func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusGone) })
	w.HandleFunc("/bomb", func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/html")
		out.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(out)
		z.Write(bytes.Repeat([]byte("<title>a</title>"), 1<<20))
		z.Close()
	})
	w.page("/huge.png", "image/png", string(header(20_000, 20_000)))
	w.page("/broken.png", "image/png", string(drawn(50, 50)[:200]))
	w.HandleFunc("/loop", func(out http.ResponseWriter, in *http.Request) { http.Redirect(out, in, "/loop", http.StatusFound) })
	m := w.maker()
	for _, path := range []string{"/text", "/empty", "/long", "/odd", "/gone", "/bomb", "/huge.png", "/broken.png", "/loop", "/missing"} {
		if got, err := m.Preview(t.Context(), w.url+path); !errors.Is(err, ErrNone) {
			t.Errorf("%s: got %+v, %v, want ErrNone", path, got, err)
		}
	}
	for _, address := range []string{"", "ftp://a.example", "file:///etc/passwd", "javascript:x", "http://u:p@" + w.at.String(), "//a", "http://", "gopher://a", "http://a b"} {
		if got, err := m.Preview(t.Context(), address); !errors.Is(err, ErrNone) {
			t.Errorf("%q: got %+v, %v, want ErrNone", address, got, err)
		}
	}
}

// header is that of a PNG which says that it is large.
func header(w, h uint32) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	body = append(body, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
}

func TestRedirectsAreCheckedAgain(t *testing.T) {
	inner, w := serve(t), serve(t)
	inner.page("/", "text/html", "<title>secret</title>")
	w.page("/end", "text/html", "<title>end</title>")
	var referer, cookies []string
	for n, to := range map[string]string{"/1": "/end", "/2": "/1", "/3": "/2", "/4": "/3", "/inner": inner.url, "/name": strings.Replace(inner.url, "127.0.0.1", "localhost", 1), "/scheme": "ftp://a.example", "/user": "http://u@" + w.at.String() + "/end"} {
		w.HandleFunc(n, func(out http.ResponseWriter, in *http.Request) {
			referer, cookies = append(referer, in.Referer()), append(cookies, in.Header.Get("Cookie"))
			out.Header().Set("Set-Cookie", "a=b")
			http.Redirect(out, in, to, http.StatusFound)
		})
	}
	m := w.maker()
	for path, want := range map[string]bool{"/1": true, "/3": true, "/4": false, "/inner": false, "/name": false, "/scheme": false, "/user": false} {
		got, err := m.Preview(t.Context(), w.url+path)
		if (err == nil) != want || err != nil && !errors.Is(err, ErrNone) {
			t.Errorf("%s: got %+v, %v, want a preview: %v", path, got, err, want)
		}
	}
	if n := inner.hits.Load(); n != 0 {
		t.Errorf("the inner server was asked %d times, want never", n)
	}
	if strings.Join(referer, "")+strings.Join(cookies, "") != "" {
		t.Errorf("told on redirects: referers %q, cookies %q, want none", referer, cookies)
	}
}

func TestLoopbackIsRefusedWithoutTheHook(t *testing.T) {
	w := serve(t)
	w.page("/", "text/html", "<title>a</title>")
	for _, address := range []string{w.url, strings.Replace(w.url, "127.0.0.1", "localhost", 1), "http://[::1]:80/", "http://127.1/", "http://0/", "http://2130706433/", "http://0x7f.1/"} {
		if got, err := New(Config{}).Preview(t.Context(), address); !errors.Is(err, ErrNone) {
			t.Errorf("%s: got %+v, %v, want ErrNone", address, got, err)
		}
	}
	if n := w.hits.Load(); n != 0 {
		t.Errorf("the server was asked %d times, want never", n)
	}
}

// names answers every question for a name with the next of its addresses, and with the last from then on.
type names struct {
	mu        sync.Mutex
	addresses []string
	asked     int
}

func (n *names) next() netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := min(n.asked, len(n.addresses)-1)
	n.asked++
	return netip.MustParseAddr(n.addresses[at])
}

// resolver asks a server of names of this test.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	l, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := l.ReadFrom(buf)
			if err != nil {
				return
			}
			l.WriteTo(n.answer(buf[:size]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", l.LocalAddr().String())
	}}
}

// answer is the answer to a question: an address for A, nothing for anything else.
func (n *names) answer(q []byte) []byte {
	end := 12
	for q[end] != 0 {
		end += int(q[end]) + 1
	}
	end += 5
	out := append([]byte{q[0], q[1], 0x84, 0x00, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end]...)
	if binary.BigEndian.Uint16(q[end-4:]) != 1 {
		return out
	}
	out[7] = 1
	a := n.next().As4()
	return append(append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), a[:]...)
}

func TestANameThatMovesIsCaught(t *testing.T) {
	w := serve(t)
	w.page("/", "text/html", "<title>a</title>")
	for name, addresses := range map[string][]string{
		"always inside":            {"127.0.0.1"},
		"outside first":            {"192.0.2.1", "127.0.0.1"},
		"the metadata service":     {"169.254.169.254"},
		"inside, then outside too": {"10.0.0.1", "192.0.2.7"},
	} {
		m := New(Config{Resolver: (&names{addresses: addresses}).resolver(t)})
		for range 2 {
			if got, err := m.Preview(t.Context(), "http://moves.example/"); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "not public") {
				t.Errorf("%s: got %+v, %v, want that the address is not public", name, got, err)
			}
		}
	}
	// The same name at the same resolver is dialled where the address may be.
	n := &names{addresses: []string{"127.0.0.1"}}
	m := New(Config{Resolver: n.resolver(t), Allow: func(to netip.AddrPort) bool { return to == w.at }})
	if got, err := m.Preview(t.Context(), "http://moves.example:"+strings.Split(w.at.String(), ":")[1]+"/"); err != nil || got.Title != "a" {
		t.Errorf("a name that may be dialled: got %+v, %v", got, err)
	}
}

func TestASlowPageEndsInTime(t *testing.T) {
	w := serve(t)
	asked, stop := make(chan struct{}), make(chan struct{})
	w.HandleFunc("/", func(_ http.ResponseWriter, in *http.Request) {
		close(asked)
		select {
		case <-in.Context().Done():
		case <-stop:
		}
	})
	defer close(stop)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if got, err := w.maker().Preview(ctx, w.url); !errors.Is(err, ErrNone) && !errors.Is(err, context.Canceled) {
		t.Errorf("a page that never answers: got %+v, %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{`<meta property="og:title" content="a">`, "<title>", "<meta content='>' name=", "<!--", "<link rel=alternate type=application/json+oembed href=x>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		s := read(page)
		if got := tidy(s.title, event.MaxPreviewTitle); len(got) > event.MaxPreviewTitle || strings.ContainsAny(got, "\n\x00") {
			t.Errorf("title: %q", got)
		}
	})
}
