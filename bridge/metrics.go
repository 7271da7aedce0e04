package bridge

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"conclave/node/feature"
	"conclave/node/live"
)

// The bridge's own metrics. Labels name operations of the registry and status codes: never ids, names or addresses.
const (
	callsName, callsHelp     = "conclave_http_requests_total", "Requests by operation and status."
	secondsName, secondsHelp = "conclave_http_request_seconds", "How long operations took."
	openName, openHelp       = "conclave_live_connections", "Open live connections: WebSockets and event streams."
	readyName, readyHelp     = "conclave_ready", "1 while the node can serve, as /readyz tells."
)

type metrics struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newMetrics(reg *prometheus.Registry, hub *live.Hub, ready func() bool, figures func() []feature.Figure) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: callsName, Help: callsHelp}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: secondsName, Help: secondsHelp,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"operation"}),
	}
	connections := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: openName, Help: openHelp}, func() float64 { return float64(hub.Watching()) })
	readiness := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: readyName, Help: readyHelp}, func() float64 {
		if ready() {
			return 1
		}
		return 0
	})
	reg.MustRegister(m.calls, m.seconds, connections, readiness, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if figures != nil {
		reg.MustRegister(collector(figures))
	}
	return m
}

func (m *metrics) observe(operation string, status int, took time.Duration) {
	m.calls.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	if operation != "none" {
		m.seconds.WithLabelValues(operation).Observe(took.Seconds())
	}
}

// collector asks for figures whenever somebody looks.
type collector func() []feature.Figure

// Describe tells nothing: to know the figures is to ask for them.
func (collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(to chan<- prometheus.Metric) {
	for _, f := range c() {
		kind := prometheus.GaugeValue
		if f.Counts() {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(f.Name, f.Help, nil, nil), kind, f.Value)
	}
}

// DescribeMetrics returns what /metrics shows, as a page in Markdown. It is the same on every node of a version.
func (b *Bridge) DescribeMetrics() []byte {
	var out bytes.Buffer
	out.WriteString("# Metrics\n\n" +
		"Written by `conclave metrics`; do not edit. The admin listener, on loopback, shows these at `/metrics` in the text form of Prometheus.\n" +
		"None carries a name, an id or an address: the labels are operations of the API and status codes, the rest has no labels.\n" +
		"Counters begin at 0 with each start.\n\n" +
		"| name | kind | |\n|---|---|---|\n")
	row := func(name, kind, help string) { fmt.Fprintf(&out, "| `%s` | %s | %s |\n", name, kind, help) }
	row(callsName+"{operation,status}", "counter", callsHelp)
	row(secondsName+"{operation}", "histogram", secondsHelp)
	row(openName, "gauge", openHelp)
	row(readyName, "gauge", readyHelp)
	if b.Figures != nil {
		for _, f := range b.Figures() {
			kind := "gauge"
			if f.Counts() {
				kind = "counter"
			}
			row(f.Name, kind, f.Help)
		}
	}
	row("go_*", "", "Memory, goroutines and collections of the Go runtime.")
	row("process_*", "", "CPU, memory, open files and network bytes of the process, where the system tells them.")
	return out.Bytes()
}
