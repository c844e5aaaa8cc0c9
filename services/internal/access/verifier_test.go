package access_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesstest"
)

func TestVerifyTellsWhoItIs(t *testing.T) {
	t.Parallel()
	idp := accesstest.New(t)
	v := idp.Verifier(t)
	for _, tt := range []struct {
		rule, authorization string
		want                access.Actor
	}{
		{
			"a JWT is a person of the organisation in its claim org",
			idp.Person(t, "org-a", access.ScimAdmin, "billing"),
			access.Actor{Subject: "user-of-org-a", Org: "org-a", Roles: []string{"scim-admin", "billing"}},
		},
		{
			"RFC 7519 s4 a role in a claim of another name is none",
			"Bearer " + idp.SignText(withMember(t, idp.Claims("org-a"), `"role\u017f":["scim-admin"]`)),
			access.Actor{Subject: "user-of-org-a", Org: "org-a"},
		},
		{
			"OpenID Connect Core s2 a subject of 255 bytes",
			"Bearer " + idp.Sign(t, withClaim(idp.Claims("org-a"), "sub", strings.Repeat("s", 255))),
			access.Actor{Subject: strings.Repeat("s", 255), Org: "org-a"},
		},
		{
			"a person without roles is still somebody",
			idp.Person(t, "org-a"),
			access.Actor{Subject: "user-of-org-a", Org: "org-a"},
		},
		{
			"a platform credential is the platform",
			accesstest.Platform(),
			access.Actor{Subject: access.PlatformSubject, Platform: true},
		},
		{
			"RFC 9110 s11.1 the scheme's case does not matter",
			"bEARER " + accesstest.PlatformCredential,
			access.Actor{Subject: access.PlatformSubject, Platform: true},
		},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := v.Verify(t.Context(), tt.authorization)
			if err != nil {
				t.Fatalf("%s: %v", tt.rule, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func withClaim(claims map[string]any, name string, value any) map[string]any {
	claims[name] = value
	return claims
}

// withMember returns the claims as JSON with one member more, as it is written.
func withMember(t *testing.T, claims map[string]any, member string) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	assert.NilError(t, err)
	return "{" + member + "," + string(payload[1:])
}

// TestVerifyRefuses is the table of attacks. Every one of them is a 401, never a 503, and says
// nothing of the credential.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	idp, c := accesstest.New(t), newClock()
	v := newVerifier(t, idp, c)
	public, kid := idp.Key()
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	strangersRSA, err := rsa.GenerateKey(rand.Reader, 2048)
	assert.NilError(t, err)
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	assert.NilError(t, err)
	with := func(claim string, value any) string {
		c := idp.Claims("org-a", access.ScimAdmin)
		c[claim] = value
		return idp.Sign(t, c)
	}
	without := func(claim string) string {
		c := idp.Claims("org-a", access.ScimAdmin)
		delete(c, claim)
		return idp.Sign(t, c)
	}
	good := idp.Claims("org-a", access.ScimAdmin)
	parts := strings.Split(idp.Sign(t, good), ".")
	other := strings.Split(with("org", "org-b"), ".")
	text := func(old, new string) string {
		payload, err := json.Marshal(good)
		assert.NilError(t, err)
		if !strings.Contains(string(payload), old) {
			t.Fatalf("the claims have no %s", old)
		}
		return idp.SignText(strings.Replace(string(payload), old, new, 1))
	}
	header := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

	for _, tt := range []struct{ rule, credential string }{
		{"algorithm none", header(`{"alg":"none"}`) + "." + parts[1] + "."},
		{"algorithm none with the right key id and a signature", header(`{"alg":"none","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2]},
		{"HMAC under the public key", accesstest.SignWith(t, publicDER, kid, "HS256", good)},
		{"RSA-PSS, which is not on the list", accesstest.SignWith(t, strangersRSA, kid, "PS256", good)},
		{"a stranger's key under the right key id", accesstest.SignWith(t, stranger, kid, "ES256", good)},
		{"a stranger's RSA key under the right key id", accesstest.SignWith(t, strangersRSA, kid, "RS256", good)},
		{"a stranger's key under an unknown key id", accesstest.SignWith(t, stranger, "unknown", "ES256", good)},
		{"a stranger's key without a key id", accesstest.SignWith(t, stranger, "", "ES256", good)},
		{"another organisation put into signed claims", parts[0] + "." + other[1] + "." + parts[2]},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"another audience", with("aud", "another-service")},
		{"no audience", without("aud")},
		{"another issuer", with("iss", "https://idp.example.com")},
		{"an issuer that only begins like ours", with("iss", idp.Config().Issuer+"/")},
		{"expired a second ago", with("exp", c.Now().Add(-time.Second).Unix())},
		{"no expiry", without("exp")},
		{"not valid for another 61 seconds", with("nbf", c.Now().Add(62*time.Second).Unix())},
		{"no claim org", without("org")},
		{"an empty claim org", with("org", "")},
		{"several organisations in the claim org", with("org", []string{"org-a", "org-b"})},
		{"no subject", without("sub")},
		{"an organisation in a claim of capitals", text(`"org":`, `"ORG":`)},
		{"two claims org", text(`"org":"org-a"`, `"org":"org-b","org":"org-a"`)},
		{"a subject in capitals", text(`"sub":`, `"SUB":`)},
		{"an audience in capitals beside another", text(`"aud":"`, `"aud":"another-service","AUD":"`)},
		{"an issuer twice", text(`"iss":`, `"iss":"https://idp.example.com","iss":`)},
		{"a claim twice that means nothing here", text(`"org":`, `"x":1,"x":2,"org":`)},
		{"claims that are not UTF-8", text(`"org":`, "\"x\":\"\xff\",\"org\":")},
		{"a subject of 256 bytes", with("sub", strings.Repeat("s", 256))},
		{"a subject with a line break", with("sub", "a\nb")},
		{"a subject that turns the direction of writing", with("sub", "a\u202eb")},
		{"the platform's name as a subject", with("sub", access.PlatformSubject)},
		{"the expiry watch's name as a subject", with("sub", "System")},
		{"the name of who reports leaks as a subject", with("sub", " github")},
		{"the JSON form of a good JWT", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`},
		{"a good JWT with a line break", parts[0] + ".\n" + parts[1] + "." + parts[2]},
		{"roles that are no list", with("roles", "scim-admin")},
		{"not a JWT", "opaque"},
		{"nothing after the scheme", ""},
		{"a platform credential cut short", accesstest.PlatformCredential[:len(accesstest.PlatformCredential)-1]},
		{"a platform credential with more behind it", accesstest.PlatformCredential + " x"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			actor, err := v.Verify(t.Context(), "Bearer "+tt.credential)
			if !errors.Is(err, access.ErrUnauthenticated) {
				t.Fatalf("%s: got %+v, %v; want ErrUnauthenticated", tt.rule, actor, err)
			}
			if tt.credential != "" && strings.Contains(err.Error(), tt.credential) {
				t.Errorf("%s: the error shows the credential: %v", tt.rule, err)
			}
		})
	}
	for _, authorization := range []string{"", "Basic " + accesstest.PlatformCredential, accesstest.PlatformCredential, idp.Sign(t, good)} {
		if _, err := v.Verify(t.Context(), authorization); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("without the scheme Bearer nobody gets in: got %v", err)
		}
	}
}

func TestVerifyAllowsAClockThatIsAheadByLessThanAMinute(t *testing.T) {
	t.Parallel()
	idp := accesstest.New(t)
	c := idp.Claims("org-a")
	c["nbf"] = time.Now().Add(55 * time.Second).Unix()
	if _, err := idp.Verifier(t).Verify(t.Context(), "Bearer "+idp.Sign(t, c)); err != nil {
		t.Error(err)
	}
}

// clock moves only when it is told to, also while a Verifier reads it.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func newClock() *clock { return &clock{start: time.Now()} }

func (c *clock) Now() time.Time          { return c.start.Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

func newVerifier(t *testing.T, idp *accesstest.Provider, c *clock) *access.Verifier {
	t.Helper()
	v, err := access.New(idp.Config(), access.Deps{Now: c.Now})
	assert.NilError(t, err)
	return v
}

func TestKeysAreFetchedSeldom(t *testing.T) {
	t.Parallel()
	idp, c := accesstest.New(t), newClock()
	v := newVerifier(t, idp, c)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	attack := func() {
		for range 50 {
			jwt := accesstest.SignWith(t, stranger, rand.Text(), "ES256", idp.Claims("org-a"))
			if _, err := v.Verify(t.Context(), "Bearer "+jwt); !errors.Is(err, access.ErrUnauthenticated) {
				t.Fatalf("a stranger's key: got %v", err)
			}
		}
	}
	attack()
	attack()
	if n := idp.Fetches(); n != 1 {
		t.Errorf("invented key ids made %d fetches within an interval, want 1", n)
	}
	c.forward(11 * time.Second)
	attack()
	if n := idp.Fetches(); n != 2 {
		t.Errorf("after the interval there were %d fetches, want 2", n)
	}
}

func TestANewKeyIsNoticed(t *testing.T) {
	t.Parallel()
	idp, c := accesstest.New(t), newClock()
	v := newVerifier(t, idp, c)
	if _, err := v.Verify(t.Context(), idp.Person(t, "org-a")); err != nil {
		t.Fatal(err)
	}
	old := idp.Person(t, "org-a")
	idp.Rotate(t)
	c.forward(11 * time.Second)
	if _, err := v.Verify(t.Context(), idp.Person(t, "org-a")); err != nil {
		t.Errorf("a JWT under the new key: %v", err)
	}
	if _, err := v.Verify(t.Context(), old); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("a JWT under the key that was withdrawn: got %v", err)
	}
}

// TestAnUnreachableIssuerRefusesNobody: a 401 would send a person to sign in again, which does not
// help.
func TestAnUnreachableIssuerRefusesNobody(t *testing.T) {
	t.Parallel()
	idp, c := accesstest.New(t), newClock()
	v := newVerifier(t, idp, c)
	idp.Break(true)
	for range 10 {
		if _, err := v.Verify(t.Context(), idp.Person(t, "org-a")); !errors.Is(err, access.ErrUnavailable) {
			t.Fatalf("without keys: got %v, want ErrUnavailable", err)
		}
	}
	if n := idp.Fetches(); n != 1 {
		t.Errorf("%d fetches of a broken issuer at once, want 1", n)
	}
	if _, err := v.Verify(t.Context(), accesstest.Platform()); err != nil {
		t.Errorf("the platform needs no issuer: %v", err)
	}
	idp.Break(false)
	c.forward(2 * time.Second)
	person := idp.Person(t, "org-a")
	if _, err := v.Verify(t.Context(), person); err != nil {
		t.Errorf("after the issuer is back: %v", err)
	}
	idp.Break(true)
	c.forward(time.Minute)
	if _, err := v.Verify(t.Context(), person); err != nil {
		t.Errorf("a key once seen needs no issuer: %v", err)
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule         string
		actor        access.Actor
		org          string
		read, manage bool
	}{
		{"an admin manages the own organisation", access.Actor{Org: "a", Roles: []string{"x", access.ScimAdmin}}, "a", true, true},
		{"an admin has no say in another", access.Actor{Org: "a", Roles: []string{access.ScimAdmin}}, "b", false, false},
		{"an organisation's id is compared exactly", access.Actor{Org: "a", Roles: []string{access.ScimAdmin}}, "A", false, false},
		{"an auditor reads", access.Actor{Org: "a", Roles: []string{access.Auditor}}, "a", true, false},
		{"an auditor reads no other", access.Actor{Org: "a", Roles: []string{access.Auditor}}, "b", false, false},
		{"without a role nothing", access.Actor{Org: "a"}, "a", false, false},
		{"another role is no role", access.Actor{Org: "a", Roles: []string{"admin"}}, "a", false, false},
		{"the platform manages all", access.Actor{Platform: true}, "a", true, true},
		{"nobody manages the organisation without a name", access.Actor{Roles: []string{access.ScimAdmin}}, "", false, false},
	} {
		if read, manage := tt.actor.MayRead(tt.org), tt.actor.MayManage(tt.org); read != tt.read || manage != tt.manage {
			t.Errorf("%s: read %v manage %v, want %v %v", tt.rule, read, manage, tt.read, tt.manage)
		}
	}
}

func TestNewRefusesAConfigurationThatLetsInAllOrNone(t *testing.T) {
	t.Parallel()
	credential := accesstest.PlatformCredential
	for _, tt := range []struct {
		rule   string
		config access.Config
		deps   access.Deps
		ok     bool
	}{
		{"nobody at all", access.Config{}, access.Deps{}, false},
		{"a platform alone", access.Config{PlatformCredentials: []string{credential}}, access.Deps{}, true},
		{"a short credential beside a good one", access.Config{PlatformCredentials: []string{credential, "short"}}, access.Deps{}, false},
		{"an issuer without an audience", access.Config{Issuer: "https://idp.example.com", JWKSURL: "https://idp.example.com/keys"}, access.Deps{}, false},
		{"an issuer without keys", access.Config{Issuer: "https://idp.example.com", Audience: "a"}, access.Deps{}, false},
		{"keys in a file", access.Config{Issuer: "https://idp.example.com", Audience: "a", JWKSURL: "file:///keys"}, access.Deps{}, false},
		{"an issuer with keys at hand", access.Config{Issuer: "https://idp.example.com", Audience: "a"}, access.Deps{KeySet: &oidc.StaticKeySet{}}, true},
		{"an issuer with keys at a URL", access.Config{Issuer: "https://idp.example.com", Audience: "a", JWKSURL: "https://idp.example.com/keys"}, access.Deps{}, true},
	} {
		_, err := access.New(tt.config, tt.deps)
		if ok := err == nil; ok != tt.ok {
			t.Errorf("%s: got error %v, want ok %v", tt.rule, err, tt.ok)
		}
		if err != nil && strings.Contains(err.Error(), "short") {
			t.Errorf("%s: the error shows a credential: %v", tt.rule, err)
		}
	}
}
