package scim_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/devrev/scim/libs/scim"
)

func TestFoldCaseOfEveryRune(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		folded := scim.FoldCase(s)
		if scim.FoldCase(folded) != folded {
			t.Fatalf("%U: the fold of the fold %q differs", r, folded)
		}
		if !strings.EqualFold(s, folded) {
			t.Fatalf("%U: it is not equal to its fold %q", r, folded)
		}
		if next := string(unicode.SimpleFold(r)); scim.FoldCase(next) != folded {
			t.Fatalf("%U: %q is equal to it and has another fold", r, next)
		}
	}
}

func FuzzFoldCase(f *testing.F) {
	for _, seed := range [][2]string{{"userName", "USERNAME"}, {"K", "\u212a"}, {"ſ", "S"}, {"straße", "STRASSE"}, {"\xff", "\ufffd"}, {"", "a"}, {"İ", "i"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if got, want := scim.FoldCase(a) == scim.FoldCase(b), strings.EqualFold(a, b); got != want {
			t.Errorf("%q, %q: equal folds %v, EqualFold %v", a, b, got, want)
		}
	})
}
