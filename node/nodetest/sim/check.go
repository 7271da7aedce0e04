package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/protocol"
)

// view is the group as one node sees it.
type view struct {
	home    *home
	roles   string             // of all members
	members []protocol.Account // none where no member lives here
	sync    feature.Sync
}

// check tells what does not hold: in a quiet world all of it does.
func (s *story) check() error {
	views, err := s.views()
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range views {
		if v.roles != views[0].roles {
			errs = append(errs, fmt.Errorf("members: %s sees %s, %s sees %s", views[0].home.name, views[0].roles, v.home.name, v.roles))
		}
	}
	if len(errs) > 0 || len(views) == 0 {
		return errors.Join(errs...)
	}
	for _, v := range views {
		if lag := s.lagging(v); lag != "" {
			errs = append(errs, fmt.Errorf("sync: %s is %s, behind by %d%s", v.home.name, v.sync.State, v.sync.Behind, lag))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...) // histories are compared once nobody knows that something is missing
	}
	seen := map[*person][]message.Message{}
	for _, p := range s.people {
		if !slices.Contains(views[0].members, p.acct) {
			continue
		}
		list, err := s.read(p)
		if err != nil {
			return err
		}
		errs = append(errs, s.readable(p, list)...)
		seen[p] = list
	}
	errs = append(errs, s.agree(views, seen)...)
	errs = append(errs, s.kept(seen)...)
	errs = append(errs, s.fenced(seen)...)
	errs = append(errs, s.withheld()...)
	if len(errs) > 12 {
		errs = append(errs[:12], fmt.Errorf("and %d more", len(errs)-12))
	}
	return errors.Join(errs...)
}

// lagging tells with which nodes that it met since its start a node is not known to be in sync.
func (s *story) lagging(v view) (out string) {
	for _, n := range v.sync.Nodes {
		i := slices.IndexFunc(s.homes, func(h *home) bool { return string(h.peer) == n.Peer })
		if met := n.Connected || !n.LastSeen.IsZero(); met && n.State != feature.InSync && i >= 0 {
			out += fmt.Sprintf(", %s to %s by %d", n.State, s.homes[i].name, n.Behind)
		}
	}
	return out
}

