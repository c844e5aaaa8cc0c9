package issuer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// counted is a name that newName made of another.
var counted = regexp.MustCompile(`^(.+) \([0-9]+\)$`)

// newName returns name, which no one chose for this token, with a number appended if one of the
// tokens has that name already.
func (all tokens) newName(name string) string {
	taken := func(name string) bool { return slices.ContainsFunc(all, func(t Token) bool { return t.Name == name }) }
	if !taken(name) {
		return name
	}
	if parts := counted.FindStringSubmatch(name); parts != nil {
		name = parts[1]
	}
	for n := 2; ; n++ {
		number := " (" + strconv.Itoa(n) + ")"
		if next := shorten(name, maxText-len(number)) + number; !taken(next) {
			return next
		}
	}
}

// shorten returns the first characters of name, at most so many.
func shorten(name string, most int) string {
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	return strings.TrimSpace(string([]rune(name)[:most]))
}
