// Package preview makes previews of links for people of this node: title, description, site and a small picture of a page of the web.
//
// It promises that it talks to public addresses at ports 80 and 443 only, whatever names resolve to at whatever time and wherever
// a page redirects; that it sends no cookies, no credentials and nothing about the person; that all it reads is bounded in time,
// bytes and pixels; and that pictures are drawn anew, so that nothing of the file that came stays in them. It refuses proxies, compressed answers and
// more than three redirects.
package preview

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"conclave/protocol/event"
	"conclave/protocol/markup"
)

// Bounds of one preview.
const (
	timeout   = 5 * time.Second
	maxPage   = 1 << 20
	maxOEmbed = 64 << 10
	maxHeader = 32 << 10
	redirects = 3
	atOnce    = 4 // previews of the whole node
)

// ErrNone means that an address has no preview: it cannot be reached, must not be, or says nothing about itself.
var ErrNone = errors.New("no preview")

// Maker makes previews. It is safe for concurrent use.
type Maker struct {
	client *http.Client
	room   *semaphore.Weighted
}

// Config is what tests need otherwise; the zero Config is the one for use.
type Config struct {
	Allow    func(netip.AddrPort) bool // lets addresses pass that are refused else
	Resolver *net.Resolver
}

// New returns a Maker.
func New(c Config) *Maker {
	dialer := &net.Dialer{Timeout: timeout, Resolver: c.Resolver, ControlContext: guard(c.Allow)}
	transport := &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, DisableKeepAlives: true, DisableCompression: true,
		TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: maxHeader,
	}
	return &Maker{room: semaphore.NewWeighted(atOnce), client: &http.Client{Transport: transport, CheckRedirect: follow}}
}

// follow checks where a page redirects; what the name of the new host resolves to is checked when it is dialled.
func follow(next *http.Request, before []*http.Request) error {
	next.Header.Del("Referer")
	if len(before) > redirects {
		return fmt.Errorf("%w: more than %d redirects", ErrNone, redirects)
	}
	if before[len(before)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("%w: a redirect without encryption", ErrNone)
	}
	return allowed(next.URL)
}

// allowed refuses addresses that are not of the public web by how they are written.
func allowed(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" || !markup.IsAddress(u.String()) {
		return fmt.Errorf("%w: the address is not of the web", ErrNone)
	}
	return nil
}

// Preview returns what a page says of itself. An error wraps ErrNone, or is that of the context.
func (m *Maker) Preview(ctx context.Context, address string) (event.Preview, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := m.room.Acquire(ctx, 1); err != nil {
		return event.Preview{}, err
	}
	defer m.room.Release(1)
	u, err := url.Parse(address)
	if err != nil {
		return event.Preview{}, fmt.Errorf("%w: %w", ErrNone, err)
	}
	a, err := m.get(ctx, u, maxPage, "text/html,application/xhtml+xml,image/*;q=0.5")
	if err != nil {
		return event.Preview{}, err
	}
	out := event.Preview{URL: address}
	if strings.HasPrefix(a.kind, "image/") {
		out.Title = path.Base(a.from.Path)
		out.Image, err = shrink(a.body)
		if err != nil {
			return event.Preview{}, err
		}
		return finish(out)
	}
	if a.kind != "text/html" && a.kind != "application/xhtml+xml" {
		return event.Preview{}, fmt.Errorf("%w: content of the type %s", ErrNone, a.kind)
	}
	said := read(text(a))
	if said.title == "" && said.oembed != "" {
		said.add(m.oembed(ctx, a.from, said.oembed))
	}
	out.Title, out.Description, out.Site = said.title, said.description, said.site
	if said.image != "" {
		out.Image = m.picture(ctx, a.from, said.image)
	}
	return finish(out)
}

// finish cuts texts to their bounds.
func finish(p event.Preview) (event.Preview, error) {
	p.Title, p.Description, p.Site = tidy(p.Title, event.MaxPreviewTitle), tidy(p.Description, event.MaxPreviewDescription), tidy(p.Site, event.MaxPreviewSite)
	if p.Title == "" && p.Description == "" && p.Image == nil {
		return p, fmt.Errorf("%w: the page says nothing of itself", ErrNone)
	}
	if err := p.Validate(); err != nil {
		return p, fmt.Errorf("%w: %w", ErrNone, err)
	}
	return p, nil
}

// picture returns the small form of a picture that a page names, nil where there is none to be had.
func (m *Maker) picture(ctx context.Context, page *url.URL, address string) []byte {
	u, err := page.Parse(address)
	if err != nil {
		return nil
	}
	a, err := m.get(ctx, u, maxPage, "image/jpeg,image/png,image/gif")
	if err != nil {
		return nil
	}
	small, err := shrink(a.body)
	if err != nil {
		return nil
	}
	return small
}

// answer is what a host sent.
type answer struct {
	from *url.URL // where it came from in the end
	kind string   // media type
	set  string   // character set, empty for none said
	body []byte
}

func (m *Maker) get(ctx context.Context, u *url.URL, most int64, accept string) (answer, error) {
	if err := allowed(u); err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrNone, err)
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (compatible; Conclave link preview)")
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "identity")
	res, err := m.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrNone, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("%w: status %d", ErrNone, res.StatusCode)
	}
	if e := res.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return answer{}, fmt.Errorf("%w: a compressed answer", ErrNone)
	}
	kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrNone, err)
	}
	body, err := readAtMost(res.Body, most)
	if err != nil {
		return answer{}, err
	}
	return answer{from: res.Request.URL, kind: kind, set: strings.ToLower(params["charset"]), body: body}, nil
}
