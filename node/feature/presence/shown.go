package presence

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// shown is what somebody is told of another. The zero value tells nothing.
type shown struct {
	state       feature.PresenceState
	text, emoji string
	until       time.Time // when the status is over; zero: not by itself
	seen        time.Time // to the minute; zero: not told
	over        time.Time // when it does not hold any more; zero in what an account tells
}

// at is what of it holds at a moment, while the node of the person is reached or not.
func (s shown) at(now time.Time, reach feature.Reach) feature.Presence {
	out := feature.Presence{State: s.state, LastSeen: s.seen}
	if s.state == "" || !now.Before(s.over) || !reach.Connected && now.Sub(reach.LastSeen) > Silent {
		out.State = feature.Offline
	}
	if s.until.IsZero() || now.Before(s.until) {
		out.Text, out.Emoji = s.text, s.emoji
	}
	if out.State != feature.Offline {
		out.LastSeen = time.Time{}
	}
	return out
}

// minute is a moment as others may know it.
func minute(t time.Time) time.Time { return t.Truncate(time.Minute).UTC() }

// kept is the row of what a viewer was told of another last, in the viewer's realm.
type kept struct {
	Seen  uint64 `cbor:"0,keyasint,omitempty"` // Unix minutes
	Text  string `cbor:"1,keyasint,omitempty"`
	Emoji string `cbor:"2,keyasint,omitempty"`
	Until uint64 `cbor:"3,keyasint,omitempty"` // Unix milliseconds
}

func keptKey(realm *storage.Realm, of protocol.Account) storage.Key {
	return realm.Key(storage.Presence, storage.H(of[:]))
}

func (s *slice) recall(tx feature.Tx, viewer, of protocol.Account) (shown, error) {
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return shown{}, err
	}
	k, err := storage.GetAs[kept](tx, realm, keptKey(realm, of))
	if errors.Is(err, storage.ErrNotFound) {
		return shown{}, nil
	}
	return k.shown(), err
}

func (k kept) shown() shown {
	out := shown{text: k.Text, emoji: k.Emoji}
	if k.Seen > 0 {
		out.seen = time.Unix(int64(k.Seen)*60, 0).UTC()
	}
	if k.Until > 0 {
		out.until = time.UnixMilli(int64(k.Until))
	}
	return out
}

func (s shown) kept() kept {
	k := kept{Text: s.text, Emoji: s.emoji}
	if !s.seen.IsZero() {
		k.Seen = uint64(max(s.seen.Unix(), 0)) / 60
	}
	if !s.until.IsZero() {
		k.Until = uint64(max(s.until.UnixMilli(), 0))
	}
	return k
}

// keepEvery is how often at the most it is written when somebody was there, while nothing else of the row changes.
const keepEvery = 30 * time.Minute

// learn takes in what viewers of this node are told of somebody, and tells their pages what changed. Viewers who may not be told
// were left out before.
func (s *slice) learn(tx feature.Tx, of protocol.Account, now shown, viewers []protocol.Account) error {
	for _, viewer := range viewers {
		had, err := s.recall(tx, viewer, of)
		if errors.Is(err, feature.ErrLocked) {
			continue
		}
		if err != nil {
			return err
		}
		is := now.kept()
		was := had.kept()
		if same := is.Text == was.Text && is.Emoji == was.Emoji && is.Until == was.Until; same && now.state != feature.Offline && is.Seen > 0 && was.Seen > 0 && is.Seen-was.Seen < uint64(keepEvery/time.Minute) {
			is.Seen = was.Seen
		}
		if is != was {
			realm, err := s.Realms.Account(viewer)
			if err != nil {
				return err
			}
			if is == (kept{}) {
				tx.Delete(keptKey(realm, of))
			} else if err := storage.PutAs(tx, realm, keptKey(realm, of), is); err != nil {
				return err
			}
		}
	}
	tx.OnCommit(func() {
		s.mu.Lock()
		for _, viewer := range viewers {
			if s.known[viewer] == nil {
				s.known[viewer] = map[protocol.Account]shown{}
			}
			s.known[viewer][of] = now
		}
		s.mu.Unlock()
		for _, viewer := range viewers {
			s.retell(viewer, of)
		}
	})
	return nil
}

// retell has the pages of a viewer told what somebody is now.
func (s *slice) retell(viewer, of protocol.Account) {
	if s.Live.Watched(viewer) {
		s.Soon("show/"+viewer.String()+of.String(), func(context.Context) { s.show(viewer, of) })
	}
}

func (s *slice) show(viewer, of protocol.Account) {
	err := s.Store.View(func(tx feature.Tx) error {
		p, err := s.of(tx, viewer, of)
		if err == nil && p != nil {
			s.tell([]protocol.Account{viewer}, ContactPresence{Account: of, Presence: *p})
		}
		return err
	})
	if err != nil && !errors.Is(err, feature.ErrLocked) {
		s.Logger.Warn("tell of a presence", "err", err)
	}
}

// of implements feature.Presences.
func (s *slice) of(tx feature.Tx, viewer, of protocol.Account) (*feature.Presence, error) {
	mine, err := s.PrivacyOf(tx, viewer, protocol.Log{})
	if err != nil {
		return nil, err
	}
	if mine.Online == feature.Nobody && mine.LastSeen == feature.Nobody {
		return nil, nil
	}
	s.mu.Lock()
	now, ok := s.known[viewer][of]
	s.mu.Unlock()
	if !ok {
		if now, err = s.recall(tx, viewer, of); err != nil {
			return nil, err
		}
		if now == (shown{}) {
			return nil, nil // never told anything
		}
	}
	p := now.at(s.Now(), s.ReachOf(tx, of))
	if mine.Online == feature.Nobody {
		p = feature.Presence{State: feature.Offline, LastSeen: now.seen}
	}
	if mine.LastSeen == feature.Nobody {
		p.LastSeen = time.Time{}
	}
	return &p, nil
}
