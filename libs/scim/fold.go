package scim

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FoldCase returns the form that s shares with every string equal to it under strings.EqualFold, so
// that it can be a key where EqualFold can only compare. It is idempotent. Invalid UTF-8 becomes
// U+FFFD.
//
// Each rune becomes the smallest of those it folds to (Unicode simple case folding), which for
// ASCII letters is the capital.
func FoldCase(s string) string {
	folded := func(r rune) bool { return r < utf8.RuneSelf && (r < 'a' || r > 'z') }
	if strings.IndexFunc(s, func(r rune) bool { return !folded(r) }) < 0 {
		return s
	}
	return strings.Map(foldRune, s)
}

func foldRune(r rune) rune {
	if r < utf8.RuneSelf { // the orbit of an ASCII letter begins with its capital
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
