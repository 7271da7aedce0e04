package thread

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// How many living messages are looked through again when one is taken from a thread: for the last authors, and for an author's newest.
const (
	lookedForFaces = 64
	lookedForOne   = 256
)

// said takes a message into its thread. One that is in none may be the root of answers that came first.
func (s *slice) said(tx feature.Tx, e feature.Entry, b event.MessageSent) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	if b.Thread.IsZero() {
		return s.rooted(tx, realm, e)
	}
	k := itemKey(realm, b.Thread, e.Place())
	if known, err := tx.Has(k); err != nil || known {
		return err
	}
	one := item{By: e.Author, Place: e.Place()}
	if err := storage.PutAs(tx, realm, k, one); err != nil {
		return err
	}
	all, err := load[sum](tx, realm, sumKey(realm, b.Thread))
	if err != nil {
		return err
	}
	all.Root = b.Thread
	all.Count++
	all.Faces = face(append(all.Faces, one))
	if all.By.IsZero() {
		if err := s.owned(tx, realm, e.Log, &all); err != nil {
			return err
		}
	}
	if err := storage.PutAs(tx, realm, sumKey(realm, b.Thread), all); err != nil {
		return err
	}
	if err := s.part(tx, realm, e.Author, b.Thread, func(p *part) { p.Wrote = later(p.Wrote, e.Place()) }); err != nil {
		return err
	}
	return s.mean(tx, realm, e)
}

// rooted has who wrote a message follow answers that came before it.
func (s *slice) rooted(tx feature.Tx, realm *storage.Realm, e feature.Entry) error {
	if early, err := tx.Has(sumKey(realm, e.ID)); err != nil || !early {
		return err
	}
	all, err := load[sum](tx, realm, sumKey(realm, e.ID))
	if err != nil {
		return err
	}
	all.By = e.Author
	if err := storage.PutAs(tx, realm, sumKey(realm, e.ID), all); err != nil {
		return err
	}
	return s.part(tx, realm, e.Author, e.ID, func(p *part) { p.Own = true })
}

// owned looks who wrote the root of a thread.
func (s *slice) owned(tx feature.Tx, realm *storage.Realm, log protocol.Log, all *sum) error {
	root, err := s.Timeline.Get(tx, log, all.Root)
	if errors.Is(err, feature.ErrNotFound) || err == nil && (root.Kind != sentKind || !root.Thread().IsZero()) {
		return nil
	}
	if err != nil {
		return err
	}
	all.By = root.Author
	return s.part(tx, realm, root.Author, all.Root, func(p *part) { p.Own = true })
}

// mean has those of this node follow whom a message of a thread mentions as it reads now. Who is mentioned as one of many does not.
func (s *slice) mean(tx feature.Tx, realm *storage.Realm, e feature.Entry) error {
	mentions, err := s.MentionsIn(tx, e)
	if err != nil || len(mentions) == 0 {
		return err
	}
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	for _, m := range mentions {
		if m.Account.IsZero() || m.Account == e.Author || !c.Has(m.Account) {
			continue
		}
		if err := s.part(tx, realm, m.Account, e.Thread(), func(p *part) { p.Meant = later(p.Meant, e.Place()) }); err != nil {
			return err
		}
	}
	return nil
}

// edited has those follow whom the new text of a message mentions.
func (s *slice) edited(tx feature.Tx, edit feature.Entry, b event.MessageEdited) error {
	if len(b.Mentions) == 0 {
		return nil
	}
	e, err := s.Timeline.Get(tx, edit.Log, b.Message)
	if errors.Is(err, feature.ErrNotFound) || err == nil && (e.Author != edit.Author || e.Thread().IsZero()) {
		return nil
	}
	if err != nil {
		return err
	}
	realm, err := s.Realms.Conversation(tx, edit.Log)
	if err != nil {
		return err
	}
	return s.mean(tx, realm, e)
}

// part changes why an account follows a thread by itself, if it is one of this node.
func (s *slice) part(tx feature.Tx, realm *storage.Realm, who protocol.Account, root protocol.EventID, change func(*part)) error {
	if !s.Directory.Local(tx, who) {
		return nil
	}
	k := partKey(realm, who, root)
	had, err := load[part](tx, realm, k)
	if err != nil {
		return err
	}
	now := had
	now.Root = root
	change(&now)
	switch {
	case now == had:
		return nil
	case now.takes():
		return storage.PutAs(tx, realm, k, now)
	}
	tx.Delete(k)
	return nil
}

// unsaid takes a message from its thread that is not shown any more.
func (s *slice) unsaid(tx feature.Tx, e feature.Entry, b event.MessageSent) error {
	if b.Thread.IsZero() {
		return nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	k := itemKey(realm, b.Thread, e.Place())
	if one, err := load[item](tx, realm, k); err != nil || one.By.IsZero() || one.Gone {
		return err
	}
	tx.Delete(k)
	all, err := load[sum](tx, realm, sumKey(realm, b.Thread))
	if err != nil {
		return err
	}
	faces, wrote, err := remains(tx, realm, b.Thread, e.Author)
	if err != nil {
		return err
	}
	if all.Count <= 1 {
		tx.Delete(sumKey(realm, b.Thread))
	} else {
		all.Count--
		all.Faces = faces
		if err := storage.PutAs(tx, realm, sumKey(realm, b.Thread), all); err != nil {
			return err
		}
	}
	if err := s.part(tx, realm, e.Author, b.Thread, func(p *part) {
		if p.Wrote == e.Place() {
			p.Wrote = wrote
		}
	}); err != nil {
		return err
	}
	for _, m := range b.Mentions {
		if m.Account.IsZero() {
			continue
		}
		if err := s.part(tx, realm, m.Account, b.Thread, func(p *part) {
			if p.Meant == e.Place() {
				p.Meant = protocol.Place{}
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// erased leaves a tombstone where a message of a thread was. A deletion may name a wrong thread: what is shown there is decided when it is read.
func (s *slice) erased(tx feature.Tx, e feature.Entry, root protocol.EventID) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	k := itemKey(realm, root, e.Place())
	if known, err := tx.Has(k); err != nil || known {
		return err
	}
	return storage.PutAs(tx, realm, k, item{By: e.Author, Place: e.Place(), Gone: true})
}

// remains finds the last authors of what is left of a thread, and where the newest message of one of them stands.
func remains(tx feature.Tx, realm *storage.Realm, root protocol.EventID, who protocol.Account) (faces []item, wrote protocol.Place, err error) {
	n := 0
	err = living(tx, realm, root, func(one item) (bool, error) {
		if n++; n <= lookedForFaces {
			faces = face(append(faces, one))
		}
		if one.By == who && wrote.IsZero() {
			wrote = one.Place
		}
		shown := len(faces) == maxFaces || n >= lookedForFaces
		return !shown || wrote.IsZero() && n < lookedForOne, nil
	})
	return faces, wrote, err
}

func later(a, b protocol.Place) protocol.Place {
	if a.Compare(b) > 0 {
		return a
	}
	return b
}
