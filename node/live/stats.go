package live

// Stats tell how much waits for watchers, now and since the hub was made.
type Stats struct {
	Watchers, Accounts int    // open connections, and the accounts that they belong to
	Frames, Bytes      int    // that wait for watchers
	Longest            int    // frames that wait for the slowest watcher
	Told, TooSlow      uint64 // frames that were told, and watchers that were ended because they did not read
}

// Stats returns a snapshot.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Stats{Watchers: h.count, Told: h.told, TooSlow: h.slow.Load()}
	for _, au := range h.audience {
		if len(au.watchers) > 0 {
			s.Accounts++
		}
		for _, w := range au.watchers {
			frames, bytes := w.waits()
			s.Frames, s.Bytes, s.Longest = s.Frames+frames, s.Bytes+bytes, max(s.Longest, frames)
		}
	}
	return s
}

// waits is what waits for a watcher or is being written to it.
func (w *Watcher) waits() (frames, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue) + w.writing, w.bytes
}
