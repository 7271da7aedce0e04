package gossip

import "sync"

// tasks counts what runs, so that closing can refuse more and wait for the rest.
type tasks struct {
	closed chan struct{}
	mu     sync.Mutex
	group  sync.WaitGroup
}

func (t *tasks) init() { t.closed = make(chan struct{}) }

// enter reports whether a task may run; the caller then owes leave.
func (t *tasks) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.isClosed() {
		return false
	}
	t.group.Add(1)
	return true
}

func (t *tasks) leave() { t.group.Done() }

// close refuses further tasks. It is called once.
func (t *tasks) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.closed)
}

func (t *tasks) isClosed() bool {
	select {
	case <-t.closed:
		return true
	default:
		return false
	}
}

func (t *tasks) wait() { t.group.Wait() }
