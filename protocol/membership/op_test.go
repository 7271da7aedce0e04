package membership

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/protocol"
)

// person is somebody with a real identity log.
type person struct {
	*identity.Founded
	author Author
}

func newPerson(t testing.TB, seed byte) person {
	t.Helper()
	f, err := identity.NewAccount(rand.NewChaCha8([32]byte{seed}), time.UnixMilli(1_800_000_000_000), identity.Founding{PeerID: []byte("peer")})
	if err != nil {
		t.Fatal(err)
	}
	pin := f.Log.Pin()
	return person{f, Author{protocol.Account(f.Log.Account()), protocol.Device(f.Device), pin.Seq, pin.Hash}}
}

func TestAnOperationIsSignedByTheDeviceItNames(t *testing.T) {
	ana, bob := newPerson(t, 1), newPerson(t, 2)
	keys := KeysIn(func(a protocol.Account) *identity.Log {
		switch a {
		case ana.author.Account:
			return ana.Log
		case bob.author.Account:
			return bob.Log
		}
		return nil
	})
	create := func(by Author) Draft {
		return Found(by, 5, &Create{Creators: []protocol.Account{by.Account}, Policy: DefaultPolicy()})
	}
	sign := func(d Draft, s Signer) []byte {
		op, err := d.Sign(s)
		if err != nil {
			t.Fatal(err)
		}
		return op.Encode()
	}
	good := sign(create(ana.author), ana.Keys.DSK)
	op, err := Open(good, keys)
	if err != nil {
		t.Fatal(err)
	}
	if op.Author != ana.author || op.Kind() != KindCreate || op.Group != protocol.Log(op.ID) || op.Wall != 5 || !bytes.Equal(op.Encode(), good) {
		t.Errorf("opened: got %+v", op)
	}
	g, err := New(op)
	if err != nil {
		t.Fatal(err)
	}
	d, err := g.Draft(ana.author, 6, &Add{bob.author.Account})
	if err != nil {
		t.Fatal(err)
	}
	added, err := Open(sign(d, ana.Keys.DSK), keys)
	if err != nil {
		t.Fatal(err)
	}
	insert(t, g, added)
	if got := g.Resolve().Role(bob.author.Account); got != Member {
		t.Errorf("role of the one added: got %d, want member", got)
	}
	genesis := ana.author
	genesis.IDSeq, genesis.IDHash = 0, ana.Log.From(0)[0].Hash()
	other := ana.author
	other.IDHash[0]++
	stranger := newPerson(t, 3)
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"another's key":                  {sign(create(ana.author), bob.Keys.DSK), ErrSignature},
		"an entry without the device":    {sign(create(genesis), ana.Keys.DSK), ErrEntry},
		"an entry that is not there":     {sign(create(other), ana.Keys.DSK), ErrEntry},
		"an account that is not known":   {sign(create(stranger.author), stranger.Keys.DSK), ErrEntry},
		"a signature for something else": {resigned(t, good, ana.Keys.DSK.Sign("gchain", payloadOf(t, good))), ErrSignature},
		"a flipped bit":                  {resigned(t, good, [64]byte{1}), ErrSignature},
	} {
		if _, err := Open(c.in, keys); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func payloadOf(t testing.TB, signed []byte) []byte {
	t.Helper()
	s, err := canon.Unmarshal[signedOp](signed)
	if err != nil {
		t.Fatal(err)
	}
	return s.Payload
}

func resigned(t testing.TB, signed []byte, sig [64]byte) []byte {
	return canon.MustMarshal(signedOp{Payload: payloadOf(t, signed), Sig: sig})
}

// wire returns the encoding of an operation with its payload changed.
func wire(change func(*wireOp)) []byte {
	group := [32]byte{1}
	w := wireOp{
		Version: 1, Group: &group, Kind: KindAdd, Parents: []ID{{1}}, Account: account(0), Device: protocol.Device{1}, Lamport: 2, Seq: 2,
		Prev: &ID{1}, Body: canon.MustMarshal(add(1)),
	}
	change(&w)
	return canon.MustMarshal(signedOp{Payload: canon.MustMarshal(w)})
}

func body(b Body) func(*wireOp) {
	return func(w *wireOp) { w.Kind, w.Body = b.Kind(), canon.MustMarshal(b) }
}

func ids(n int) (out []ID) {
	for i := range n {
		out = append(out, ID{byte(i + 1)})
	}
	return out
}

func TestMalformedOperationsAreRefused(t *testing.T) {
	create := func(change func(*Create)) func(*wireOp) {
		c := &Create{Creators: []protocol.Account{account(0)}, Policy: DefaultPolicy(), Meta: []Field{}}
		change(c)
		return func(w *wireOp) {
			body(c)(w)
			w.Group, w.Parents, w.Lamport, w.Seq, w.Prev = nil, []ID{}, 1, 1, nil
		}
	}
	policy := func(change func(*Policy)) func(*wireOp) {
		p := DefaultPolicy()
		change(&p)
		return body(&SetPolicy{p})
	}
	marks := func(n int) (out []Mark) {
		for i := range n {
			out = append(out, Mark{Device: protocol.Device{byte(i + 1)}, CSeq: 1})
		}
		return out
	}
	for name, c := range map[string]struct {
		change func(*wireOp)
		ok     bool
	}{
		"an addition":          {func(*wireOp) {}, true},
		"a Create":             {create(func(*Create) {}), true},
		"sixteen parents":      {func(w *wireOp) { w.Parents = ids(16) }, true},
		"a first operation":    {func(w *wireOp) { w.Seq, w.Prev = 1, nil }, true},
		"the largest fence":    {body(&Remove{Account: account(1), Fence: marks(MaxFence)}), true},
		"an empty fence":       {body(&Leave{[]Mark{}}), true},
		"an unknown field key": {body(&SetMeta{[]Field{{Key: 99, Value: []byte{}}}}), true},
		"since a moment":       {policy(func(p *Policy) { p.History, p.Since = HistorySince, 7 }), true},

		"seventeen parents":     {func(w *wireOp) { w.Parents = ids(17) }, false},
		"unsorted parents":      {func(w *wireOp) { w.Parents = []ID{{2}, {1}} }, false},
		"a parent twice":        {func(w *wireOp) { w.Parents = []ID{{1}, {1}} }, false},
		"null parents":          {func(w *wireOp) { w.Parents = nil }, false},
		"no parents":            {func(w *wireOp) { w.Parents = []ID{} }, false},
		"another version":       {func(w *wireOp) { w.Version = 2 }, false},
		"no group":              {func(w *wireOp) { w.Group = nil }, false},
		"an unknown kind":       {func(w *wireOp) { w.Kind = 12 }, false},
		"a body of another":     {func(w *wireOp) { w.Kind = KindGrant }, false},
		"a null body":           {func(w *wireOp) { w.Body = nil }, false},
		"no body":               {func(w *wireOp) { w.Body = canon.Raw{0xf6} }, false},
		"a body that is long":   {func(w *wireOp) { w.Body = canon.Raw{0xa1, 0x18, 0x00, 0x40} }, false},
		"lamport 0":             {func(w *wireOp) { w.Lamport = 0 }, false},
		"lamport over 32 bits":  {func(w *wireOp) { w.Lamport = math.MaxUint32 + 1 }, false},
		"number 0":              {func(w *wireOp) { w.Seq = 0 }, false},
		"no operation before":   {func(w *wireOp) { w.Prev = nil }, false},
		"one before the first":  {func(w *wireOp) { w.Seq = 1 }, false},
		"nobody's":              {func(w *wireOp) { w.Account = protocol.Account{} }, false},
		"about nobody":          {body(&Add{}), false},
		"adding oneself":        {body(add(0)), false},
		"granting oneself":      {body(grant(0, Admin)), false},
		"removing oneself":      {body(remove(0)), false},
		"revoking oneself":      {body(revoke(0)), false},
		"granting membership":   {body(grant(1, Member)), false},
		"granting role 5":       {body(grant(1, 5)), false},
		"stepping down from 1":  {body(&StepDown{Member}), false},
		"a fence that is null":  {body(&Leave{}), false},
		"65 devices":            {body(&Leave{marks(MaxFence + 1)}), false},
		"an unsorted fence":     {body(&Leave{[]Mark{{Device: protocol.Device{2}, CSeq: 1}, {Device: protocol.Device{1}, CSeq: 1}}}), false},
		"chain 0 in a fence":    {body(&Leave{[]Mark{{Device: protocol.Device{2}}}}), false},
		"no fields":             {body(&SetMeta{[]Field{}}), false},
		"a field twice":         {body(&SetMeta{[]Field{{Key: 1, Value: []byte{}}, {Key: 1, Value: []byte{}}}}), false},
		"a null value":          {body(&SetMeta{[]Field{{Key: 1}}}), false},
		"over 4 KiB":            {body(&SetMeta{[]Field{{Key: 1, Value: make([]byte, MaxOp)}}}), false},
		"checkpoint of nothing": {body(&Checkpoint{Heads: []ID{}}), false},
		"unsorted checkpoint":   {body(&Checkpoint{Heads: []ID{{2}, {1}}}), false},
		"no creators":           {create(func(c *Create) { c.Creators = []protocol.Account{} }), false},
		"nine creators":         {create(func(c *Create) { c.Creators = []protocol.Account{{0xa0, 1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}} }), false},
		"a creator twice":       {create(func(c *Create) { c.Creators = []protocol.Account{account(0), account(0)} }), false},
		"another's Create":      {create(func(c *Create) { c.Creators[0] = account(1) }), false},
		"meta that is null":     {create(func(c *Create) { c.Meta = nil }), false},
		"a Create with parents": {func(w *wireOp) {
			create(func(*Create) {})(w)
			w.Parents = ids(1)
		}, false},
		"form 3":             {policy(func(p *Policy) { p.Form = 3 }), false},
		"no form":            {policy(func(p *Policy) { p.Form = 0 }), false},
		"visibility 4":       {policy(func(p *Policy) { p.Visibility = 4 }), false},
		"history 3":          {policy(func(p *Policy) { p.History = 3 }), false},
		"since, without":     {policy(func(p *Policy) { p.Since = 1 }), false},
		"owners alone add":   {policy(func(p *Policy) { p.Add = Owner }), false},
		"nobody sends":       {policy(func(p *Policy) { p.Send = 5 }), false},
		"role 0 pins":        {policy(func(p *Policy) { p.Pin = 0 }), false},
		"slower than a day":  {policy(func(p *Policy) { p.SlowMode = MaxSlowMode + 1 }), false},
		"no member at all":   {policy(func(p *Policy) { p.MaxMembers = 0 }), false},
		"over 5,000 members": {policy(func(p *Policy) { p.MaxMembers = MaxMembers + 1 }), false},
	} {
		_, _, err := decode(wire(c.change))
		if (err == nil) != c.ok {
			t.Errorf("%s: got %v, want accepted: %v", name, err, c.ok)
		}
		if err != nil && !errors.Is(err, ErrOp) {
			t.Errorf("%s: got %v, want it to be %v", name, err, ErrOp)
		}
	}
	if _, _, err := decode(append(wire(func(*wireOp) {}), 0)); !errors.Is(err, ErrOp) {
		t.Errorf("a trailing byte: got %v, want %v", err, ErrOp)
	}
}
