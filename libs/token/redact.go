package token

import (
	"fmt"
	"io"
	"log/slog"
)

// String returns the token without its secret and checksum: dvscim_<tag><id>_***.
func (t Token) String() string { return prefix + t.Tag() + t.ID() + "_***" }

// Format prints what String returns, whatever the verb and its flags.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText encodes what String returns. It cannot be decoded.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue logs what String returns.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }
