package token_test

import (
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
)

func TestRecordEnd(t *testing.T) {
	t.Parallel()
	early, late := at, at.Add(time.Hour)
	for name, c := range map[string]struct{ expires, revoked, want time.Time }{
		"never":                                   {},
		"when it expires":                         {expires: late, want: late},
		"when it is revoked":                      {revoked: late, want: late},
		"when it is revoked, before it expires":   {expires: late, revoked: early, want: early},
		"when it expires, although revoked later": {expires: early, revoked: late, want: early},
	} {
		if got := (token.Record{ExpiresAt: c.expires, RevokedAt: c.revoked}).End(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWriteIncludesRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		granted []token.Scope
		asked   token.Scope
		want    bool
	}{
		{[]token.Scope{token.ScopeRead}, token.ScopeRead, true},
		{[]token.Scope{token.ScopeRead}, token.ScopeWrite, false},
		{[]token.Scope{token.ScopeWrite}, token.ScopeRead, true},
		{[]token.Scope{token.ScopeWrite}, token.ScopeWrite, true},
		{[]token.Scope{token.ScopeWrite}, "scim:erase", false},
		{nil, token.ScopeRead, false},
	} {
		if got := (token.Record{Scopes: c.granted}).Allows(c.asked); got != c.want {
			t.Errorf("a record with %v allows %s: %t", c.granted, c.asked, got)
		}
		if got := (token.Principal{Scopes: c.granted}).Allows(c.asked); got != c.want {
			t.Errorf("a principal with %v allows %s: %t", c.granted, c.asked, got)
		}
	}
}
