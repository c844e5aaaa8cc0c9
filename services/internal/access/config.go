package access

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/devrev/scim/libs/token/ratelimit"
)

// MinCredential is the least length of a platform credential, in bytes.
const MinCredential = 32

// Config says whom to believe. An empty Issuer admits no person, no PlatformCredentials no
// platform; one of them is needed.
type Config struct {
	Issuer   string // the claim "iss", exactly
	Audience string // must be among the claim "aud"
	JWKSURL  string // where the issuer publishes its keys; not needed with Deps.KeySet

	PlatformCredentials []string // any of them is accepted, so that one can replace another; MinCredential bytes each
}

// Deps are the live parts, all of them optional.
type Deps struct {
	KeySet oidc.KeySet      `need:"optional"` // the issuer's keys; nil: they are fetched from JWKSURL
	Client *http.Client     `need:"optional"` // fetches them; nil: one with a time-out of its own
	Now    func() time.Time `need:"optional"` // nil: time.Now
}

// Invalid is a Config that cannot be used.
type Invalid struct {
	Field string // of Config
	Rule  string // what it must be
}

func (e *Invalid) Error() string { return "access: " + e.Field + ": " + e.Rule }

func (c Config) validate(d Deps) error {
	if c.Issuer == "" && len(c.PlatformCredentials) == 0 {
		return &Invalid{"PlatformCredentials", "must be set where there is no issuer of sign-ins, or no request would be accepted"}
	}
	for i, credential := range c.PlatformCredentials {
		if len(credential) < MinCredential {
			return &Invalid{"PlatformCredentials", fmt.Sprintf("number %d has %d characters, and must have %d or more", i+1, len(credential), MinCredential)}
		}
	}
	if c.Issuer == "" {
		return nil
	}
	if c.Audience == "" {
		return &Invalid{"Audience", "must be set where the issuer is, or tokens made for other services would be accepted"}
	}
	if u, err := url.Parse(c.JWKSURL); d.KeySet == nil && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return &Invalid{"JWKSURL", "must be the http(s) URL of the issuer's keys"}
	}
	return nil
}

// New returns a Verifier. It fetches nothing yet; errors are about the configuration.
func New(c Config, d Deps) (*Verifier, error) {
	if err := c.validate(d); err != nil {
		return nil, err
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	v := &Verifier{now: d.Now, limiter: ratelimit.NewLocal()}
	for _, credential := range c.PlatformCredentials {
		v.platform = append(v.platform, sha256.Sum256([]byte(credential)))
	}
	if c.Issuer == "" {
		return v, nil
	}
	v.issuer = c.Issuer
	v.keys = d.KeySet
	if v.keys == nil {
		v.keys = newRemoteKeys(c.JWKSURL, d.Client, d.Now)
	}
	v.oidc = &oidc.Config{ClientID: c.Audience, SupportedSigningAlgs: algorithms, Now: d.Now}
	return v, nil
}
