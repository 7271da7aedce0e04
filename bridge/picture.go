package bridge

import (
	"net/http"
	"strconv"

	"conclave/node/feature"
)

// picturePolicy is that of bytes which somebody else chose: whoever opens their address gets a page that may do nothing.
const picturePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

// picture writes a picture. Its type is one of a fixed few, which no browser runs, and nobody may guess another.
func (c *call) picture(status int, p feature.Served) {
	kind := p.Kind()
	if kind == "" {
		c.fail(feature.ErrNotFound)
		return
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(p.Content)))
	h.Set("Content-Disposition", "inline; filename=picture")
	h.Set("Content-Security-Policy", picturePolicy)
	body := p.Content
	if c.r.Method == http.MethodHead {
		body = nil
	}
	c.finish(status, body)
}
