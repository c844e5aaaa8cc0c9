package token

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
)

// legible matches what begins as a token does, whole, mistyped or cut off, in letters of any case:
// its tag and id if both are there, and what follows.
var legible = regexp.MustCompile(`(?i)dvscim_([0-9a-z]{20})?[0-9a-z_]*`)

// Redact returns text with each token in it, mistyped and cut ones too, without its secret:
// dvscim_<tag><id>_***. It is for what a client wrote where no token belongs, such as a path or a
// filter, and a service keeps or shows.
func Redact(text string) string { return legible.ReplaceAllString(text, prefix+"${1}_***") }

// String returns the token without its secret and checksum: dvscim_<tag><id>_***.
func (t Token) String() string { return prefix + t.Tag() + t.ID() + "_***" }

// Format prints what String returns, whatever the verb and its flags.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText encodes what String returns. It cannot be decoded.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue logs what String returns.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }
