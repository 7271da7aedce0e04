package membership

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vectors is a history with every kind of operation, and what it comes to: what other implementations must agree with.
type vectors struct {
	Keys    map[string]string // account: public key of its only device
	Ops     []vector
	Group   string
	Heads   []string
	Members map[string]Role
	Void    []string // ids of operations that are not valid
	Name    string
	Topic   string
	State   string // hash
	Shown   []verdict
}

type vector struct {
	Kind   string
	ID     string
	Signed string
}

type verdict struct {
	Heads   []string
	Account string
	Device  string
	CSeq    uint64
	N       uint32
	Shown   bool
}

func TestGoldenHistory(t *testing.T) {
	g, keys := goldenHistory(t)
	s := g.Resolve()
	state, topic, group := s.Hash(), s.Topic(), g.Group()
	v := vectors{
		Keys: map[string]string{}, Group: hex.EncodeToString(group[:]), Heads: hexes(g.Heads()), Members: map[string]Role{},
		Name: string(s.Meta(Name)), Topic: hex.EncodeToString(topic[:]), State: hex.EncodeToString(state[:]),
	}
	for a, k := range keys {
		v.Keys[hex.EncodeToString(a[:])] = hex.EncodeToString(k[:])
	}
	for _, op := range g.Ops() {
		v.Ops = append(v.Ops, vector{kindNames[op.Kind()], hex.EncodeToString(op.ID[:]), hex.EncodeToString(op.Encode())})
		if !g.Valid(op.ID) {
			v.Void = append(v.Void, hex.EncodeToString(op.ID[:]))
		}
	}
	for _, m := range s.Members() {
		v.Members[hex.EncodeToString(m.Account[:])] = m.Role
	}
	for _, n := range []uint32{4, 5} {
		m := Message{Heads: []ID{g.Ops()[4].ID}, Account: account(3), Mark: mark(author(3, 0), 1, n)}
		shown, err := g.Shown(m)
		if err != nil {
			t.Fatal(err)
		}
		a, d := m.Account, m.Mark.Device
		v.Shown = append(v.Shown, verdict{hexes(m.Heads), hex.EncodeToString(a[:]), hex.EncodeToString(d[:]), 1, n, shown})
	}
	compareGolden(t, v)
}

var kindNames = map[Kind]string{
	KindCreate: "Create", KindAdd: "Add", KindGrant: "Grant", KindRevoke: "Revoke", KindRemove: "Remove", KindLeave: "Leave",
	KindStepDown: "StepDown", KindSetMeta: "SetMeta", KindSetPolicy: "SetPolicy", KindTopicRekey: "TopicRekey", KindCheckpoint: "Checkpoint",
}

// goldenHistory has two creators, a mutual removal, a back-dated operation, and each kind at least once, all signed.
func goldenHistory(t *testing.T) (*Graph, map[protocol.Account][32]byte) {
	t.Helper()
	public := map[protocol.Account][32]byte{}
	signer := func(i int) *identity.DSK {
		k := identity.DSKFrom(&[32]byte{byte(i + 1)})
		public[account(i)] = k.Public()
		return k
	}
	keys := func(a Author) ([32]byte, error) { return public[a.Account], nil }
	founding := &Create{
		Creators: []protocol.Account{account(0), account(1)}, Policy: DefaultPolicy(), Nonce: [16]byte{7},
		Meta: []Field{{Key: Name, Value: []byte("before")}}, Topic: TopicCommitment([32]byte{1}),
	}
	create, err := Found(author(0, 0), 1_800_000_000_000, founding).Sign(signer(0))
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(create)
	if err != nil {
		t.Fatal(err)
	}
	say := func(on []ID, i int, body Body) ID {
		t.Helper()
		unsignedOp := forge(t, g, on, author(i, 0), body)
		payload := payloadOf(t, unsignedOp.Encode())
		signed := canon.MustMarshal(signedOp{Payload: payload, Sig: signer(i).Sign("gop", payload)})
		op, err := Open(signed, keys)
		if err != nil {
			t.Fatal(err)
		}
		return insert(t, g, op)
	}
	rules, topic := [32]byte{8}, TopicCommitment([32]byte{2})
	policy := DefaultPolicy()
	policy.History, policy.Since, policy.Rules, policy.SlowMode = HistorySince, 1_800_000_000_000, &rules, 10
	say(g.Heads(), 0, grant(2, Admin))
	say(g.Heads(), 1, &SetPolicy{policy})
	say(g.Heads(), 0, grant(4, Admin))
	say(g.Heads(), 2, add(3))
	old := g.Heads()
	removal := remove(3, mark(author(3, 0), 1, 4))
	removal.Topic = &topic
	say(old, 2, removal)
	say(g.Heads(), 1, named("after"))
	at := g.Heads()
	say(at, 2, revoke(4))
	say(at, 4, remove(2))
	say(g.Heads(), 0, &TopicRekey{TopicCommitment([32]byte{3})})
	c, err := g.NewCheckpoint()
	if err != nil {
		t.Fatal(err)
	}
	say(g.Heads(), 0, c)
	say(g.Heads(), 1, &StepDown{Owner})
	say(g.Heads(), 4, leave(mark(author(4, 0), 2, 9)))
	return g, public
}

func hexes(ids []ID) (out []string) {
	for _, id := range ids {
		out = append(out, hex.EncodeToString(id[:]))
	}
	return out
}

func compareGolden(t *testing.T, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "history.json")
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got)+"\n" {
		t.Errorf("golden history: got\n%s\nwant\n%s", got, want)
	}
}
