package directory

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ rule, a, b string }{
		{"ASCII case does not matter", "BJensen@Example.com", "bjensen@example.com"},
		{"composed and decomposed are one", "ren\u00e9@example.com", "rene\u0301@example.com"},
		{"full case folding: sharp s and ss are one", "stra\u00dfe", "STRASSE"},
		{"compatibility forms are one: the ligature fi", "\ufb01nn", "FINN"},
		{"the Kelvin sign is k", "\u212a", "k"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if Fold(c.a) != Fold(c.b) {
				t.Errorf("Fold(%q) = %q, Fold(%q) = %q; want one", c.a, Fold(c.a), c.b, Fold(c.b))
			}
		})
	}
	if Fold("a@example.com") == Fold("b@example.com") {
		t.Error("different names fold to one")
	}
}

func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if once, twice := Fold(s), Fold(Fold(s)); once != twice {
			t.Errorf("Fold(%q) = %q, folded again %q; want a fixed point", s, once, twice)
		}
		ascii := rapid.StringMatching(`[ -~]*`).Draw(t, "ascii")
		if Fold(ascii) != strings.ToLower(ascii) {
			t.Errorf("Fold(%q) = %q, want lower case", ascii, Fold(ascii))
		}
	})
}
