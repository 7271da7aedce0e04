package wire

import "sync"

// Tasks counts what runs, so that closing can refuse more and wait for the rest. Init comes before all else.
type Tasks struct {
	closed chan struct{}
	mu     sync.Mutex
	group  sync.WaitGroup
}

// Init makes the zero value ready.
func (t *Tasks) Init() { t.closed = make(chan struct{}) }

// Enter reports whether a task may run; the caller then owes Leave.
func (t *Tasks) Enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.IsClosed() {
		return false
	}
	t.group.Add(1)
	return true
}

// Leave ends a task.
func (t *Tasks) Leave() { t.group.Done() }

// Close refuses further tasks. It is called once.
func (t *Tasks) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.closed)
}

// Closed is closed by Close.
func (t *Tasks) Closed() <-chan struct{} { return t.closed }

// IsClosed tells whether Close was called.
func (t *Tasks) IsClosed() bool {
	select {
	case <-t.closed:
		return true
	default:
		return false
	}
}

// Wait returns once no task runs.
func (t *Tasks) Wait() { t.group.Wait() }
