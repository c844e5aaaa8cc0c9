package token_test

import (
	"context"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

// lookup is a store of one token, which counts its reads.
type lookup struct {
	record       token.Record
	organisation token.Organisation
	err          error
	before       func() // each answer
	asked        int
}

func (l *lookup) Lookup(_ context.Context, tag, id string) (token.Record, token.Organisation, error) {
	l.asked++
	if l.before != nil {
		l.before()
	}
	switch {
	case l.err != nil:
		return token.Record{}, token.Organisation{}, l.err
	case tag != l.record.Tag || id != l.record.ID:
		return token.Record{}, token.Organisation{}, token.ErrNotFound
	default:
		return l.record, l.organisation, nil
	}
}

// at is the time of every Verify below.
var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// issued returns a token and the store that has it, live at the time at.
func issued(tb testing.TB) (token.Token, *lookup) {
	tb.Helper()
	t := token.New(token.NewTag())
	l := &lookup{
		record: token.Record{
			Org: "org-1", Tag: t.Tag(), ID: t.ID(), Scopes: []token.Scope{token.ScopeWrite}, Generation: 2,
			IssuedAt: at.Add(-time.Hour), ExpiresAt: at.Add(time.Millisecond),
		},
		organisation: token.Organisation{
			ID: "org-1", Tag: t.Tag(), Enabled: true, Generation: 2, Settings: map[string]string{"userNameFormat": "any"},
		},
	}
	l.record.Kid, l.record.MAC = keyring(tb, "k1").Sign("org-1", t)
	return t, l
}

func verify(tb testing.TB, l *lookup, authorization string) (token.Principal, error) {
	tb.Helper()
	return token.NewVerifier(l, keyring(tb, "k1"), func() time.Time { return at }).Verify(tb.Context(), authorization)
}

func TestVerifyAccepts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header func(text string) string
		bare   bool
	}{
		"RFC 6750 s2.1 Bearer":                  {func(s string) string { return "Bearer " + s }, false},
		"RFC 9110 s11.1 the scheme in any case": {func(s string) string { return "bEARER " + s }, false},
		"RFC 9110 s11.4 several spaces":         {func(s string) string { return "Bearer   " + s }, false},
		"space around":                          {func(s string) string { return " Bearer " + s + " " }, false},
		"the bare token":                        {func(s string) string { return s }, true},
		"the bare token with space around":      {func(s string) string { return " " + s + "\t" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secret, l := issued(t)
			got, err := verify(t, l, c.header(secret.Reveal()))
			assert.NilError(t, err)
			want := token.Principal{
				Org: "org-1", Tag: secret.Tag(), TokenID: secret.ID(), Scopes: l.record.Scopes,
				ExpiresAt: l.record.ExpiresAt, Settings: l.organisation.Settings, WithoutScheme: c.bare,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Verify (-want +got):\n%s", diff)
			}
			if l.asked != 1 {
				t.Errorf("the store was read %d times", l.asked)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	bearer := func(t token.Token) string { return "Bearer " + t.Reveal() }
	for name, c := range map[string]struct {
		header func(*testing.T, token.Token) string // nil: the token of the record
		change func(*lookup)
		reason token.Reason
		noID   bool // the header has no id to report
		noOrg  bool // no record names the organisation
		asked  int
	}{
		"an empty header":               {header: text(""), reason: token.ReasonMissing, noID: true, noOrg: true},
		"space only":                    {header: text("  "), reason: token.ReasonMissing, noID: true, noOrg: true},
		"Bearer without a token":        {header: text("Bearer "), reason: token.ReasonMissing, noID: true, noOrg: true},
		"another scheme":                {header: text("Basic dXNlcjpwYXNz"), reason: token.ReasonMalformed, noID: true, noOrg: true},
		"no token of ours":              {header: text("Bearer abc"), reason: token.ReasonMalformed, noID: true, noOrg: true},
		"a token and more":              {header: func(_ *testing.T, s token.Token) string { return bearer(s) + " x" }, reason: token.ReasonMalformed, noID: true, noOrg: true},
		"a wrong checksum":              {header: func(_ *testing.T, s token.Token) string { return mistype(bearer(s)) }, reason: token.ReasonMalformed, noID: true, noOrg: true},
		"an unknown tag":                {change: func(l *lookup) { l.record.Tag = "AAAAAAAA" }, reason: token.ReasonUnknown, noOrg: true, asked: 1},
		"an unknown id":                 {change: func(l *lookup) { l.record.ID = "AAAAAAAAAAAA" }, reason: token.ReasonUnknown, noOrg: true, asked: 1},
		"a wrong secret for a right id": {header: func(t *testing.T, s token.Token) string { return bearer(withSecretOf(t, s, token.New(s.Tag()))) }, reason: token.ReasonWrongSecret, asked: 1},
		"a record without MAC":          {change: func(l *lookup) { l.record.MAC = nil }, reason: token.ReasonWrongSecret, asked: 1},
		"a record moved to another organisation's tag": {
			change: func(l *lookup) { l.organisation.ID = "org-2" }, reason: token.ReasonWrongSecret, asked: 1,
		},
		"revoked":                         {change: func(l *lookup) { l.record.RevokedAt = at.Add(-time.Hour) }, reason: token.ReasonRevoked, asked: 1},
		"revoked by a clock ahead":        {change: func(l *lookup) { l.record.RevokedAt = at.Add(time.Hour) }, reason: token.ReasonRevoked, asked: 1},
		"expired in this millisecond":     {change: func(l *lookup) { l.record.ExpiresAt = at }, reason: token.ReasonExpired, asked: 1},
		"of an older generation":          {change: func(l *lookup) { l.organisation.Generation++ }, reason: token.ReasonSuperseded, asked: 1},
		"of an organisation switched off": {change: func(l *lookup) { l.organisation.Enabled = false }, reason: token.ReasonDisabled, asked: 1},
		"wrong secret comes before every state of the record": {
			change: func(l *lookup) { l.record.MAC[0]++; l.record.RevokedAt = at; l.organisation.Enabled = false },
			reason: token.ReasonWrongSecret, asked: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secret, l := issued(t)
			header := bearer(secret)
			if c.header != nil {
				header = c.header(t, secret)
			}
			if c.change != nil {
				c.change(l)
			}
			got, err := verify(t, l, header)
			refusal, ok := errors.AsType[*token.Refusal](err)
			if !ok {
				t.Fatalf("error %v, want a *Refusal", err)
			}
			want := &token.Refusal{Reason: c.reason, Tag: secret.Tag(), TokenID: secret.ID(), Org: "org-1"}
			if c.noID {
				want.Tag, want.TokenID = "", ""
			}
			if c.noOrg {
				want.Org = ""
			}
			if diff := cmp.Diff(want, refusal); diff != "" {
				t.Errorf("Refusal (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(token.Principal{}, got); diff != "" {
				t.Errorf("a refusal comes with a Principal:\n%s", diff)
			}
			if l.asked != c.asked {
				t.Errorf("the store was read %d times, want %d", l.asked, c.asked)
			}
			if errors.Is(err, token.ErrUnavailable) || strings.Contains(err.Error(), secret.Reveal()[28:40]) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestVerifyAcceptsWhatIsNotYetDead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*lookup){
		"a token that never expires":                     func(l *lookup) { l.record.ExpiresAt = time.Time{} },
		"a token of a generation that is not copied yet": func(l *lookup) { l.record.Generation++ },
		"an organisation without settings":               func(l *lookup) { l.organisation.Settings = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secret, l := issued(t)
			change(l)
			if _, err := verify(t, l, secret.Reveal()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A token that cannot be verified is never refused, whether the cause is the store or the
// configuration.
func TestVerifyIsUnavailable(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	for name, change := range map[string]func(*lookup){
		"the store is":                    func(l *lookup) { l.err = errors.Join(token.ErrUnavailable, cause) },
		"the record's pepper is not ours": func(l *lookup) { l.record.Kid = "k0" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secret, l := issued(t)
			change(l)
			_, err := verify(t, l, secret.Reveal())
			if _, refused := errors.AsType[*token.Refusal](err); refused || !errors.Is(err, token.ErrUnavailable) {
				t.Errorf("error %v, want ErrUnavailable", err)
			}
			if l.err != nil && !errors.Is(err, cause) {
				t.Errorf("error %v loses its cause", err)
			}
		})
	}
}

func TestVerifierTakesTheTimeOfDay(t *testing.T) {
	t.Parallel()
	secret, l := issued(t)
	for expires, want := range map[time.Duration]bool{-time.Second: false, time.Minute: true} {
		l.record.ExpiresAt = time.Now().Add(expires)
		if _, err := token.NewVerifier(l, keyring(t, "k1"), nil).Verify(t.Context(), secret.Reveal()); (err == nil) != want {
			t.Errorf("expiring %v from now: error %v", expires, err)
		}
	}
}

func text(s string) func(*testing.T, token.Token) string {
	return func(*testing.T, token.Token) string { return s }
}

// mistype changes the last character.
func mistype(s string) string {
	last := "0"
	if strings.HasSuffix(s, last) {
		last = "1"
	}
	return s[:len(s)-1] + last
}

// withSecretOf returns the token with the tag and id of t and the secret of u.
func withSecretOf(tb testing.TB, t, u token.Token) token.Token {
	tb.Helper()
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body := t.Reveal()[:28] + u.Reveal()[28:71]
	sum, n := "", crc32.ChecksumIEEE([]byte(body))
	for range 6 {
		sum, n = digits[n%62:][:1]+sum, n/62
	}
	made, err := token.Parse(body + sum)
	assert.NilError(tb, err)
	return made
}
