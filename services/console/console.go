package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/web"
)

// Path is where the console lies.
const Path = "/console"

// Config configures a console. All fields except ClientSecret and FrameAncestors are required.
type Config struct {
	URL            string // public, with Path at its end: https://scim.example.com/console
	Issuer         string // of the people who sign in; its discovery document says the rest
	ClientID       string // as the issuer knows the console
	ClientSecret   string // "": a public client
	Audience       string // of the access tokens, as the services demand it
	SessionKeys    [][]byte
	FrameAncestors string // origins that may show the console in a frame; "": none
}

// Deps are the dependencies of a Console.
type Deps struct {
	API       *apiclient.Client
	Access    *access.Verifier     // of the access tokens, as the services verify them
	Telemetry *telemetry.Telemetry `need:"optional"` // nil: off
	Client    *http.Client         `need:"optional"` // asks the issuer; nil: one with a time-out
	Now       func() time.Time     `need:"optional"` // nil: time.Now
}

// Console answers below Path. Make it with New.
type Console struct {
	config  Config
	deps    Deps
	jar     *session.Jar
	sso     *signOn
	origin  http.CrossOriginProtection
	handler http.Handler
}

// New returns a Console. It asks no one for anything yet.
func New(config Config, deps Deps) (*Console, error) {
	public, err := url.Parse(config.URL)
	if err != nil || public.Host == "" || public.Scheme != "https" && public.Scheme != "http" || public.Path != Path || public.RawQuery != "" {
		return nil, errors.New("console: its URL is one such as https://scim.example.com" + Path)
	}
	if public.Scheme == "http" && !loopback(public.Hostname()) {
		return nil, errors.New("console: its URL begins with http://, so people's sessions would travel in clear; http is for this machine alone")
	}
	if config.ClientID == "" || config.Issuer == "" {
		return nil, errors.New("console: an issuer and a client id are required")
	}
	if err := required.Check(deps); err != nil {
		return nil, err
	}
	jar, err := session.NewJar(config.SessionKeys, Path, public.Scheme == "https")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	deps.Telemetry = cmp.Or(deps.Telemetry, telemetry.Off())
	deps.Client = cmp.Or(deps.Client, &http.Client{Timeout: 5 * time.Second})
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s := &Console{config: config, deps: deps, jar: jar, sso: newSignOn(config, deps)}
	engine := web.NewEngine(web.Config{Name: "console", Telemetry: deps.Telemetry, WriteError: s.writeError, Public: true})
	s.routes(engine)
	s.handler = engine
	return s, nil
}

// Handler answers below Path.
func (s *Console) Handler() http.Handler { return s.handler }

// headers are those of every answer. Pages hold what is the organisation's alone, so nothing keeps
// them; assets say otherwise.
func (s *Console) headers(c *gin.Context) error {
	ancestors := cmp.Or(s.config.FrameAncestors, "'none'")
	c.Header("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
		"frame-ancestors " + ancestors, "require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; "))
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Cross-Origin-Opener-Policy", "same-origin")
	c.Header("Cross-Origin-Resource-Policy", "same-origin")
	c.Header("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=(), clipboard-write=(self)")
	return nil
}

// sameOrigin refuses what another site has a browser send.
func (s *Console) sameOrigin(c *gin.Context) error {
	if err := s.origin.Check(c.Request); err != nil {
		return &refusal{status: http.StatusForbidden, title: "Not from here", detail: "The request came from another site, so nothing was changed.", cause: err}
	}
	return nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }
