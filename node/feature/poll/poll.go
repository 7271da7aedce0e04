// Package poll is the slice of polls: messages that ask something, and what people choose.
//
// It promises that nodes with the same events show the same result, whatever the order of arrival: of what a person says in time, the
// newest place in the log counts (SPEC.md, polls), also where the poll comes later. Showing a poll costs one look for its result,
// a vote two rows however many there are, a plain message nothing. It refuses votes that the poll cannot be answered with, votes after its
// end, and an end by who neither asked nor moderates. Where a poll is not named its pages do not say who chose what; the
// nodes of all members know it.
package poll

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "poll", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Project(h, s.asked)
		feature.Project(h, s.voted)
		feature.Hidden(h, s.unvoted)
		feature.Project(h, s.closed)
		feature.Hidden(h, s.unclosed)
		feature.Rule(h, mayVote)
		feature.Rule(h, mayClose)
		feature.Annotate(h, "poll", s.annotate)
		feature.Follow(h, s.tell)
		feature.OnHidden(h, s.tell)

		feature.Handle(h, "poll.vote", "POST /api/v1/conversations/{conversation}/messages/{message}/votes",
			"Choose options of a poll, in place of those chosen before, or none to take the vote back. The answer means that it is stored here and on its way.",
			s.vote, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "poll.votes", "GET /api/v1/conversations/{conversation}/messages/{message}/votes",
			"List who chose what in a poll that shows it.", s.votes)
		feature.Handle(h, "poll.close", "POST /api/v1/conversations/{conversation}/messages/{message}/close",
			"End a poll. It is for who asked, and in groups for moderators and above.", s.close, feature.Accepts, feature.Limited(feature.BucketMessages))
	}}
}

type slice struct{ *feature.Host }

// mayVote lets every member, also where only some may write: a vote says no more than its options.
func mayVote(e *protocol.Event, then *membership.State, _ event.PollVoted) error {
	return member(e, then)
}

// mayClose lets every member: whose poll it is may not be known yet. An end that does not count changes nothing.
func mayClose(e *protocol.Event, then *membership.State, _ event.PollClosed) error {
	return member(e, then)
}

func member(e *protocol.Event, then *membership.State) error {
	if then.Role(e.Author) < membership.Member {
		return feature.ErrForbidden
	}
	return nil
}
