package token

import (
	"crypto/subtle"
	"errors"
	"strings"
)

const (
	prefix      = "dvscim_"
	tagLen      = 8
	idLen       = 12
	secretLen   = 43
	checksumLen = 6

	publicLen = len(prefix) + tagLen + idLen // up to the underscore
	bodyLen   = publicLen + 1 + secretLen    // the part that the checksum covers
	textLen   = bodyLen + checksumLen
)

// Pattern finds tokens in a text, as a regular expression that RE2, PCRE and Hyperscan understand
// alike. A match is a token if Parse accepts it.
const Pattern = `dvscim_[0-9A-Za-z]{20}_[0-9A-Za-z]{49}`

// ErrMalformed is the only error of Parse: a reason, or the text itself, would end up in a log.
var ErrMalformed = errors.New("malformed token")

// Token is one bearer token with its secret. Printing, encoding or logging it shows its tag and id
// only; see Reveal. The zero Token is not a token: its parts are empty, and it equals nothing.
type Token struct {
	_    [0]func() // forbids ==, which stops at the first difference
	text *string   // behind a pointer, because printers that bypass the methods do not follow pointers
}

// NewTag draws the tag of an organisation: 8 base62 characters.
func NewTag() string { return random(tagLen) }

// New draws a token for the organisation with this tag, which must be one that NewTag gave: Parse
// refuses any other.
func New(tag string) Token {
	body := prefix + tag + random(idLen) + "_" + random(secretLen)
	sum := checksum(body)
	text := body + string(sum[:])
	return Token{text: &text}
}

// Parse parses the text that Reveal returns. It reads no store: shape and checksum alone decide.
// The error is ErrMalformed.
func Parse(s string) (Token, error) {
	if len(s) != textLen || !strings.HasPrefix(s, prefix) || s[publicLen] != '_' ||
		!isBase62(s[len(prefix):publicLen]) || !isBase62(s[publicLen+1:]) {
		return Token{}, ErrMalformed
	}
	if sum := checksum(s[:bodyLen]); s[bodyLen:] != string(sum[:]) {
		return Token{}, ErrMalformed
	}
	return Token{text: &s}, nil
}

// Legible returns the tag and the id that the value of an Authorization header shows, though it may
// not be a token: a secret that was mistyped or cut off leaves them, and so do quotation marks and
// the word Bearer twice. They are "" if there are none, and prove nothing.
func Legible(authorization string) (tag, id string) {
	s, bare := credentials(authorization)
	if !bare {
		s, _ = credentials(s)
	}
	s = strings.TrimLeft(s, "\"'“<")
	if len(s) < publicLen || !strings.HasPrefix(s, prefix) || !isBase62(s[len(prefix):publicLen]) || len(s) > publicLen && s[publicLen] != '_' {
		return "", ""
	}
	return s[len(prefix) : len(prefix)+tagLen], s[len(prefix)+tagLen : publicLen]
}

// Tag is the organisation's part of the token.
func (t Token) Tag() string { return t.part(len(prefix), len(prefix)+tagLen) }

// ID is the token's public id.
func (t Token) ID() string { return t.part(len(prefix)+tagLen, publicLen) }

// Reveal returns the token in plain text, for the one answer that shows it.
func (t Token) Reveal() string { return t.part(0, textLen) }

// Equal reports whether both are the same token, in a time that does not depend on how much of them
// is the same.
func (t Token) Equal(u Token) bool {
	return t.text != nil && u.text != nil && subtle.ConstantTimeCompare([]byte(*t.text), []byte(*u.text)) == 1
}

func (t Token) secret() string { return t.part(publicLen+1, bodyLen) }

func (t Token) part(from, to int) string {
	if t.text == nil {
		return ""
	}
	return (*t.text)[from:to]
}
