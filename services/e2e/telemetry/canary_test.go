package telemetry

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// canaries are texts that are nowhere but where they were put: they begin with a mark that was
// drawn for this run. A canary can be the name of an attribute, a part of an address or of a path,
// and no folding changes it.
type canaries struct {
	mark  string
	drawn atomic.Int64

	mu      sync.Mutex
	secrets map[string]bool // what has to be secret and could not have the mark in it
}

func newCanaries() *canaries {
	return &canaries{mark: "canary" + strings.ToLower(rand.Text()[:12]), secrets: map[string]bool{}}
}

// canary returns a new one.
func (c *canaries) canary() string { return c.mark + strconv.FormatInt(c.drawn.Add(1), 36) }

// hide notes a secret that the product made or was given, as text or bytes; all forms of it are
// secret.
func (c *canaries) hide(secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range secrets {
		for _, form := range []string{
			s, hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)),
			base64.RawStdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		} {
			c.secrets[form] = true
		}
	}
}

// found returns what of all this stands in a text, of a secret also a part of it; "" if nothing
// does.
func (c *canaries) found(text string) string {
	if i := strings.Index(strings.ToLower(text), c.mark); i >= 0 {
		return text[max(i-20, 0):min(i+len(c.mark)+20, len(text))]
	}
	const part = 16
	for secret := range c.secrets {
		for from := 0; from == 0 || from+part <= len(secret); from += part {
			if piece := secret[from:min(from+part, len(secret))]; len(piece) >= 8 && strings.Contains(text, piece) {
				return piece
			}
		}
	}
	return ""
}
