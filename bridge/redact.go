package bridge

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// quoted and long find in an error what may have come from outside: text between quotes, and words that are too long, or look
// too much like an address or a link, to be ours.
var (
	quoted = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"?|`[^`]*`?|'[^']{2,}'?")
	long   = regexp.MustCompile(`\S*(?:@|://)\S*|[^\s:]{25,}`)
)

// redact returns the words of an error without what they quote.
func redact(err error) string {
	s := quoted.ReplaceAllString(err.Error(), "[…]")
	return long.ReplaceAllString(s, "[…]")
}

// recover answers a panic of an operation with a 500, and logs where it happened: functions and lines, no values.
func (c *call) recover() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	id := requestID()
	c.b.Logger.Error("operation panicked", "operation", c.rt.Name, "request", id, "panic", kindOf(p), "stack", stack())
	if c.sent {
		panic(http.ErrAbortHandler)
	}
	problem := problemOf(errInternal)
	problem.RequestID = id
	writeProblem(c.w, c.r, problem)
	c.b.metrics.observe(c.rt.Name, problem.Status, c.b.Now().Sub(c.began))
}

// kindOf names a panic without its text, which may quote a value; the runtime's own texts do not.
func kindOf(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return redact(e)
	}
	return fmt.Sprintf("%T", p)
}

func stack() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var out strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&out, "%s %s:%d\n", f.Function, filepath.Base(f.File), f.Line)
		if !more {
			return out.String()
		}
	}
}