// views are those of the nodes on which somebody lives who is a member, as that node sees it.
func (s *story) views() (out []view, err error) {
	for _, h := range s.homes {
		v := view{home: h}
		err := h.in.Store.View(func(tx feature.Tx) error {
			c, err := h.in.Timeline.Conversation(tx, s.group)
			if errors.Is(err, feature.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			if c.State == nil {
				return fmt.Errorf("%s has a group without a state", h.name)
			}
			var roles []string
			for _, m := range c.State.Members() {
				roles = append(roles, fmt.Sprintf("%s:%d", s.nameOf(m.Account), m.Role))
			}
			slices.Sort(roles)
			v.roles, v.members = strings.Join(roles, " "), c.Members
			v.sync, err = h.in.Groups.Sync(tx, s.group)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("the group on %s: %w", h.name, err)
		}
		if slices.ContainsFunc(s.people, func(p *person) bool { return p.home == h && slices.Contains(v.members, p.acct) }) {
			out = append(out, v)
		}
	}
	return out, nil
}

func (s *story) nameOf(a protocol.Account) string {
	for _, p := range s.people {
		if p.acct == a {
			return p.name
		}
	}
	return a.String()
}

// read is the history as somebody sees it, oldest first, without notices.
func (s *story) read(p *person) (out []message.Message, err error) {
	before := ""
	for {
		page, err := call[feature.List[message.Message]](p.home, p.actor(), "message.list",
			message.ListRequest{Conversation: s.group, Before: before, Limit: 200})
		if err != nil {
			return nil, fmt.Errorf("%s reads the group: %w", p.name, err)
		}
		texts := slices.DeleteFunc(page.Items, func(m message.Message) bool { return m.Kind == "notice" })
		out = append(texts, out...)
		if before = page.Next; before == "" {
			return out, nil
		}
	}
}

// readable tells what cannot be read, and what is there twice.
func (s *story) readable(p *person, list []message.Message) (errs []error) {
	texts := map[string]bool{}
	for _, m := range list {
		if m.Kind != "text" {
			errs = append(errs, fmt.Errorf("undecryptable: %s sees a message of kind %s", p.name, m.Kind))
		}
		if m.Gap {
			errs = append(errs, fmt.Errorf("gap: %s misses something before %q", p.name, m.Text))
		}
		if texts[m.Text] {
			errs = append(errs, fmt.Errorf("doubled: %s sees %q twice", p.name, m.Text))
		}
		texts[m.Text] = true
	}
	return errs
}

// page is what a node shows of what somebody may read.
func (s *story) page(h *home, p *person) (ids []protocol.EventID, err error) {
	err = h.in.Store.View(func(tx feature.Tx) error {
		all, err := h.in.Timeline.Page(tx, s.group, feature.Range{Kinds: []string{"message.sent"}, For: p.acct})
		for _, e := range all {
			ids = append(ids, e.ID)
		}
		return err
	})
	return ids, err
}

// agree compares what every two members may both read, on the nodes of both: the same, in the same order.
func (s *story) agree(views []view, seen map[*person][]message.Message) (errs []error) {
	type key struct {
		h *home
		p *person
	}
	pages := map[key][]protocol.EventID{}
	for _, v := range views {
		for p := range seen {
			ids, err := s.page(v.home, p)
			if err != nil {
				return append(errs, fmt.Errorf("page on %s: %w", v.home.name, err))
			}
			pages[key{v.home, p}] = ids
		}
	}
	both := func(h *home, p, q *person) []protocol.EventID {
		of := pages[key{h, q}]
		set := make(map[protocol.EventID]bool, len(of))
		for _, id := range of {
			set[id] = true
		}
		return slices.DeleteFunc(slices.Clone(pages[key{h, p}]), func(id protocol.EventID) bool { return !set[id] })
	}
	for _, p := range s.people {
		if list, ok := seen[p]; ok {
			ids := make([]protocol.EventID, len(list))
			for i, m := range list {
				ids[i] = m.ID
			}
			if !slices.Equal(ids, pages[key{p.home, p}]) {
				errs = append(errs, fmt.Errorf("history: %s is shown %d messages of %d in the log", p.name, len(ids), len(pages[key{p.home, p}])))
			}
		}
		for _, q := range s.people {
			if seen[p] == nil || seen[q] == nil || p.home == q.home || q.name <= p.name {
				continue
			}
			if a, b := both(p.home, p, q), both(q.home, q, p); !slices.Equal(a, b) {
				errs = append(errs, fmt.Errorf("history: %s and %s may both read %d messages on %s and %d on %s: %s",
					p.name, q.name, len(a), p.home.name, len(b), q.home.name, s.difference(a, b)))
			}
		}
	}
	return errs
}

func (s *story) difference(a, b []protocol.EventID) string {
	var out []string
	for _, x := range s.said {
		if inA, inB := slices.Contains(a, x.id), slices.Contains(b, x.id); inA != inB {
			out = append(out, fmt.Sprintf("%q (first %v, second %v)", x.text, inA, inB))
		}
	}
	if len(out) == 0 {
		return "in another order"
	}
	return strings.Join(out[:min(len(out), 4)], ", ")
}

// ends tells of the ends of a membership, additions after the first, and when the last end was.
func (s *story) ends(p *person) (removed, left, added int, last time.Time) {
	for _, m := range s.moves {
		if m.who != p {
			continue
		}
		switch m.kind {
		case "remove":
			removed++
			last = m.at
		case "leave":
			left++
			last = m.at
		case "add":
			added++
		}
	}
	return removed, left, added, last
}

// steady tells whether somebody was in the group from its beginning on and nobody ended that.
func (s *story) steady(p *person) bool {
	removed, left, _, _ := s.ends(p)
	i := slices.IndexFunc(s.moves, func(m move) bool { return m.who == p && m.kind == "add" })
	founded := slices.IndexFunc(s.moves, func(m move) bool { return m.by == m.who && m.kind == "add" })
	return removed == 0 && left == 0 && i >= 0 && i <= founded
}

// kept tells what is lost of those who were always there, for those who were.
func (s *story) kept(seen map[*person][]message.Message) (errs []error) {
	for p, list := range seen {
		if !s.steady(p) {
			continue
		}
		has := map[string]bool{}
		for _, m := range list {
			has[m.Text] = true
		}
		for _, x := range s.said {
			if s.steady(x.by) && !has[x.text] {
				errs = append(errs, fmt.Errorf("lost: %s does not see %q", p.name, x.text))
			}
		}
	}
	return errs
}

// fenced tells what is shown of those who were removed and never came back, though it was said after the last removal.
func (s *story) fenced(seen map[*person][]message.Message) (errs []error) {
	for _, out := range s.people {
		removed, left, added, last := s.ends(out)
		if seen[out] != nil || removed == 0 || left > 0 || added > 1 {
			continue
		}
		for _, x := range s.said {
			if x.by != out || !x.at.After(last) {
				continue
			}
			for p, list := range seen {
				if slices.ContainsFunc(list, func(m message.Message) bool { return m.ID == x.id }) {
					errs = append(errs, fmt.Errorf("fence: %s sees %q", p.name, x.text))
				}
			}
		}
	}
	return errs
}

// withheld tells what a node holds that was said when its author's node knew of no member there, unless somebody who lives there
// was added since, or still is a member.
func (s *story) withheld() (errs []error) {
	for _, x := range s.said {
		for _, h := range x.absent {
			if slices.ContainsFunc(s.moves, func(m move) bool { return m.who.home == h && m.kind == "add" && !m.at.Before(x.at) }) || s.hosts(h) {
				continue
			}
			err := h.in.Store.View(func(tx feature.Tx) error {
				_, err := h.in.Timeline.Get(tx, s.group, x.id)
				return err
			})
			if err == nil {
				errs = append(errs, fmt.Errorf("secrecy: %s holds %q", h.name, x.text))
			}
		}
	}
	return errs
}

// hosts tells whether some node sees a member on this one.
func (s *story) hosts(h *home) bool {
	for _, other := range s.homes {
		members := s.members(other)
		if slices.ContainsFunc(s.people, func(p *person) bool { return p.home == h && slices.Contains(members, p.acct) }) {
			return true
		}
	}
	return false
}
