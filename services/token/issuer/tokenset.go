package issuer

import (
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
)

// tokens are all tokens of one organisation as of one moment, latest issued first.
type tokens []Token

// find returns the token with this id, or ErrNoToken.
func (all tokens) find(id string) (Token, error) {
	if at := slices.IndexFunc(all, func(t Token) bool { return t.ID == id }); at >= 0 {
		return all[at], nil
	}
	return Token{}, ErrNoToken
}

// live returns the tokens that are accepted, two at most.
func (all tokens) live() tokens {
	return slices.DeleteFunc(slices.Clone(all), func(t Token) bool { return t.State != StateLive })
}

// successor returns the live token that took the place of the one with this id, and whether there
// is one.
func (all tokens) successor(id string) (Token, bool) {
	for _, t := range all.live() {
		if t.Replaces == id {
			return t, true
		}
	}
	return Token{}, false
}

// current returns the id of the latest live token that no other has replaced, "" if there is none.
func (all tokens) current() string {
	for _, t := range all.live() {
		if _, replaced := all.successor(t.ID); !replaced {
			return t.ID
		}
	}
	return ""
}

// checkNew returns token.Repeated if the key has made a token already.
func (all tokens) checkNew(key string, now time.Time) error {
	for _, t := range all {
		if key != "" && t.Request == requestName(key) && now.Before(t.IssuedAt.Add(token.RequestMemory)) {
			return token.Repeated{ID: t.ID}
		}
	}
	return nil
}
