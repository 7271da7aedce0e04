package group

import (
	"fmt"
	"sync"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// desk holds the graph of a group between transactions. Nobody is told when a transaction fails: a graph counts only while
// its heads are those that the store names, seen from the transaction that asks, and heads determine all the rest.
type desk struct {
	mu    sync.Mutex // guards what follows
	graph *membership.Graph
	view  [32]byte // of the graph; zero while it is being changed, and for none
}

func (g *Groups) desk(log protocol.Log) *desk {
	if d, ok := g.desks.Get(log); ok {
		return d
	}
	d := &desk{}
	if had, ok, _ := g.desks.PeekOrAdd(log, d); ok {
		return had
	}
	return d
}

// read runs fn on the graph of a group. fn must not keep or change it, nor ask Groups for anything.
func (g *Groups) read(tx feature.Tx, r row, fn func(*membership.Graph) error) error {
	d := g.desk(r.Log)
	d.mu.Lock()
	defer d.mu.Unlock()
	graph, err := g.current(tx, d, r)
	if err != nil {
		return err
	}
	return fn(graph)
}

// change runs fn on the graph of a group, to insert into it, and saves what came in.
func (g *Groups) change(tx feature.Tx, r *row, fn func(*membership.Graph) ([]*membership.Op, error)) error {
	realm, err := g.Keys.Conversation(tx, r.Log)
	if err != nil {
		return err
	}
	d := g.desk(r.Log)
	d.mu.Lock()
	defer d.mu.Unlock()
	graph, err := g.current(tx, d, *r)
	if err != nil {
		return err
	}
	d.graph, d.view = graph, [32]byte{} // believed again only when all is done
	added, err := fn(graph)
	if err != nil {
		return err
	}
	for _, op := range added {
		if err := tx.Put(realm, opKey(realm, op.ID), op.Encode()); err != nil {
			return fmt.Errorf("keep an operation: %w", err)
		}
	}
	if len(added) > 0 {
		r.View = mhead(r.Log, graph.Heads())
		if err := g.saveRow(tx, *r); err != nil {
			return err
		}
	}
	d.view = r.View
	return nil
}

// found begins the graph of a group that has none here.
func (g *Groups) found(tx feature.Tx, r *row, create *membership.Op) error {
	realm, err := g.Keys.Conversation(tx, r.Log)
	if err != nil {
		return err
	}
	graph, err := membership.New(create)
	if err != nil {
		return err
	}
	if err := tx.Put(realm, opKey(realm, create.ID), create.Encode()); err != nil {
		return fmt.Errorf("keep an operation: %w", err)
	}
	r.View = mhead(r.Log, graph.Heads())
	if err := g.saveRow(tx, *r); err != nil {
		return err
	}
	d := g.desk(r.Log)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.graph, d.view = graph, r.View
	return nil
}

// current returns the graph that a transaction sees, loading it where the one at hand is another.
func (g *Groups) current(tx feature.Tx, d *desk, r row) (*membership.Graph, error) {
	if r.View == [32]byte{} {
		return nil, feature.ErrNotFound
	}
	realm, err := g.Keys.Conversation(tx, r.Log)
	if err != nil {
		d.graph, d.view = nil, [32]byte{} // what is locked is not kept
		return nil, err
	}
	if d.graph != nil && d.view == r.View {
		return d.graph, nil
	}
	graph, err := load(tx, realm, r)
	if err != nil {
		return nil, err
	}
	if tx.Writable() || d.graph == nil {
		d.graph, d.view = graph, r.View
	}
	return graph, nil
}

func load(tx feature.Tx, realm *storage.Realm, r row) (*membership.Graph, error) {
	var encoded [][]byte
	if err := tx.Scan(realm, realm.Key(storage.Ops), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		encoded = append(encoded, v)
		return true, nil
	}); err != nil {
		return nil, err
	}
	graph, err := membership.Restore(encoded)
	if err != nil {
		return nil, err
	}
	if mhead(r.Log, graph.Heads()) != r.View {
		return nil, fmt.Errorf("load the operations of a group: %w", storage.ErrCorrupt)
	}
	return graph, nil
}

func opKey(realm *storage.Realm, id membership.ID) storage.Key {
	return realm.Key(storage.Ops, storage.H(id[:]))
}

// mhead is the hash of a membership view (SPEC.md, groups, chains and messages).
func mhead(log protocol.Log, heads []membership.ID) [32]byte {
	raw := make([][32]byte, len(heads))
	for i, id := range heads {
		raw[i] = id
	}
	return chain.MHead(log, raw)
}
