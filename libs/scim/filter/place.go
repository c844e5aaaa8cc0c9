package filter

import "strings"

// mostQuoted is how many bytes of a filter or a path an error quotes.
const mostQuoted = 60

// Place says in words where src, a filter or a path, goes wrong: `After "title pr and"`, which are
// the last words before the byte with the given offset, or "At the beginning". In the place of
// values, which may be a person's, it has an ellipsis.
func Place(src string, at int) string {
	before := strings.TrimRight(withoutValues(src[:min(at, len(src))]), spaces)
	if before == "" {
		return "At the beginning"
	}
	if cut := len(before) - mostQuoted; cut > 0 {
		before = strings.ToValidUTF8(before[cut:], "")
		if _, words, ok := strings.Cut(before, " "); ok {
			before = words
		}
		before = "…" + before
	}
	return `After "` + before + `"`
}

// withoutValues returns src with an ellipsis in the place of each string, and of the word behind
// each operator.
func withoutValues(src string) string {
	const hidden = "…"
	l := lexer{src: src}
	var b strings.Builder
	for operator := false; l.pos < len(src); {
		closing, quoted := l.otherQuote()
		switch {
		case quoted:
			if _, err := l.quoted(closing); err != nil {
				l.pos = len(src)
			}
			b.WriteString(hidden)
			operator = false
		case l.at('"'):
			end := closes(src[l.pos:])
			l.pos += end
			b.WriteString(hidden)
			operator = false
		case strings.IndexByte(delimiters, src[l.pos]) >= 0:
			b.WriteByte(src[l.pos])
			l.pos++
		default:
			word := l.word()
			if operator {
				word = hidden
			}
			b.WriteString(word)
			operator = !operator && takesValue(word)
		}
	}
	return strings.ToValidUTF8(b.String(), "�")
}

// closes returns the offset behind the quotation mark that closes the one with which s begins, or
// that of its end.
func closes(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// takesValue reports whether word is an operator behind which a value comes.
func takesValue(word string) bool {
	switch Op(strings.ToLower(word)) {
	case Equal, NotEqual, Contains, StartsWith, EndsWith, Greater, GreaterOrEqual, Less, LessOrEqual:
		return true
	default:
		return false
	}
}
