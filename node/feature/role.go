package feature

import (
	"fmt"

	"conclave/protocol/membership"
)

// Role is a member's role as clients read and write it; empty is no member.
type Role string

// The roles, rising.
const (
	RoleMember    Role = "member"
	RoleModerator Role = "moderator"
	RoleAdmin     Role = "admin"
	RoleOwner     Role = "owner"
)

var roles = [...]Role{"", RoleMember, RoleModerator, RoleAdmin, RoleOwner}

// RoleOf returns the text of a role.
func RoleOf(r membership.Role) Role {
	if int(r) >= len(roles) {
		return ""
	}
	return roles[r]
}

// Rank returns the role that a text names, zero for none.
func (r Role) Rank() membership.Role {
	for i, name := range roles {
		if name == r {
			return membership.Role(i)
		}
	}
	return 0
}

// ErrRole is ErrForbidden with a sentence that says who may: "Admins may change the settings."
func ErrRole(lowest membership.Role, what string) *Error {
	who := map[membership.Role]string{
		membership.Member: "Members", membership.Moderator: "Moderators, admins and owners", membership.Admin: "Admins and owners", membership.Owner: "Owners",
	}[lowest]
	if who == "" {
		return ErrForbidden
	}
	return ErrForbidden.With("%s", fmt.Sprintf("%s alone may %s.", who, what))
}

// ErrDeleted says that a group was deleted for everybody.
var ErrDeleted = &Error{Status: 403, Code: "deleted", Detail: "This group was deleted."}

// ErrNoMember says that an account takes no part any more.
var ErrNoMember = ErrForbidden.With("You are not a member of this group.")

// ErrFull says that a group has no room.
var ErrFull = &Error{Status: 409, Code: "full", Detail: "The group has as many members as it may have."}
