package scim

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func (d *decoder) literal() (any, error) {
	for _, l := range [...]struct {
		text  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if bytes.HasPrefix(d.data[d.at:], []byte(l.text)) {
			d.at += len(l.text)
			return l.value, nil
		}
	}
	return nil, d.refuse("a value is expected")
}

func (d *decoder) number() (any, error) {
	start, whole := d.at, true
	d.skip("-")
	if !d.skip("0") && !d.digits() {
		return nil, d.refuse("a digit is expected")
	}
	if d.skip(".") {
		whole = false
		if !d.digits() {
			return nil, d.refuse("a digit is expected")
		}
	}
	if d.skip("eE") {
		whole = false
		d.skip("+-")
		if !d.digits() {
			return nil, d.refuse("a digit is expected")
		}
	}
	text := string(d.data[start:d.at])
	if whole {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		d.at = start
		return nil, d.refuse("the number is too large")
	}
	return f, nil
}

// skip takes the next byte if it is one of those in any.
func (d *decoder) skip(anyOf string) bool {
	if d.at == len(d.data) || strings.IndexByte(anyOf, d.data[d.at]) < 0 {
		return false
	}
	d.at++
	return true
}

// digits consumes the next digits and reports whether there was one.
func (d *decoder) digits() bool {
	start := d.at
	for isDigit(d.peek()) {
		d.at++
	}
	return d.at > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// text reads the string whose opening quote comes next.
func (d *decoder) text() (string, error) {
	d.at++
	var unescaped []byte // all before copied, once there was an escape
	copied := d.at
	for d.at < len(d.data) {
		switch c := d.data[d.at]; {
		case c == '"':
			rest := d.data[copied:d.at]
			d.at++
			if unescaped == nil && d.whole != "" {
				return d.whole[copied : d.at-1], nil
			}
			if unescaped == nil {
				return string(rest), nil
			}
			return string(append(unescaped, rest...)), nil
		case c == '\\':
			unescaped = append(unescaped, d.data[copied:d.at]...)
			r, err := d.escape()
			if err != nil {
				return "", err
			}
			unescaped = utf8.AppendRune(unescaped, r)
			copied = d.at
		case c < ' ':
			return "", d.refuse("a control character in a string must be escaped")
		case c < utf8.RuneSelf:
			d.at++
		default:
			r, size := utf8.DecodeRune(d.data[d.at:])
			if r == utf8.RuneError && size == 1 {
				return "", d.refuse("the bytes are not valid UTF-8")
			}
			d.at += size
		}
	}
	return "", d.refuse("the string has no end")
}

// escape reads the escape sequence whose backslash comes next.
func (d *decoder) escape() (rune, error) {
	const letters, meaning = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	start := d.at
	d.at++
	if i := strings.IndexByte(letters, d.peek()); i >= 0 {
		d.at++
		return rune(meaning[i]), nil
	}
	r, ok := d.codeUnit()
	if ok && utf16.IsSurrogate(r) {
		var low rune
		if d.skip("\\") {
			low, _ = d.codeUnit()
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			d.at = start
			return 0, d.refuse("unpaired UTF-16 surrogate")
		}
	}
	switch {
	case !ok:
		d.at = start
		return 0, d.refuse("this is not a valid escape sequence")
	case r == 0:
		d.at = start
		return 0, d.refuse("the character U+0000 is not accepted")
	}
	return r, nil
}

// codeUnit reads the u and the four hexadecimal digits that come next.
func (d *decoder) codeUnit() (rune, bool) {
	const size = len("u0000")
	if d.peek() != 'u' || len(d.data)-d.at < size {
		return 0, false
	}
	var unit [2]byte
	if _, err := hex.Decode(unit[:], d.data[d.at+1:d.at+size]); err != nil {
		return 0, false
	}
	d.at += size
	return rune(unit[0])<<8 | rune(unit[1]), true
}
