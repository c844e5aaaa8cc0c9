package leak

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"github.com/devrev/scim/libs/token"
)

// Bounds of a report. GitHub documents none and advises to be prepared for many; it waits 30 s for
// an answer, in which these are revoked several times over. A match takes about 300 bytes.
const (
	MaxBody    = 2 << 20 // bytes
	MaxMatches = 5_000
)

// What Decode answers with besides nil.
var (
	// ErrMalformed is the only error for a body that is not a report: the text may hold tokens.
	ErrMalformed = errors.New("malformed report")
	// ErrTooMany: more matches than MaxMatches.
	ErrTooMany = errors.New("too many matches")
)

// Match is one place at which something was found that looks like a token.
type Match struct {
	Token  token.Token // the zero one if it only looks like it
	Hash   string      // SHA-256 of what was found, in hex: its name in the answer, which must not hold a token
	Type   string      // how GitHub calls tokens of this kind
	Source string      // the public place, in the form of issuer.Issuer.Leaked: "commit https://github.com/..."
}

// Decode reads the body of a report. The error is one of the above. Members that are not known are
// passed over.
func Decode(body []byte) ([]Match, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if begin, err := d.Token(); err != nil || begin != json.Delim('[') {
		return nil, ErrMalformed
	}
	var matches []Match
	for d.More() {
		if len(matches) == MaxMatches {
			return nil, ErrTooMany
		}
		var found struct {
			Token  string `json:"token"`
			Type   string `json:"type"`
			URL    string `json:"url"`
			Source string `json:"source"`
		}
		if err := d.Decode(&found); err != nil {
			return nil, ErrMalformed
		}
		t, _ := token.Parse(found.Token) // the zero Token if it is not a token
		sum := sha256.Sum256([]byte(found.Token))
		matches = append(matches, Match{
			Token: t, Hash: hex.EncodeToString(sum[:]), Type: found.Type, Source: source(found.Source, found.URL),
		})
	}
	if _, err := d.Token(); err != nil { // the bracket at the end
		return nil, ErrMalformed
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrMalformed
	}
	return matches, nil
}
