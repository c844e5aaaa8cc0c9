package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/devrev/scim/libs/scim"
)

// lexer reads a filter from left to right. pos is the offset of the next byte.
//
// There are no token values: what a run of bytes means depends on its position (a word after an
// operator is a literal, elsewhere an attribute or a keyword), so the parser requests what the
// grammar expects next.
type lexer struct {
	src string
	pos int
}

const (
	spaces = " \t\r\n"
	// delimiters end a word. What an unquoted value cannot hold is therefore exactly this.
	delimiters = spaces + `()[]"`
)

// skip moves past spaces and returns the offset of what follows.
func (l *lexer) skip() int {
	for l.pos < len(l.src) && strings.IndexByte(spaces, l.src[l.pos]) >= 0 {
		l.pos++
	}
	return l.pos
}

// at reports whether c is the next byte.
func (l *lexer) at(c byte) bool { return l.pos < len(l.src) && l.src[l.pos] == c }

// accept moves past spaces, and past c if it follows.
func (l *lexer) accept(c byte) bool {
	l.skip()
	if !l.at(c) {
		return false
	}
	l.pos++
	return true
}

// word returns the bytes up to the next delimiter, "" if that is what follows.
func (l *lexer) word() string {
	start := l.pos
	for l.pos < len(l.src) && strings.IndexByte(delimiters, l.src[l.pos]) < 0 {
		l.pos++
	}
	return l.src[start:l.pos]
}

// keyword moves past spaces and the given word, in any case, if they follow.
func (l *lexer) keyword(lower string) bool {
	start := l.pos
	l.skip()
	if strings.EqualFold(l.word(), lower) {
		return true
	}
	l.pos = start
	return false
}

// text reads the JSON string whose opening quotation mark is next.
func (l *lexer) text() (string, error) {
	start, escaped := l.pos, false
	for i := start + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '"':
			l.pos = i + 1
			if !escaped {
				return l.src[start+1 : i], nil
			}
			text, err := unescape(l.src[start:l.pos])
			if err != nil {
				return "", l.fail(start, "in the string that begins here an escape sequence is wrong, half a surrogate pair or U+0000.")
			}
			return text, nil
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return "", l.fail(i, "a control character inside a string must be escaped, RFC 8259 section 7.")
		}
	}
	return "", l.fail(start, "the string that begins here has no closing quotation mark.")
}

// otherQuotes are the quotation marks with which people and their programs surround a text, and by
// what each is closed. Only " is one in a filter.
var otherQuotes = map[rune]string{
	'\'': "'’", '`': "`´'", '´': "´", '‘': "’‘'", '’': "’'", '‚': "‘’", '“': "”“", '”': "”", '„': "“”", '«': "»", '»': "«", '‹': "›", '›': "‹",
	'＂': "＂", '＇': "＇", '「': "」", '『': "』",
}

// otherQuote returns what closes the quotation mark that comes next, if it is one of otherQuotes.
func (l *lexer) otherQuote() (closing string, ok bool) {
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	closing, ok = otherQuotes[r]
	return closing, ok
}

// quoted reads the text between the quotation mark that comes next and the first of closing behind
// which a word ends, so that an apostrophe within the text closes nothing.
func (l *lexer) quoted(closing string) (string, error) {
	start := l.pos
	_, size := utf8.DecodeRuneInString(l.src[start:])
	for i, r := range l.src[start+size:] {
		end := start + size + i
		next := end + utf8.RuneLen(r)
		if strings.ContainsRune(closing, r) && (next == len(l.src) || strings.IndexByte(delimiters, l.src[next]) >= 0) {
			l.pos = next
			return l.src[start+size : end], nil
		}
	}
	return "", l.fail(start, `the quotation mark that begins a value here is not closed; values are enclosed in ".`)
}

// unescape returns the value of a JSON string. It is decoded like request bodies, since the values
// it is compared with arrived in those.
func unescape(quoted string) (string, error) {
	doc, err := scim.Decode([]byte(`{"string":`+quoted+`}`), 0)
	return doc.String("string"), err
}

// quote returns s as a JSON string that escapes only what must be escaped.
func quote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		return `"` + s + `"`
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes, and a strings.Builder takes all
	return strings.TrimSuffix(b.String(), "\n")
}

// number returns the int64, or with a fraction, an exponent or too many digits the float64, of a
// JSON number, and whether s is a number in their range.
func number(s string) (any, bool) {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return nil, false
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// found describes what comes next, for a message. It quotes nothing: an unexpected word may be
// part of a person's name whose quotation marks are missing.
func (l *lexer) found() string {
	switch rest := l.src[l.skip():]; {
	case rest == "":
		return "the end"
	case rest[0] == '"':
		return "a string"
	case strings.IndexByte(delimiters, rest[0]) >= 0:
		return strconv.Quote(rest[:1])
	default:
		return "a word"
	}
}

// fail returns the error of a filter that is wrong at the byte with the given offset. format is a
// sentence.
func (l *lexer) fail(at int, format string, args ...any) *scim.Error {
	return scim.BadRequest(scim.InvalidFilter, "%s: %s", Place(l.src, at), fmt.Sprintf(format, args...))
}
