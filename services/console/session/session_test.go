package session_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/console/session"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, session.KeySize) }

func jar(t *testing.T, secure bool, keys ...[]byte) *session.Jar {
	t.Helper()
	j, err := session.NewJar(keys, "/console", secure)
	assert.NilError(t, err)
	return j
}

// sealed returns a request with a cookie of this name that j has sealed.
func sealed(t *testing.T, j *session.Jar, name string, value any) (*http.Request, *http.Cookie) {
	t.Helper()
	w := httptest.NewRecorder()
	assert.NilError(t, j.Set(w, name, value, 0))
	c := w.Result().Cookies()[0]
	r := httptest.NewRequest(http.MethodGet, "/console/", nil)
	r.AddCookie(c)
	return r, c
}

func TestACookieIsOpenedByTheJarThatSealedIt(t *testing.T) {
	t.Parallel()
	value := session.Login{State: "secret-state", Return: "/console/"}
	old := jar(t, true, key(1))
	r, c := sealed(t, old, "scim_login", value)
	if strings.Contains(c.Value, "secret") || !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %v", c)
	}
	for rule, tt := range map[string]struct {
		jar  *session.Jar
		want bool
	}{
		"the same key":        {old, true},
		"a key that followed": {jar(t, true, key(2), key(1)), true},
		"another key":         {jar(t, true, key(2)), false},
	} {
		var got session.Login
		if ok := tt.jar.Get(r, "scim_login", &got); ok != tt.want || ok && got.State != value.State {
			t.Errorf("%s: %v, %+v", rule, ok, got)
		}
	}
	// What was sealed as one cookie is not taken for another.
	swapped := httptest.NewRequest(http.MethodGet, "/console/", nil)
	swapped.AddCookie(&http.Cookie{Name: "__Host-scim_draft", Value: c.Value})
	if old.Get(swapped, "scim_draft", &session.Login{}) {
		t.Error("a sign-in passes for a draft")
	}
}

func TestAChangedCookieIsNone(t *testing.T) {
	t.Parallel()
	j := jar(t, false, key(1))
	_, c := sealed(t, j, "scim_session", session.Session{Subject: "somebody"})
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	assert.NilError(t, err)
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		r := httptest.NewRequest(http.MethodGet, "/console/", nil)
		r.AddCookie(&http.Cookie{Name: c.Name, Value: base64.RawURLEncoding.EncodeToString(changed)})
		if j.Get(r, "scim_session", &session.Session{}) {
			t.Fatalf("a cookie with another byte %d is opened", i)
		}
	}
}

func TestWhatBrowsersWouldDropIsRefused(t *testing.T) {
	t.Parallel()
	if err := jar(t, true, key(1)).Set(httptest.NewRecorder(), "scim_session", session.Session{AccessToken: strings.Repeat("x", 4000)}, 0); err == nil {
		t.Error("a cookie of more than 4 KB is set")
	}
}

func TestSessionKeysAreRead(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(key(1))
	if keys, err := session.ParseKeys(good + ", " + good); err != nil || len(keys) != 2 {
		t.Errorf("two keys: %d, %v", len(keys), err)
	}
	for _, text := range []string{"", "secret", base64.StdEncoding.EncodeToString([]byte("secret")), good + ","} {
		if _, err := session.ParseKeys(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	s := session.Session{AccessToken: "a", Expires: now.Add(time.Minute), Began: now, Seen: now, AuthTime: now, Salt: session.NewSalt()}
	for rule, tt := range map[string]struct {
		got, want bool
	}{
		"the access token lives":                {s.Live(now), true},
		"the access token has ended":            {s.Live(now.Add(time.Minute)), false},
		"in use":                                {s.Over(now.Add(session.Idle)), false},
		"idle":                                  {s.Over(now.Add(session.Idle + time.Second)), true},
		"of another form":                       {s.HoldsFormToken("/a", s.FormToken("/b")), false},
		"of this form":                          {s.HoldsFormToken("/a", s.FormToken("/a")), true},
		"of no session":                         {session.Session{}.HoldsFormToken("/a", session.Session{}.FormToken("/a")), false},
		"proved a moment ago":                   {s.Proved(now.Add(time.Minute), 15*time.Minute), true},
		"proved too long ago":                   {s.Proved(now.Add(16*time.Minute), 15*time.Minute), false},
		"an issuer that does not say so":        {session.Session{AuthTime: time.Unix(0, 0)}.Proved(now, 15*time.Minute), false},
		"longer than a day's work, in use":      {session.Session{Began: now, Seen: now.Add(session.Absolute)}.Over(now.Add(session.Absolute + time.Second)), true},
		"all of a day's work, and still in use": {session.Session{Began: now, Seen: now.Add(session.Absolute)}.Over(now.Add(session.Absolute)), false},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v", rule, tt.got)
		}
	}
}
