package poll

import (
	"bytes"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// inTime tells whether a vote stands before the end of its poll: before what closed it in the order of the log, and by its own clock not
// after the time that the poll names.
func (p asked) inTime(v vote, closed protocol.Place) bool {
	const millisecond = 16 // bits of a hybrid clock below it
	return (closed.IsZero() || v.Place.Compare(closed) < 0) && (p.End == 0 || v.Place.HLC>>millisecond <= p.End)
}

// standing is what counts of the votes of one person, given the newest first.
func (p asked) standing(votes []vote, closed protocol.Place) event.Choice {
	for _, v := range votes[:min(len(votes), maxVotes)] {
		if p.inTime(v, closed) && p.Fits(v.Choice) {
			return v.Choice
		}
	}
	return 0
}

// add counts a choice of one person, or takes it from what was counted.
func (r *result) add(c event.Choice, options int, by uint64) {
	if c == 0 {
		return
	}
	if len(r.Counts) != options {
		r.Counts = make([]uint64, options)
	}
	r.Voters += by
	for i := range r.Counts {
		if c.Has(i) {
			r.Counts[i] += by
		}
	}
}

const minusOne = ^uint64(0)

// move counts the difference of what one person chose.
func (s *slice) move(tx feature.Tx, realm *storage.Realm, message protocol.EventID, p asked, before, after []vote) error {
	r, err := resultOf(tx, realm, message)
	if err != nil {
		return err
	}
	was, is := p.standing(before, r.Closed), p.standing(after, r.Closed)
	if was == is {
		return nil
	}
	r.add(was, len(p.Options), minusOne)
	r.add(is, len(p.Options), 1)
	return storage.PutAs(tx, realm, prefix(realm, results, message), r)
}

// recount counts all votes of a poll anew: when it came after them, and when it was ended.
func (s *slice) recount(tx feature.Tx, realm *storage.Realm, message protocol.EventID, p asked) error {
	closed, err := firstEnd(tx, realm, message, p)
	if err != nil {
		return err
	}
	r := result{Closed: closed}
	var author []byte
	for {
		if author, err = nextVoter(tx, realm, message, author); err != nil {
			return err
		}
		if author == nil {
			break
		}
		own, err := votesOf(tx, realm, message, author)
		if err != nil {
			return err
		}
		r.add(p.standing(own, closed), len(p.Options), 1)
	}
	if r.Voters == 0 && closed.IsZero() {
		tx.Delete(prefix(realm, results, message))
		return nil
	}
	return storage.PutAs(tx, realm, prefix(realm, results, message), r)
}

// firstEnd is the place of the first end of a poll that counts.
func firstEnd(tx feature.Tx, realm *storage.Realm, message protocol.EventID, p asked) (place protocol.Place, err error) {
	err = tx.Scan(realm, prefix(realm, endings, message), storage.ScanOptions{}, func(_ storage.Key, raw []byte) (bool, error) {
		e, err := canon.UnmarshalOwn[ending](raw)
		if err == nil && (e.Moderate || e.By == p.by) {
			place = e.Place
			return false, nil
		}
		return err == nil, err
	})
	return place, err
}

// asked counts what came before a poll.
func (s *slice) asked(tx feature.Tx, e feature.Entry, b event.MessageSent) error {
	if b.Poll == nil {
		return nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return s.recount(tx, realm, e.ID, asked{*b.Poll, e.Author})
}

// voted takes a vote in. The poll may not be here yet.
func (s *slice) voted(tx feature.Tx, e feature.Entry, b event.PollVoted) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	k := voteKey(realm, b.Message, e.Author, e.Place())
	if had, err := tx.Has(k); had || err != nil {
		return err // projected before
	}
	p, asks, here, err := s.find(tx, e.Log, b.Message)
	if err != nil || here && !asks {
		return err
	}
	before, err := of(tx, realm, b.Message, e.Author)
	if err != nil {
		return err
	}
	v := vote{Choice: b.Choice, By: e.Author, Place: e.Place()}
	if err := storage.PutAs(tx, realm, k, v); err != nil || !asks {
		return err
	}
	at, _ := slices.BinarySearchFunc(before, v, func(a, b vote) int { return bytes.Compare(b.Place.Bytes(), a.Place.Bytes()) })
	return s.move(tx, realm, b.Message, p, before, slices.Insert(slices.Clone(before), at, v))
}

// unvoted takes a vote back that is not shown any more.
func (s *slice) unvoted(tx feature.Tx, e feature.Entry, b event.PollVoted) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	k := voteKey(realm, b.Message, e.Author, e.Place())
	if had, err := tx.Has(k); !had || err != nil {
		return err
	}
	before, err := of(tx, realm, b.Message, e.Author)
	if err != nil {
		return err
	}
	tx.Delete(k)
	p, asks, _, err := s.find(tx, e.Log, b.Message)
	if err != nil || !asks {
		return err
	}
	after, err := of(tx, realm, b.Message, e.Author)
	if err != nil {
		return err
	}
	return s.move(tx, realm, b.Message, p, before, after)
}

// closed takes the end of a poll in, unless it is known not to count.
func (s *slice) closed(tx feature.Tx, e feature.Entry, b event.PollClosed) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	p, asks, here, err := s.find(tx, e.Log, b.Message)
	if err != nil || here && !asks {
		return err
	}
	end := ending{By: e.Author, Place: e.Place()}
	if e.Stamp != nil {
		then, err := s.Groups.At(tx, e.Log, e.Heads)
		if err != nil {
			return err
		}
		end.Moderate = then.Role(e.Author) >= membership.Moderator
	}
	if here && !end.Moderate && e.Author != p.by {
		return nil
	}
	if err := storage.PutAs(tx, realm, endingKey(realm, b.Message, end.Place), end); err != nil || !asks {
		return err
	}
	return s.ended(tx, realm, b.Message, p)
}

// unclosed takes an end back that is not shown any more.
func (s *slice) unclosed(tx feature.Tx, e feature.Entry, b event.PollClosed) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	tx.Delete(endingKey(realm, b.Message, e.Place()))
	p, asks, _, err := s.find(tx, e.Log, b.Message)
	if err != nil || !asks {
		return err
	}
	return s.ended(tx, realm, b.Message, p)
}

// ended counts anew where the end of a poll moved.
func (s *slice) ended(tx feature.Tx, realm *storage.Realm, message protocol.EventID, p asked) error {
	r, err := resultOf(tx, realm, message)
	if err != nil {
		return err
	}
	first, err := firstEnd(tx, realm, message, p)
	if err != nil || first == r.Closed {
		return err
	}
	return s.recount(tx, realm, message, p)
}
