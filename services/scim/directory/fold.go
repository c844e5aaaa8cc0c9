package directory

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which strings compare where case does not matter: Unicode case folding
// in NFKC, so that a name is one name however the identity provider composed it. It is idempotent.
func Fold(s string) string {
	folded := foldOnce(s)
	// A second round settles the few characters whose folding composes again.
	return foldOnce(folded)
}

func foldOnce(s string) string {
	if isLowerASCII(s) {
		return s
	}
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

// isLowerASCII reports whether folding leaves s alone, as it does with almost all names.
func isLowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
