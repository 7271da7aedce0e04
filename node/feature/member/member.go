// Package member is the slice of who belongs to a group: the list, adding and removing, roles, leaving, who may
// write and how often, and the rows in the history that tell of all that.
//
// It promises that what the API lets a caller do is what every node will hold valid, that a refusal says which role may, and
// that the only owner of a group with others hands over before leaving. It keeps nothing but when members wrote in slow mode:
// the operations of the group say the rest.
package member

import (
	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "member", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tell = feature.Frame[Change](h, "member", "A member of a group is new, has another role, or is none any more.")

		feature.Project(h, s.wrote)
		feature.Permit(h, s.permit)
		feature.Leaving(h, s.leave)
		feature.Notice(h, s.noticeChanged)
		feature.Notice(h, s.noticeLeft)
		feature.Known[changed](h)
		feature.Known[left](h)
		feature.OnGroupMoved(h, s.moved)

		feature.Handle(h, "member.list", "GET /api/v1/conversations/{conversation}/members",
			"List the members of a group: by role, the highest first, then by name.", s.list)
		feature.Handle(h, "member.add", "POST /api/v1/conversations/{conversation}/members",
			"Add somebody to a group: 201. Of a member it sets the role: 200.", s.add, feature.Creates)
		feature.Handle(h, "member.role", "PUT /api/v1/conversations/{conversation}/members/{account}",
			"Set the role of a member.", s.role)
		feature.Handle(h, "member.remove", "DELETE /api/v1/conversations/{conversation}/members/{account}",
			"Remove a member, or leave.", s.remove)
	}}
}

type slice struct {
	*feature.Host
	tell func(accounts []protocol.Account, data Change)
}
