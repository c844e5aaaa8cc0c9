package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

const (
	reachEvery   = time.Minute     // of an organisation
	reachTimeout = 4 * time.Second // of all checks together: a person waits
	probeBody    = 1 << 20         // bytes, which a request with 100 operations may have
)

// Reach is how the public base URL looks from here, without a token.
type Reach struct {
	BaseURL  string    `json:"baseUrl"`
	At       time.Time `json:"at"`
	Reached  bool      `json:"reached"`
	Sentence string    `json:"sentence"` // the first cause of a failure
	Remedy   string    `json:"remedy,omitempty"`
	Checks   []Check   `json:"checks"`
}

// Check is one thing that an identity provider needs of the way to the base URL.
type Check struct {
	ID       string `json:"id"`
	State    State  `json:"state"`
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy,omitempty"`
}

// Reach fetches the configured base URL, and no other: none of it comes from a request. Its errors
// are *Early.
func (d *Doctor) Reach(ctx context.Context, org directory.Organisation) (Reach, error) {
	if wait := d.reaching.take(org.Tenant, d.Now()); wait > 0 {
		return Reach{}, &Early{"The base URL was fetched a moment ago; once a minute is enough.", wait}
	}
	r := reacher{Reach: Reach{BaseURL: d.BaseURL, At: directory.Now(d.Now())}}
	within, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	r.check(within)
	r.Reached = !slices.ContainsFunc(r.Checks, func(c Check) bool { return c.State == Failed })
	r.Sentence = "The base URL is reached from here, and nothing on the way changes what is sent."
	for _, c := range r.Checks {
		if c.State == Failed {
			r.Sentence, r.Remedy = c.Sentence, c.Remedy
			break
		}
	}
	return r.Reach, nil
}

type reacher struct {
	Reach

	client *http.Client
}

func (r *reacher) check(ctx context.Context) {
	u, err := url.Parse(r.BaseURL)
	if err != nil {
		r.add("dns", false, "", "The configured base URL is not a URL.", "Correct SCIM_BASE_URL.")
		return
	}
	_, err = net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if !r.add("dns", err == nil, "The name "+u.Hostname()+" has an address.", "The name "+u.Hostname()+" has no address.", "Add it to DNS.") {
		return
	}
	if u.Scheme == "https" {
		if !r.tls(ctx, u) {
			return
		}
	} else {
		r.Checks = append(r.Checks, Check{ID: "tls", State: Skipped, Sentence: "The base URL is not https, so there is no certificate to check. Identity providers demand https, except on this machine."})
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ExpectContinueTimeout: time.Second, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	r.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r.answers(ctx)
}

func (r *reacher) tls(ctx context.Context, u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	dialer := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		wrong := "No connection can be made"
		if invalid, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			wrong = "The certificate is not valid (" + invalid.Err.Error() + ")"
		}
		return r.add("tls", false, "", wrong+", as seen from here.", "Check the listener, its certificate and its chain.")
	}
	defer func() { _ = conn.Close() }()
	state := conn.(*tls.Conn).ConnectionState()
	ends := state.PeerCertificates[0].NotAfter
	return r.add("tls", true, fmt.Sprintf("%s, with a certificate that is valid until %s.", tls.VersionName(state.Version), ends.UTC().Format("2006-01-02")), "", "")
}

