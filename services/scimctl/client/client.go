// Package client calls the token service's API, as docs/api/tokend.yaml describes it, for one organisation. Its types are the wire's and
// nothing else. Every call may be repeated, and is where the answer was lost.
package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// prefix is where the API lies; whatever stands before it in a base URL is a proxy's.
const prefix = "/api/v1"

// Config says which API is called, for whom, and how.
type Config struct {
	BaseURL      string // with /api/v1; https, or http to this machine
	InsecureHTTP bool   // http to other machines, too
	Org          string // the organisation's id
	// Credential returns what goes into the Authorization header: an administrator's JWT or a platform credential. It is asked before every
	// request, so that a credential that is renewed meanwhile is used.
	Credential func() (string, error)
	Timeout    time.Duration // of one call, with its repetitions
	UserAgent  string
}

// Client is safe for use by several goroutines.
type Client struct {
	config Config
	base   string // with the organisation, without a slash at its end
	http   *http.Client
}

// How long a single attempt may take, so that a call has time for more than one.
const (
	connectTimeout = 5 * time.Second
	answerTimeout  = 10 * time.Second // from the request to the first byte
)

// New checks the configuration. An error is a sentence for whoever gave it, and quotes nothing of a URL, which may hold a password.
func New(config Config) (*Client, error) {
	base, err := baseOf(config)
	if err != nil {
		return nil, err
	}
	if !organisationID.MatchString(config.Org) {
		return nil, errors.New("an organisation's id has 1 to 64 letters, digits, dots, hyphens and underscores")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
	transport.TLSHandshakeTimeout = connectTimeout
	transport.ResponseHeaderTimeout = answerTimeout
	return &Client{config: config, base: base + "/organisations/" + config.Org, http: &http.Client{
		Transport: transport,
		// The API redirects nobody, and the credential is meant for one address.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

var organisationID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func baseOf(config Config) (string, error) {
	u, err := url.Parse(config.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("the API's URL is one such as https://scim.example.com" + prefix)
	case u.User != nil:
		return "", errors.New("the API's URL must hold no user and no password")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the API's URL ends with " + prefix + ", without a query")
	case !strings.HasSuffix(strings.TrimRight(u.Path, "/"), prefix):
		return "", errors.New("the API's URL ends with " + prefix)
	case u.Scheme == "http" && !config.InsecureHTTP && !isLoopback(u.Hostname()):
		return "", fmt.Errorf("the API's URL begins with http://, so that the credential would travel to %s in clear", u.Hostname())
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}
