package doubleratchet

import "slices"

const (
	// MaxKept is how many keys of missing messages a state keeps.
	MaxKept = 2000
	// MaxKeptChains is how many chains those keys may belong to.
	MaxKeptChains = 5
)

// Kept is the keys of one receiving chain's messages that have not come.
type Kept struct {
	Index  uint32 // of the chain
	Mix    uint32
	Header [32]byte
	Keys   []Missing // by number, rising; at least one
}

// Missing is the seed of one missing message, kept until Expires (Unix milliseconds).
type Missing struct {
	N       uint32
	Expires int64
	Seed    [32]byte
}

func (k Kept) find(n uint32) (int, bool) {
	return slices.BinarySearchFunc(k.Keys, n, func(key Missing, n uint32) int {
		switch {
		case key.N < n:
			return -1
		case key.N > n:
			return 1
		}
		return 0
	})
}

// keep returns kept with keys of the chain added, the expired and the oldest beyond the limits dropped.
func keep(kept []Kept, chain Chain, keys []Missing, now int64) []Kept {
	out := make([]Kept, 0, len(kept)+1)
	for _, k := range kept {
		out = appendLive(out, k, now)
	}
	if last := len(out) - 1; last >= 0 && out[last].Index == chain.Index {
		out[last].Keys = slices.Concat(out[last].Keys, keys)
	} else {
		out = append(out, Kept{Index: chain.Index, Mix: chain.Mix, Header: chain.Header, Keys: keys})
	}
	if len(out) > MaxKeptChains {
		out = out[len(out)-MaxKeptChains:]
	}
	for over := count(out) - MaxKept; over > 0; over = count(out) - MaxKept {
		if drop := min(over, len(out[0].Keys)); drop < len(out[0].Keys) {
			out[0].Keys = slices.Clone(out[0].Keys[drop:])
		} else {
			out = out[1:]
		}
	}
	return out
}

// without returns kept less the key at position at of the chain at position i, and less the expired.
func without(kept []Kept, i, at int, now int64) []Kept {
	out := make([]Kept, 0, len(kept))
	for j, k := range kept {
		if j == i {
			k.Keys = slices.Concat(k.Keys[:at], k.Keys[at+1:])
		}
		out = appendLive(out, k, now)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Expire drops the kept keys whose time has come.
func (s State) Expire(now int64) State {
	expired := func(k Missing) bool { return k.Expires <= now }
	if !slices.ContainsFunc(s.Kept, func(k Kept) bool { return slices.ContainsFunc(k.Keys, expired) }) {
		return s
	}
	var out []Kept
	for _, k := range s.Kept {
		out = appendLive(out, k, now)
	}
	s.Kept = out
	return s
}

func appendLive(out []Kept, k Kept, now int64) []Kept {
	expired := func(key Missing) bool { return key.Expires <= now }
	if slices.ContainsFunc(k.Keys, expired) {
		k.Keys = slices.DeleteFunc(slices.Clone(k.Keys), expired)
	}
	if len(k.Keys) == 0 {
		return out
	}
	return append(out, k)
}

func count(kept []Kept) int {
	n := 0
	for _, k := range kept {
		n += len(k.Keys)
	}
	return n
}
