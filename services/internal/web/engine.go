package web

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
)

// Config is what engines differ in.
type Config struct {
	Name      string               // the engine's name in the log: "scim", "tokens"
	Logger    *slog.Logger         // nil: Telemetry's
	Telemetry *telemetry.Telemetry // nil: off

	// WriteError writes the answer to a refused or failed request. It is called once for each,
	// after everything else, with nothing written yet. errors.AsType[Error] finds what this package
	// refuses; it knows its own errors, and answers 500 with a fixed sentence to all others.
	// Required.
	WriteError func(*gin.Context, error)

	// Public says that strangers call. Their traceparent is not believed: a client that sets its
	// flag would have us sample and store as much as they like.
	Public bool

	// Body is how fast bodies have to come; zero: within 10 s, and more time for each 64 KiB that
	// came.
	Body Pace
}

// NewEngine returns an engine without routes. Serve it under Normalise.
//
// gin's own ideas of an unknown route, a wrong method, a slash too many and an escaped slash are an
// HTML redirect, a text and a 404; identity providers read JSON only.
func NewEngine(cfg Config) *gin.Engine {
	cfg.Telemetry = cmp.Or(cfg.Telemetry, telemetry.Off())
	cfg.Logger = cmp.Or(cfg.Logger, cfg.Telemetry.Logger())

	gin.SetMode(gin.ReleaseMode) // of the whole process; the other modes print
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.HandleMethodNotAllowed = true
	e.UseRawPath = true
	e.UnescapePathValues = true
	e.ForwardedByClientIP = false
	_ = e.SetTrustedProxies(nil) // only a malformed list is an error

	e.Use(headers, events(cfg), exit(cfg.WriteError), recovery, readable, paced(cmp.Or(cfg.Body, defaultPace())), bodies)
	e.NoRoute(func(c *gin.Context) { Fail(c, ErrNoRoute) })
	e.NoMethod(noMethod)
	return e
}

// TrustProxies makes e believe the X-Forwarded-For of these addresses and CIDR blocks, and no one
// else's; none: no one's.
func TrustProxies(e *gin.Engine, proxies []string) error {
	e.ForwardedByClientIP = len(proxies) > 0
	if err := e.SetTrustedProxies(proxies); err != nil {
		return fmt.Errorf("trusted proxies: %w", err)
	}
	return nil
}

// headers sets what every answer has. Answers name people and hold tokens; a handler for what may
// be kept overrides no-store.
func headers(c *gin.Context) {
	h := c.Writer.Header()
	h["Cache-Control"], h["X-Content-Type-Options"] = noStore, noSniff
}

// The values are shared by all answers: a header is set or added to, and both leave the values
// that it had as they are.
var (
	noStore = []string{"no-store"}
	noSniff = []string{"nosniff"}
)

// noMethod answers OPTIONS with what the path has, which gin has put into Allow (RFC 9110 section
// 9.3.7), and refuses everything else.
func noMethod(c *gin.Context) {
	if c.Request.Method == http.MethodOptions {
		c.Status(http.StatusNoContent)
		return
	}
	Fail(c, ErrMethod)
}
