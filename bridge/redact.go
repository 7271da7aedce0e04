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

// recover answers a panic of an operation with a 500.
func (c *call) recover() {
	p := recover()
	if p == nil {
		return
	}
	problem := c.b.panicked(c.rt.Name, p)
	if c.sent {
		panic(http.ErrAbortHandler)
	}
	writeProblem(c.w, problem)
	c.b.metrics.observe(c.rt.Name, problem.Status, c.b.Now().Sub(c.began))
}

// recover answers a panic of anything else that serves a request.
func (b *Bridge) recover(w http.ResponseWriter) {
	if p := recover(); p != nil {
		writeProblem(w, b.panicked("none", p))
	}
}

// panicked logs where a panic happened, functions and lines but no values, and returns what the caller gets to see.
func (b *Bridge) panicked(operation string, p any) Problem {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	problem := problemOf(errInternal)
	problem.RequestID = requestID()
	b.Logger.Error("operation panicked", "operation", operation, "request", problem.RequestID, "panic", kindOf(p), "stack", stack())
	return problem
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
