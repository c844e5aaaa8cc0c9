// Package session keeps what the console knows of a browser in the browser itself: sealed in
// cookies that only the console can read, so that any replica serves any request and nothing is
// stored.
package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"time"
)

// How long a person stays signed in. The access token lives shorter; it is renewed by way of the
// issuer, who knows whether the person is still who they were.
const (
	Idle     = 30 * time.Minute
	Absolute = 8 * time.Hour
)

// Session is a person who is signed in.
type Session struct {
	AccessToken string    `json:"t"`
	Expires     time.Time `json:"e"` // of the access token
	Subject     string    `json:"s"`
	Name        string    `json:"n,omitempty"` // how the issuer calls the person
	Org         string    `json:"o,omitempty"` // "" of staff
	Roles       []string  `json:"r"`
	Began       time.Time `json:"b"` // the first sign-in of this session, which renewals leave as it is
	Seen        time.Time `json:"l"` // the last request, to the minute
	AuthTime    time.Time `json:"a"` // when the person last proved to the issuer who they are
	Salt        []byte    `json:"k"` // of the forms' tokens
}

// Live reports whether the access token is one that the services still take.
func (s Session) Live(now time.Time) bool { return s.AccessToken != "" && now.Before(s.Expires) }

// Over reports whether the person has to sign in again, whatever the issuer remembers.
func (s Session) Over(now time.Time) bool {
	return now.Sub(s.Seen) > Idle || now.Sub(s.Began) > Absolute
}

// Proved reports whether the person proved who they are within the last so many minutes.
func (s Session) Proved(now time.Time, within time.Duration) bool {
	return now.Sub(s.AuthTime) <= within
}

// FormToken returns what a form that posts to path carries. Another session, and a form for another
// path, have another one.
func (s Session) FormToken(path string) string {
	mac := hmac.New(sha256.New, s.Salt)
	mac.Write([]byte(path))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// HoldsFormToken reports whether token is that of a form of this session that posts to path.
func (s Session) HoldsFormToken(path, token string) bool {
	return len(s.Salt) > 0 && hmac.Equal([]byte(token), []byte(s.FormToken(path)))
}

// NewSalt returns a fresh one.
func NewSalt() []byte {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails, crypto/rand
	return salt
}

// Login is a sign-in that was begun: what has to come back from the issuer, and where the browser
// goes then.
type Login struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"` // of PKCE
	Return   string    `json:"r"` // a path of the console
	Until    time.Time `json:"u"`
}

// Draft is a form that was sent when the person had to sign in again first. It is offered once more
// afterwards.
type Draft struct {
	Path   string     `json:"p"`
	Title  string     `json:"t"` // what the form does, in words
	Values url.Values `json:"v"`
	Owner  string     `json:"o"` // the subject who sent it
	Until  time.Time  `json:"u"`
}
