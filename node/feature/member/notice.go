package member

import (
	"errors"
	"fmt"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

type (
	changed = event.MemberChanged
	left    = event.MemberLeft
)

// maxNamed is how many people a notice names.
const maxNamed = 3

// teller writes one notice for one viewer.
type teller struct {
	*slice
	tx     feature.Tx
	viewer protocol.Account
	log    protocol.Log
}

func (s *slice) noticeLeft(tx feature.Tx, viewer protocol.Account, e feature.Entry, _ left) (string, error) {
	return teller{s, tx, viewer, e.Log}.subject(e.Author) + " left", nil
}

// noticeChanged tells of operations that the event's author signed; of others it says nothing.
func (s *slice) noticeChanged(tx feature.Tx, viewer protocol.Account, e feature.Entry, b changed) (string, error) {
	t := teller{s, tx, viewer, e.Log}
	var ops []*membership.Op
	for _, id := range b.Ops {
		op, err := s.Groups.Op(tx, e.Log, membership.ID(id))
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		if op.Author.Account == e.Author {
			ops = append(ops, op)
		}
	}
	if len(ops) == 0 {
		return "", nil
	}
	if b.Asked {
		return t.join(ops), nil
	}
	phrases := t.phrases(ops)
	if len(phrases) == 0 {
		return "", nil
	}
	return t.subject(e.Author) + " " + list(phrases), nil
}

// join tells of people who had asked to be added.
func (t teller) join(ops []*membership.Op) string {
	var who []string
	for _, op := range ops {
		if b, ok := op.Body.(*membership.Add); ok {
			who = append(who, t.subject(b.Account))
		}
	}
	if len(who) == 0 {
		return ""
	}
	return some(who) + " joined"
}

// phrases says what each operation did, with those who were added in one.
func (t teller) phrases(ops []*membership.Op) (out []string) {
	var added []string
	flush := func() {
		if len(added) > 0 {
			out = append(out, "added "+some(added))
			added = nil
		}
	}
	meta := false
	for i, op := range ops {
		if b, ok := op.Body.(*membership.Add); ok {
			added = append(added, t.object(b.Account))
			continue
		}
		flush()
		switch b := op.Body.(type) {
		case *membership.Create:
			out = append(out, "created the "+formName(b.Policy.Form))
		case *membership.Grant:
			out = append(out, fmt.Sprintf("made %s %s", t.object(b.Account), withArticle(b.Role)))
		case *membership.Revoke:
			if !grantedAgain(ops[i+1:], b.Account) {
				out = append(out, fmt.Sprintf("made %s %s", t.object(b.Account), withArticle(membership.Member)))
			}
		case *membership.Remove:
			out = append(out, "removed "+t.object(b.Account))
		case *membership.StepDown:
			out = append(out, "stepped down as "+string(feature.RoleOf(b.Role)))
		case *membership.SetMeta:
			meta = true
			out = append(out, fields(b.Fields)...)
		case *membership.SetPolicy:
			if !meta { // else the policy changed along with the rules
				out = append(out, "changed the settings")
			}
		}
	}
	flush()
	return out
}

func grantedAgain(ops []*membership.Op, who protocol.Account) bool {
	for _, op := range ops {
		if b, ok := op.Body.(*membership.Grant); ok && b.Account == who {
			return true
		}
	}
	return false
}

func fields(list []membership.Field) (out []string) {
	for _, f := range list {
		switch f.Key {
		case membership.Name:
			out = append(out, fmt.Sprintf("changed the name to “%s”", f.Value))
		case membership.Description:
			out = append(out, "changed the description")
		case membership.Picture:
			out = append(out, "changed the picture")
		case membership.Rules:
			out = append(out, "changed the rules")
		}
	}
	return out
}

func formName(f membership.Form) string {
	if f == membership.Channel {
		return "channel"
	}
	return "group"
}

func withArticle(r membership.Role) string {
	name := string(feature.RoleOf(r))
	if strings.HasPrefix(name, "a") || strings.HasPrefix(name, "o") {
		return "an " + name
	}
	return "a " + name
}

func (t teller) subject(who protocol.Account) string {
	if who == t.viewer {
		return "You"
	}
	return t.NameIn(t.tx, t.viewer, t.log, who)
}

func (t teller) object(who protocol.Account) string {
	if who == t.viewer {
		return "you"
	}
	return t.NameIn(t.tx, t.viewer, t.log, who)
}

// some names the first of many.
func some(names []string) string {
	if more := len(names) - maxNamed; more > 0 {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:maxNamed], ", "), more)
	}
	return list(names)
}

// list joins parts: "a", "a and b", "a, b and c".
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
