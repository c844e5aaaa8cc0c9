package issuer

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invalid is the error of a request in which one member has a value that is not allowed.
type Invalid struct {
	Member string // by its name in the request: "name", "sso.connection"
	Rule   string // the rest of the sentence: "must be ..."
}

// Error is a sentence without its full stop. It holds nothing of the value.
func (e *Invalid) Error() string { return e.Member + " " + e.Rule }

const maxText = 100

var textRule = "must have 1 to " + strconv.Itoa(maxText) + " printable characters, with no space at its ends"

// isText reports whether s is fit for a list that people read.
func isText(s string) bool {
	printable := func(r rune) bool { return r != utf8.RuneError && unicode.IsPrint(r) }
	return s != "" && s == strings.TrimSpace(s) && utf8.RuneCountInString(s) <= maxText &&
		strings.IndexFunc(s, func(r rune) bool { return !printable(r) }) < 0
}
