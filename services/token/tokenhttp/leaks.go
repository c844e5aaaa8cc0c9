package tokenhttp

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/leak"
)

// LeakPath is where GitHub reports tokens that it found in public.
const LeakPath = "/leaks/github"

// Bounds of the endpoint for reports. Every client can call it, and a body must be read before its
// sender is known. So a report takes a slot only once it has been read, and a client that only
// holds a connection takes none.
const (
	maxReports  = 32       // that are worked on at a time
	maxRevoking = 16       // tokens of one report at a time, as many connections to stores
	maxUnread   = 64 << 20 // bytes of all bodies at a time
)

// LeakPace returns how fast the body of a report has to come.
func LeakPace() web.Pace { return web.Pace{Grace: 5 * time.Second} }

// gitHub is the subject of what GitHub's reports lead to, in the audit.
const gitHub = "github"

// eventLeaked is the kind of telemetry's token events.
const eventLeaked = "leaked"

// The refusals of this endpoint alone. They are the same for every body.
var (
	notSigned = problem.Problem{
		Status: http.StatusForbidden, Name: "not-signed", Title: "Not a report of GitHub's",
		Detail: "Reports are taken from GitHub's secret scanning only, signed under a key that GitHub publishes.",
	}
	signatureUnchecked = problem.Problem{
		Status: http.StatusServiceUnavailable, Name: "unavailable", Title: "Not possible at the moment",
		Detail: "The signature cannot be checked at the moment. Send the report again.",
	}
	notAllRevoked = problem.Problem{
		Status: http.StatusServiceUnavailable, Name: "unavailable", Title: "Not possible at the moment",
		Detail: "Not every token could be looked up and revoked. Send the report again.",
	}
)

// LeakDeps are the dependencies of the endpoint for reports.
type LeakDeps struct {
	Issuer  *issuer.Issuer
	Keys    *leak.Keys
	Metrics *telemetry.Metrics
	Log     *slog.Logger
}

// RegisterLeaks registers the endpoint for reports under r, which should serve nothing else: it is
// for a listener that the internet reaches. Callers are known by the signature alone. The engine's
// WriteError must be this package's. The error names what is missing in d.
func RegisterLeaks(r gin.IRouter, d LeakDeps) error {
	if err := required.Check(d); err != nil {
		return err
	}
	h := &leakHandler{LeakDeps: d, reports: web.NewBudget(maxReports, maxReports), bytes: web.NewBudget(maxUnread, maxUnread)}
	r.POST(LeakPath, alarm(d.Metrics), web.BodyLimit(leak.MaxBody), web.Handle(h.report))
	return nil
}

type leakHandler struct {
	LeakDeps

	reports, bytes *web.Budget
}

// verdictOnMatch is the answer to GitHub on one match, in GitHub's form, with the token's hash.
type verdictOnMatch struct {
	Hash  string `json:"token_hash"`
	Type  string `json:"token_type"`
	Label string `json:"label"`
}

const (
	truePositive  = "true_positive"
	falsePositive = "false_positive"
)

func (h *leakHandler) report(c *gin.Context) error {
	signature, err := h.Keys.Signature(c.Request.Context(), only(c, leak.KeyHeader), only(c, leak.SignatureHeader))
	if err != nil {
		// Else net/http reads the body before it sends the answer, for as long as that takes.
		c.Header("Connection", "close")
		return h.refuse(c, err)
	}
	held := h.bytes.Share("")
	defer held.Release()
	c.Request.Body = web.Charge(c.Request.Body, held)
	body, err := readBody(c)
	if err != nil {
		return err
	}
	place := h.reports.Share("")
	defer place.Release()
	if !place.Take(1) {
		return web.ErrOverloaded
	}
	if err := signature.Verify(body); err != nil {
		return h.refuse(c, err)
	}
	matches, err := leak.Decode(body)
	switch {
	case errors.Is(err, leak.ErrTooMany):
		return problem.WithDetail(tooLarge, "There are more than "+strconv.Itoa(leak.MaxMatches)+" matches in the report. Send it in parts.")
	case err != nil:
		return problem.WithDetail(malformedBody, "The body is not a JSON array of matches.")
	}
	verdicts, err := h.revoke(c, matches)
	if err != nil {
		return problem.Because(notAllRevoked, err)
	}
	c.JSON(http.StatusOK, verdicts)
	return nil
}

// refuse answers a report whose signature is not right, or could not be checked.
func (*leakHandler) refuse(c *gin.Context, err error) error {
	if errors.Is(err, leak.ErrSignature) {
		return problem.Because(notSigned, err)
	}
	web.RetryAfter(c, leak.RetryAfter)
	return problem.Because(signatureUnchecked, err)
}

// only returns the value of a header that is there once; "" else.
func only(c *gin.Context, header string) string {
	if values := c.Request.Header.Values(header); len(values) == 1 {
		return values[0]
	}
	return ""
}

// revoke revokes every token that is found, also where one before it could not be, and returns a
// verdict on each match.
func (h *leakHandler) revoke(c *gin.Context, matches []leak.Match) ([]verdictOnMatch, error) {
	by := callerFrom(c, gitHub)
	var group errgroup.Group
	group.SetLimit(maxRevoking)
	leaks, first := make([]issuer.Leak, len(matches)), make(map[string]int, len(matches))
	for i, m := range matches {
		if _, again := first[m.Hash]; again { // the same token at another place
			continue
		}
		first[m.Hash] = i
		if m.Token.ID() == "" {
			continue
		}
		group.Go(func() (err error) {
			leaks[i], err = h.Issuer.Leaked(c.Request.Context(), by, m.Token, m.Source)
			return err
		})
	}
	err := group.Wait()
	verdicts, news := make([]verdictOnMatch, len(matches)), 0
	for i, m := range matches {
		verdicts[i] = verdictOnMatch{Hash: m.Hash, Type: m.Type, Label: falsePositive}
		if leaks[first[m.Hash]].Genuine() {
			verdicts[i].Label = truePositive
		}
		if leaks[i].News {
			news++
			h.tell(c, leaks[i])
		}
	}
	ev := web.EventFrom(c.Request.Context())
	ev.Add("matches", len(matches))
	ev.Add("leaked", news)
	return verdicts, err
}

// tell logs the leak for the operator. The public place is in the audit alone.
func (h *leakHandler) tell(c *gin.Context, l issuer.Leak) {
	ctx := c.Request.Context()
	h.Metrics.TokenEvents(ctx, eventLeaked)
	h.Log.WarnContext(ctx, "a token was reported as leaked",
		slog.String("organisation", l.Org), slog.String("token_id", l.TokenID))
}
