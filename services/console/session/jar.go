package session

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// KeySize is the size of a key in bytes.
const KeySize = 32

// maxCookie is what browsers keep of a cookie, name and value, less some room for its attributes.
const maxCookie = 4000

// Jar seals values into cookies and opens them: AES-256-GCM under a key that is derived for each
// name, so that no cookie passes for another.
type Jar struct {
	keys   [][]byte // the first one seals, all open
	path   string
	secure bool
}

// ParseKeys reads keys as the environment has them: base64 of KeySize bytes each, commas between
// them, the one that seals first. An error quotes none of them.
func ParseKeys(text string) (keys [][]byte, err error) {
	for i, part := range strings.Split(text, ",") {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(part))
		if err != nil || len(key) != KeySize {
			return nil, fmt.Errorf("session key %d is not base64 of %d bytes", i+1, KeySize)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// NewJar returns a Jar. secure cookies have the prefix __Host-, so they are of one host, https and
// every path; the others, for loopback, are of path.
func NewJar(keys [][]byte, path string, secure bool) (*Jar, error) {
	if len(keys) == 0 {
		return nil, errors.New("the console needs a session key")
	}
	if secure {
		path = "/"
	}
	return &Jar{keys, path, secure}, nil
}

// Name returns the name of a cookie as browsers have it.
func (j *Jar) Name(name string) string {
	if j.secure {
		return "__Host-" + name
	}
	return name
}

// Set seals value into the cookie of this name. seconds is how long the browser keeps it; 0 is
// until it is closed.
func (j *Jar) Set(w http.ResponseWriter, name string, value any, seconds int) error {
	plain, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the cookie %s: %w", name, err)
	}
	aead, err := j.aead(j.keys[0], name)
	if err != nil {
		return err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, crypto/rand
	text := base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, nil))
	if len(text)+len(j.Name(name)) > maxCookie {
		return fmt.Errorf("the cookie %s would have %d bytes, more than browsers keep", name, len(text))
	}
	http.SetCookie(w, j.cookie(name, text, seconds))
	return nil
}

// Get opens the cookie of this name into value, and reports whether there is one that this Jar
// sealed.
func (j *Jar) Get(r *http.Request, name string, value any) bool {
	c, err := r.Cookie(j.Name(name))
	if err != nil {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return false
	}
	for _, key := range j.keys {
		aead, err := j.aead(key, name)
		if err != nil || len(sealed) < aead.NonceSize() {
			return false
		}
		plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
		if err != nil {
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(plain))
		decoder.DisallowUnknownFields()
		return decoder.Decode(value) == nil
	}
	return false
}

// Clear has the browser forget the cookie.
func (j *Jar) Clear(w http.ResponseWriter, name string) { http.SetCookie(w, j.cookie(name, "", -1)) }

func (j *Jar) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // not secure over http alone, which is for loopback
		Name: j.Name(name), Value: value, Path: j.path, MaxAge: seconds, Secure: j.secure, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, // Strict would lose the session on every link from a mail or a ticket
	}
}

func (j *Jar) aead(key []byte, name string) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, "devrev-scim console cookie "+name, KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the cookie %s: %w", name, err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("make the cipher of the cookie %s: %w", name, err)
	}
	return cipher.NewGCM(block)
}
