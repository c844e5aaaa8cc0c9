package scimhttp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// cursorLife is how long a cursor can be used; ServiceProviderConfig advertises it.
const cursorLife = time.Hour

// cursors makes and reads the cursors of RFC 9865: the place where a page ended, sealed, so that a
// client can neither read nor change it, and bound to the organisation and the query it was made
// for.
type cursors struct {
	seal cipher.AEAD
	now  func() time.Time
}

// newCursors seals under key, of 32 bytes. Processes with the same key read each other's cursors.
func newCursors(key []byte) (cursors, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return cursors{}, fmt.Errorf("cursor key: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return cursors{}, fmt.Errorf("cursor key: %w", err)
	}
	return cursors{seal, time.Now}, nil
}

// place is what a cursor holds.
type place struct {
	ID      string
	Text    *string    `json:",omitempty"` // the key to sort by, by its type; none: no key
	Integer *int64     `json:",omitempty"`
	Decimal *float64   `json:",omitempty"`
	Boolean *bool      `json:",omitempty"`
	Time    *time.Time `json:",omitempty"`
	Expires time.Time
}

// make returns the cursor of a position in the answers to a query of an organisation.
func (s cursors) make(t directory.Tenant, query string, at directory.Position) (string, error) {
	p := place{ID: at.ID, Expires: s.now().Add(cursorLife)}
	switch key := at.Key.(type) {
	case string:
		p.Text = &key
	case int64:
		p.Integer = &key
	case float64:
		p.Decimal = &key
	case bool:
		p.Boolean = &key
	case time.Time:
		p.Time = &key
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode a cursor: %w", err)
	}
	nonce := make([]byte, s.seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails, crypto/rand
	return base64.RawURLEncoding.EncodeToString(s.seal.Seal(nonce, nonce, plain, binding(t, query))), nil
}

// read returns the position of a cursor. One that is not ours, was changed, or was made for another
// organisation or query is 400 invalidCursor, one that is too old 400 expiredCursor.
func (s cursors) read(t directory.Tenant, query, cursor string) (directory.Position, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(sealed) < s.seal.NonceSize() {
		return directory.Position{}, invalidCursor()
	}
	nonce, sealed := sealed[:s.seal.NonceSize()], sealed[s.seal.NonceSize():]
	plain, err := s.seal.Open(nil, nonce, sealed, binding(t, query))
	if err != nil {
		return directory.Position{}, invalidCursor()
	}
	var p place
	if err := json.Unmarshal(plain, &p); err != nil {
		return directory.Position{}, invalidCursor()
	}
	if s.now().After(p.Expires) {
		return directory.Position{}, scim.BadRequest(scim.ExpiredCursor, "The cursor is older than %s. Start again from the first page.", cursorLife)
	}
	return directory.Position{ID: p.ID, Key: p.key()}, nil
}

func (p place) key() any {
	switch {
	case p.Text != nil:
		return *p.Text
	case p.Integer != nil:
		return *p.Integer
	case p.Decimal != nil:
		return *p.Decimal
	case p.Boolean != nil:
		return *p.Boolean
	case p.Time != nil:
		return *p.Time
	default:
		return nil
	}
}

// binding is what a cursor is sealed with: it can be opened only where it belongs.
func binding(t directory.Tenant, query string) []byte {
	sum := sha256.Sum256([]byte(string(t) + "\x00" + query))
	return sum[:]
}

func invalidCursor() error {
	return scim.BadRequest(scim.InvalidCursor, "The cursor was not made for this query of this organisation. Start again from the first page.")
}
