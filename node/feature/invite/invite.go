// Package invite is the slice of ways into a group: links that expire, are used up or are revoked, requests that somebody has to
// accept, and the public groups of a node, which anybody here may join.
//
// A link is answered by the node of whoever made it, which adds the joiner by an operation of its maker or of another member there.
// It promises that a link lets in as many as it says and nobody once it is gone, that a joiner is added only where its own node
// asks for it, and that of a secret group a link shows no name. A group does not remember whom it removed: an open link lets
// them in again.
package invite

import (
	"sync"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "invite", Install: func(h *feature.Host) {
		s := &slice{Host: h, waiting: map[protocol.Log][]chan struct{}{}}
		feature.OnGroupMoved(h, s.moved)
		h.Directory.Serve(kindLook, s.serveLook)
		h.Directory.Serve(kindJoin, s.serveJoin)

		feature.Handle(h, "link.create", "POST /api/v1/conversations/{conversation}/invites",
			"Make an invitation link to a group.", s.create, feature.Creates, feature.Repeatable)
		feature.Handle(h, "link.list", "GET /api/v1/conversations/{conversation}/invites",
			"List the invitation links to a group that were made on this node.", s.list)
		feature.Handle(h, "link.revoke", "DELETE /api/v1/conversations/{conversation}/invites/{invite}",
			"Make an invitation link worthless.", s.revoke)
		feature.Handle(h, "link.preview", "POST /api/v1/invites/preview",
			"Look at what group a link leads to. Nobody there is told.", s.preview)
		feature.Handle(h, "link.accept", "POST /api/v1/invites/accept",
			"Join a group by a link, or ask to, where somebody has to accept.", s.accept)
		feature.Handle(h, "request.list", "GET /api/v1/conversations/{conversation}/requests",
			"List who asked this node to join a group.", s.requests)
		feature.Handle(h, "request.accept", "POST /api/v1/conversations/{conversation}/requests/{account}/accept",
			"Let somebody in who asked.", s.acceptRequest)
		feature.Handle(h, "request.decline", "POST /api/v1/conversations/{conversation}/requests/{account}/decline",
			"Forget a request; who asked is not told.", s.declineRequest)
		feature.Handle(h, "group.list", "GET /api/v1/groups", "List the public groups that have a member on this node.", s.public)
		feature.Handle(h, "group.join", "POST /api/v1/groups/{group}/join", "Join a public group.", s.joinPublic)
	}}
}

type slice struct {
	*feature.Host

	mu      sync.Mutex // guards waiting
	waiting map[protocol.Log][]chan struct{}
}

// Refusals of links.
var (
	ErrNotALink = &feature.Error{Status: 400, Code: "not_a_link", Detail: "This is not a Conclave invitation link."}
	ErrGone     = &feature.Error{Status: 404, Code: "invite_gone", Detail: "This invitation is not valid any more."}
	ErrRules    = &feature.Error{Status: 409, Code: "rules", Detail: "This group has rules: read and accept them first."}
)
