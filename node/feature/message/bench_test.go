package message_test

import (
	"strings"
	"testing"

	"conclave/node/feature/message"
)

func BenchmarkPageOf50(b *testing.B) {
	n := start(b)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	for range 1000 {
		send(n, ana, log, strings.Repeat("x", 256))
	}
	b.ResetTimer()
	for range b.N {
		if got := len(list(n, bo, message.ListRequest{Conversation: log}).Items); got != 50 {
			b.Fatalf("page: got %d, want 50", got)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	n := start(b)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	text := strings.Repeat("x", 256)
	b.ResetTimer()
	for range b.N {
		send(n, ana, log, text)
	}
}
