package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// clean returns s as one line that a terminal shows and does not obey: what controls, hides or
// turns around text is written as an escape, such as \x1b. Names and addresses in an answer come
// from clients that could choose them.
func clean(s string) string {
	return escape(s, func(r rune) string {
		quoted := strconv.QuoteRuneToGraphic(r)
		return quoted[1 : len(quoted)-1]
	})
}

// cleanJSON does the same to a JSON text and leaves its meaning and its lines: encoding/json
// escapes only some of these characters.
func cleanJSON(s string) string {
	return escape(s, func(r rune) string {
		if r == '\n' { // between members; within a string it is escaped already
			return "\n"
		}
		var escaped strings.Builder
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&escaped, `\u%04x`, unit)
		}
		return escaped.String()
	})
}

func escape(s string, instead func(rune) string) string {
	var out strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if unicode.IsGraphic(r) {
			out.WriteRune(r)
		} else {
			out.WriteString(instead(r))
		}
	}
	return out.String()
}
