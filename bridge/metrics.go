package bridge

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"conclave/node/live"
)

// metrics count calls by operation and status: no ids, no addresses.
type metrics struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newMetrics(reg *prometheus.Registry, hub *live.Hub) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "conclave_http_requests_total", Help: "Requests by operation and status.",
		}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "conclave_http_request_seconds", Help: "How long operations took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"operation"}),
	}
	connections := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "conclave_live_connections", Help: "Open live connections.",
	}, func() float64 { return float64(hub.Watching()) })
	reg.MustRegister(m.calls, m.seconds, connections)
	return m
}

func (m *metrics) observe(operation string, status int, took time.Duration) {
	m.calls.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	if operation != "none" {
		m.seconds.WithLabelValues(operation).Observe(took.Seconds())
	}
}
