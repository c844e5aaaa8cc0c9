package apiclient

import (
	"encoding/json"
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

// prefix is the path of the API; anything before it in a base URL belongs to a proxy.
const prefix = "/api/v1"

// Config says where the API is, and how it is called.
type Config struct {
	BaseURL      string // the token service's, with /api/v1; https, or http to this machine
	DirectoryURL string // the SCIM service's, where a front does not make one address of both; "": BaseURL
	InsecureHTTP bool   // http to other machines, too
	Timeout      time.Duration
	// Once sends a request a single time, for a caller whose user waits and can ask again. Without
	// it, a call is repeated within Timeout after a lost connection, and after a 503 when its
	// Retry-After has passed.
	Once      bool
	UserAgent string
	Transport http.RoundTripper // nil: one that gives up a silent server
}

// Credential returns what goes into the Authorization header: an administrator's JWT or a platform
// credential. It is asked before every request, so that a credential that is renewed meanwhile is
// used.
type Credential func() (string, error)

// Client is safe for use by several goroutines.
type Client struct {
	config            Config
	tokens, directory string // what paths are appended to
	http              *http.Client
}

// Caller is a client with a credential. It is safe for use by several
// goroutines.
type Caller struct {
	client     *Client
	credential Credential
	verbatim   *json.RawMessage // where answers go as they came; nil: nowhere
}

// Organisation is one organisation as a caller sees it. It is safe for use by several goroutines.
type Organisation struct {
	caller Caller
	id     string
}

// How long a single attempt may take, so that a call has time for more than one.
const (
	connectTimeout = 5 * time.Second
	answerTimeout  = 10 * time.Second // from the request to the first byte
)

// New checks the configuration. An error is a sentence for the person who gave it, and quotes
// nothing of a URL, which may hold a password.
func New(config Config) (*Client, error) {
	if config.DirectoryURL == "" {
		config.DirectoryURL = config.BaseURL
	}
	tokens, err := baseOf(config.BaseURL, config.InsecureHTTP)
	if err != nil {
		return nil, err
	}
	directory, err := baseOf(config.DirectoryURL, config.InsecureHTTP)
	if err != nil {
		return nil, err
	}
	if config.Transport == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
		transport.TLSHandshakeTimeout = connectTimeout
		transport.ResponseHeaderTimeout = answerTimeout
		config.Transport = transport
	}
	return &Client{config: config, tokens: tokens, directory: directory, http: &http.Client{
		Transport: config.Transport,
		// The API redirects no one, and the credential is meant for one address.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// As returns the client with the credential.
func (c *Client) As(credential Credential) Caller { return Caller{client: c, credential: credential} }

// Organisation returns the organisation of this id. It asks the services nothing.
func (c Caller) Organisation(id string) (*Organisation, error) {
	if !organisationID.MatchString(id) || strings.Trim(id, ".") == "" { // dots alone are a way up in a path
		return nil, errors.New("an organisation's id has 1 to 64 letters, digits, dots, hyphens and underscores, and not dots alone")
	}
	return &Organisation{c, id}, nil
}

// Verbatim returns the same organisation, whose calls leave their answer in text as well, as it
// came: with every member, also those that this client does not know. It is for one goroutine.
func (o *Organisation) Verbatim(text *json.RawMessage) *Organisation {
	same := *o
	same.caller.verbatim = text
	return &same
}

// ID returns the organisation's id.
func (o *Organisation) ID() string { return o.id }

var organisationID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func baseOf(address string, insecure bool) (string, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("the API's URL is one such as https://scim.example.com" + prefix)
	case u.User != nil:
		return "", errors.New("the API's URL must hold no user and no password")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the API's URL ends with " + prefix + ", without a query")
	case !strings.HasSuffix(strings.TrimRight(u.Path, "/"), prefix):
		return "", errors.New("the API's URL ends with " + prefix)
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return "", fmt.Errorf("the API's URL begins with http://, so that the credential would travel to %s in clear", u.Hostname())
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}
