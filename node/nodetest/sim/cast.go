package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"conclave/storage"
)

// cast is who plays: how many people live on each node, and what the dice of a node's faults begin with.
type cast struct {
	people []int
	dice   []uint64
}

// draw casts the story of a seed.
func draw(rng *rand.Rand) (c cast) {
	for range 3 + min(rng.IntN(4), rng.IntN(4)) {
		c.dice = append(c.dice, rng.Uint64())
		c.people = append(c.people, 1)
		if rng.IntN(4) == 0 {
			c.people[len(c.people)-1] = 2
		}
	}
	slices.Sort(c.people) // where two live together is all one, and there are fewer troupes to gather
	return c
}

// acquaint makes the nodes and the people, and has all of them become contacts.
func (s *story) acquaint(c cast) error {
	for i, n := range c.people {
		h := s.home(c.dice[i])
		if err := h.start(); err != nil {
			return err
		}
		if err := h.found(names[len(s.people):][:n]...); err != nil {
			return err
		}
	}
	for i, p := range s.people {
		for _, q := range s.people[i+1:] {
			if err := p.meet(q); err != nil {
				return fmt.Errorf("%s meets %s: %w", p.name, q.name, err)
			}
		}
	}
	time.Sleep(30 * time.Second)
	return nil
}

// troupe is a cast whose people know one another, as the disks of its nodes keep it. What is in it never changes.
type troupe struct {
	took   time.Duration
	disks  []disk
	people []person // their homes by place
	at     []int
}

type disk struct {
	files map[string][]byte
	rows  storage.Rows
}

// enter makes the nodes and the people of a story those of a troupe, at the time at which it was left.
func (s *story) enter(c cast, t *troupe) error {
	time.Sleep(t.took)
	for i, d := range t.disks {
		h := s.home(c.dice[i])
		h.rows.BeginWith(d.rows)
		if err := os.Mkdir(h.data, 0o700); err != nil {
			return err
		}
		for name, raw := range d.files {
			if err := os.WriteFile(filepath.Join(h.data, name), raw, 0o600); err != nil {
				return err
			}
		}
		if err := h.start(); err != nil {
			return err
		}
	}
	for i, p := range t.people {
		p.home = s.homes[t.at[i]]
		s.people = append(s.people, &p)
	}
	return nil
}

// pack stops all nodes and keeps what is on their disks.
func (s *story) pack(began time.Time) (*troupe, error) {
	t := &troupe{}
	for _, h := range s.homes {
		d, err := h.image()
		if err != nil {
			return nil, err
		}
		t.disks = append(t.disks, d)
	}
	for _, p := range s.people {
		t.at = append(t.at, slices.Index(s.homes, p.home))
		left := *p
		left.home = nil
		t.people = append(t.people, left)
	}
	t.took = time.Since(began)
	return t, nil
}

// image stops a node and copies what is on its disk.
func (h *home) image() (d disk, err error) {
	if err := h.down(); err != nil {
		return d, err
	}
	list, err := os.ReadDir(h.data)
	if err != nil {
		return d, err
	}
	d.files = map[string][]byte{}
	for _, f := range list {
		if d.files[f.Name()], err = os.ReadFile(filepath.Join(h.data, f.Name())); err != nil {
			return d, err
		}
	}
	d.rows, err = h.rows.Rows()
	return d, err
}
