package vault

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func drawRecovery(t *rapid.T) *RecoveryKey {
	k, err := NewRecoveryKey(bytes.NewReader(rapid.SliceOfN(rapid.Byte(), random, random).Draw(t, "key")))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestARecoveryKeyIsReadAsPeopleTypeIt(t *testing.T) {
	k := newRecovery(t)
	text := k.Text()
	if got := strings.Fields(text); len(got) != RecoveryGroups || len(got[0]) != groupSize {
		t.Fatalf("text: got %d groups, want 8 of 4 characters", len(got))
	}
	sloppy := strings.NewReplacer("0", "o", "1", "l").Replace(text)
	loud := strings.NewReplacer("0", "O", "1", "I").Replace(text)
	for name, in := range map[string]string{
		"as written": text, "lower case": strings.ToLower(text), "look-alikes": sloppy, "other look-alikes": loud,
		"no spaces": strings.ReplaceAll(text, " ", ""), "dashes": strings.ReplaceAll(text, " ", "-"),
		"lines": "\n " + strings.ReplaceAll(text, " ", "\r\n") + "\t",
	} {
		got, err := ParseRecoveryKey(in)
		if err != nil || got.sym != k.sym {
			t.Errorf("%s: got %v, want the key", name, err)
		}
	}
}

func TestMistypedKeysAreNoticed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := drawRecovery(rt)
		text := strings.ReplaceAll(k.Text(), " ", "")
		i := rapid.IntRange(0, symbols-1).Draw(rt, "place")
		j := rapid.IntRange(0, symbols-1).Draw(rt, "other place")
		put := func(s string, at int, c byte) string { return s[:at] + string(c) + s[at+1:] }
		other := func(at int, label string) byte {
			return rapid.SampledFrom([]byte(strings.ReplaceAll(crockford, text[at:at+1], ""))).Draw(rt, label)
		}

		one := put(text, i, other(i, "wrong"))
		_, err := ParseRecoveryKey(one)
		var typo *MistypedError
		if !errors.Is(err, ErrRecoveryKey) || !errors.As(err, &typo) || typo.Group != i/groupSize {
			rt.Fatalf("one wrong character: got %v, want group %d named", err, i/groupSize+1)
		}
		if i != j {
			if _, err := ParseRecoveryKey(put(one, j, other(j, "wrong too"))); !errors.Is(err, ErrRecoveryKey) {
				rt.Fatalf("two wrong characters: got %v, want ErrRecoveryKey", err)
			}
		}
		if text[i] != text[j] {
			if _, err := ParseRecoveryKey(put(put(text, i, text[j]), j, text[i])); !errors.Is(err, ErrRecoveryKey) {
				rt.Fatalf("two exchanged characters: got %v, want ErrRecoveryKey", err)
			}
		}
	})
}

func TestOtherTextIsNoRecoveryKey(t *testing.T) {
	text := newRecovery(t).Text()
	for name, in := range map[string]string{
		"nothing": "", "spaces": "   ", "too short": text[:len(text)-1], "too long": text + "0", "much too long": strings.Repeat(text, 1000),
		"a letter that is none": "U" + text[1:], "a sign": text[:10] + "!" + text[11:], "other script": text[:10] + "\u0416" + text[11:], "not UTF-8": text[:10] + "\xff" + text[11:],
	} {
		if _, err := ParseRecoveryKey(in); !errors.Is(err, ErrRecoveryKey) {
			t.Errorf("%s: got %v, want ErrRecoveryKey", name, err)
		}
	}
	var typo *MistypedError
	if _, err := ParseRecoveryKey(text[:12] + "U" + text[13:]); !errors.As(err, &typo) || typo.Group != 2 {
		t.Errorf("a letter that is none: got %v, want the third group named", err)
	}
}

func TestGroupsAreCheckedAlone(t *testing.T) {
	k := newRecovery(t)
	for i := range RecoveryGroups {
		g := k.Group(i)
		if !CheckGroup(g) || !CheckGroup(" "+strings.ToLower(g)) || !k.MatchesGroup(i, strings.ToLower(g)) {
			t.Errorf("group %d: its own text is refused", i)
		}
	}
	for _, bad := range []string{"", "ABC", "ABCDE", "ABCU", "AB!D"} {
		if CheckGroup(bad) || k.MatchesGroup(0, bad) {
			t.Errorf("%q: accepted", bad)
		}
	}
	wrong := "0000"
	if k.Group(3) == wrong {
		wrong = "1111"
	}
	if k.MatchesGroup(3, wrong) {
		t.Error("another group matches")
	}
}

// TestTheCheckCodeHasDistance3 tries every pair of places: no two changes cancel out.
func TestTheCheckCodeHasDistance3(t *testing.T) {
	zero := make([]byte, symbols)
	for i := range symbols {
		for j := range i {
			for e := byte(1); e < 32; e++ {
				for f := byte(1); f < 32; f++ {
					sym := bytes.Clone(zero)
					sym[i], sym[j] = e, f
					if mistake(sym) == noMistake {
						t.Fatalf("%d at %d and %d at %d pass", e, i, f, j)
					}
				}
			}
		}
	}
}

func TestDifferentKeysDeriveDifferentSecrets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawRecovery(rt), drawRecovery(rt)
		same := a.sym == b.sym
		if got := a.RK().Public() == b.RK().Public(); got != same {
			rt.Fatalf("RK: got equal %v, want %v", got, same)
		}
		if got := bytes.Equal(a.seed(), b.seed()); got != same {
			rt.Fatalf("seed: got equal %v, want %v", got, same)
		}
	})
}

// TestRecoveryGolden fixes what a written key gives: it must hold for as long as the paper does.
func TestRecoveryGolden(t *testing.T) {
	k, err := NewRecoveryKey(bytes.NewReader([]byte("thirty bytes for a golden key!")))
	if err != nil {
		t.Fatal(err)
	}
	rk, age := k.RK(), k.AgeSeed()
	pub, commit := rk.Public(), rk.Commit()
	kek, err := k.kek(ana, []byte{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(map[string]string{
		"Text": k.Text(), "Seed": hex.EncodeToString(k.seed()), "RK": hex.EncodeToString(pub[:]), "RecCommit": hex.EncodeToString(commit[:]),
		"AgeSeed": hex.EncodeToString(age[:]), "SlotKEK": hex.EncodeToString(kek[:]),
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const file = "testdata/recovery.json"
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("got %s\nwant %s", text, want)
	}
}

func FuzzParseRecoveryKey(f *testing.F) {
	k, err := NewRecoveryKey(bytes.NewReader([]byte("thirty bytes for a golden key!")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Text())
	f.Add(strings.ToLower(k.Text()))
	f.Add("0000 0000")
	f.Fuzz(func(t *testing.T, in string) {
		k, err := ParseRecoveryKey(in)
		if err != nil {
			if !errors.Is(err, ErrRecoveryKey) {
				t.Fatalf("got %v, want ErrRecoveryKey", err)
			}
			return
		}
		again, err := ParseRecoveryKey(k.Text())
		if err != nil || again.sym != k.sym {
			t.Fatalf("the key's own text: got %v, want the key", err)
		}
	})
}