// answers checks what comes back for requests without a valid token: each must be ours.
func (r *reacher) answers(ctx context.Context) {
	const path = "/ServiceProviderConfig"
	plain := r.ask(ctx, http.MethodGet, path, "", nil)
	if !r.add("connection", plain.err == nil, "It answers.", "It does not answer in time.", "Check the listener and what is before it.") {
		return
	}
	r.add("redirect", plain.status/100 != 3, "It does not redirect.", fmt.Sprintf("It answers with a redirect (%d), which identity providers do not follow with a token.", plain.status), "Announce the URL that it redirects to, or remove the redirect.")
	if !r.add("answer", plain.ours(http.StatusUnauthorized), "Its answers are DevRev's own, as SCIM's JSON.", fmt.Sprintf("What answers is not DevRev: a request without a token got %d and %q.", plain.status, plain.mediaType), "Have the proxy pass every status and its body on as they are.") {
		return
	}
	bare, bearer := r.ask(ctx, http.MethodGet, path, "rehearsal", nil), r.ask(ctx, http.MethodGet, path, "Bearer rehearsal", nil)
	r.add("authorization", bare.challenged() && bearer.challenged(), "The header Authorization arrives, with and without a scheme.", "The header Authorization does not arrive as it was sent.", "Have the proxy pass Authorization on, also without the word Bearer.")
	same, other := r.ask(ctx, http.MethodGet, path+"?a=x+y&a=x%20y", "", nil), r.ask(ctx, http.MethodGet, path+"?a=x&a=y", "", nil)
	r.add("query", same.ours(http.StatusUnauthorized) && other.ours(http.StatusBadRequest), "The query arrives as it was sent.", "The query does not arrive as it was sent, so filters ask for something else.", "Have the proxy pass the query on without decoding it.")
	patch := r.ask(ctx, http.MethodPatch, "/Users/rehearsal", "", []byte("{}"))
	r.add("patch", patch.ours(http.StatusUnauthorized), "PATCH passes.", "PATCH is refused on the way, so no user can be deactivated.", "Allow PATCH, PUT and DELETE in the proxy or firewall.")
	var large reply
	for range 3 { // a proxy that is cut off by the early answer may lose it
		large = r.ask(ctx, http.MethodPost, "/Users", "", bytes.Repeat([]byte(" "), probeBody))
		if large.err == nil && large.status != http.StatusBadGateway {
			break
		}
	}
	r.add("body", large.ours(http.StatusUnauthorized), "A body of 1 MiB is let through.", "A body of 1 MiB is not let through.", "Raise the limit of bodies in the proxy to 16 MiB, which a large group takes.")
}

// add adds a check, and returns whether it is right.
func (r *reacher) add(id string, right bool, done, failed, remedy string) bool {
	c := Check{ID: id, State: Done, Sentence: done}
	if !right {
		c = Check{id, Failed, failed, remedy}
	}
	r.Checks = append(r.Checks, c)
	return right
}

// reply is what came back, as far as it matters.
type reply struct {
	err       error
	status    int
	mediaType string
	challenge string
	isError   bool // of SCIM
}

func (r *reacher) ask(ctx context.Context, method, path, authorization string, body []byte) reply {
	req, err := http.NewRequestWithContext(ctx, method, r.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Accept", scim.MediaType)
	req.Header.Set("User-Agent", "DevRev connection doctor")
	if authorization != "" {
		req.Header["Authorization"] = []string{authorization}
	}
	if body != nil {
		req.Header.Set("Content-Type", scim.MediaType)
		// The length alone is enough to be refused. Our own 401 comes before the body is read, and
		// would meet a client that is still writing.
		req.Header.Set("Expect", "100-continue")
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	got := reply{status: resp.StatusCode, mediaType: mediaType, challenge: resp.Header.Get("WWW-Authenticate")}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxShown))
	var said struct{ Schemas []string }
	got.isError = err == nil && json.Unmarshal(text, &said) == nil && slices.Contains(said.Schemas, scim.ErrorSchema)
	return got
}

// ours reports whether it is DevRev's own answer of this status.
func (r reply) ours(status int) bool {
	return r.err == nil && r.status == status && r.mediaType == scim.MediaType && r.isError
}

// challenged reports whether DevRev saw credentials: it tells those who show none nothing of an
// error (RFC 6750 section 3.1).
func (r reply) challenged() bool {
	return r.ours(http.StatusUnauthorized) && strings.Contains(r.challenge, "invalid_token")
}
