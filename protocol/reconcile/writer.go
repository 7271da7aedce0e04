package reconcile

// writer puts a message together. Ranges to skip are held back until one that matters follows: what ends a message need not
// be said.
type writer struct {
	buf   []byte
	ord   uint64 // of the last bound written
	skip  bound  // held back, if it is not the zero bound
	limit int    // bytes a message may have
}

const (
	// spanCost is the most that a range costs without its ids: ord, prefix, mode and the number of ids or a fingerprint.
	spanCost = 10 + 1 + 32 + 1 + fingerprintSize

	// tailCost is kept free for a last range, and the range to skip before it.
	tailCost = 2 * spanCost
)

func newWriter(limit int) *writer {
	return &writer{buf: append(make([]byte, 0, 1024), version), limit: limit}
}

// empty tells whether no range was written.
func (w *writer) empty() bool { return len(w.buf) == 1 }

// full tells whether what was written leaves no place for the last range.
func (w *writer) full() bool { return len(w.buf) > w.limit-tailCost }

// idsLeft is the number of ids that a list may have now.
func (w *writer) idsLeft() int { return (w.limit - tailCost - 2*spanCost - len(w.buf)) / 32 }

func (w *writer) skipTo(b bound) { w.skip = b }

func (w *writer) begin(upto bound, m mode) {
	if w.skip != (bound{}) {
		w.bound(w.skip)
		w.buf = append(w.buf, byte(modeSkip))
		w.skip = bound{}
	}
	w.bound(upto)
	w.buf = append(w.buf, byte(m))
}

func (w *writer) bound(b bound) {
	if b == infinite {
		w.buf = append(w.buf, 0, 0)
		return
	}
	w.buf = appendVarint(w.buf, b.ord-w.ord+1)
	w.buf = append(w.buf, byte(b.length))
	w.buf = append(w.buf, b.id[:b.length]...)
	w.ord = b.ord
}

func (w *writer) fingerprint(s *Set, from, to int, upto bound) {
	w.begin(upto, modeFingerprint)
	f := s.fingerprint(from, to)
	w.buf = append(w.buf, f[:]...)
}

func (w *writer) list(s *Set, from, to int, upto bound) {
	w.begin(upto, modeList)
	w.buf = appendVarint(w.buf, uint64(to-from))
	for i := from; i < to; i++ {
		w.buf = append(w.buf, s.items[i].ID[:]...)
	}
}

// split says what the set has in a range: the ids if they are fewer than short, else the fingerprints of its 16 parts.
func (w *writer) split(s *Set, from, to int, upto bound, short int) {
	const parts = 16
	n := to - from
	if n < short {
		w.list(s, from, to, upto)
		return
	}
	for i := range parts {
		next, b := from+n/parts, upto
		if i < n%parts {
			next++
		}
		if next < to {
			b = between(&s.items[next-1], &s.items[next])
		}
		w.fingerprint(s, from, next, b)
		from = next
	}
}
