package console

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/web"
)

// refusal is a page that is not the one that was asked for. detail is a sentence for the person.
type refusal struct {
	status        int
	title, detail string
	cause         error // for the log
}

// Error gives the detail.
func (r *refusal) Error() string { return r.detail }

// Unwrap returns the private cause.
func (r *refusal) Unwrap() error { return r.cause }

// ErrorType is the status, for telemetry.
func (r *refusal) ErrorType() string { return strconv.Itoa(r.status) }

// errNothingHere is what is neither there nor shown to be another's.
var errNothingHere = &refusal{status: http.StatusNotFound, title: "Nothing here", detail: "There is no such page, or it is about something that you may not see."}

// refusalOf returns err as a page.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if p, ok := errors.AsType[*apiclient.Problem](err); ok {
		return ofProblem(p)
	}
	if refused, ok := errors.AsType[web.Error](err); ok {
		switch refused.Status {
		case http.StatusNotFound:
			return errNothingHere
		case http.StatusInternalServerError:
		default:
			return &refusal{status: refused.Status, title: http.StatusText(refused.Status), detail: refused.Detail}
		}
	}
	if away(err) {
		return &refusal{status: http.StatusServiceUnavailable, title: "Not available at the moment", detail: sentence(err), cause: err}
	}
	return &refusal{status: http.StatusInternalServerError, title: "Something went wrong here", detail: "It is not your mistake. Try again; if the problem persists, contact DevRev support and give it the request id.", cause: err}
}

func ofProblem(p *apiclient.Problem) *refusal {
	switch p.Status {
	case http.StatusForbidden, http.StatusNotFound:
		return errNothingHere
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return &refusal{status: p.Status, title: "Not available at the moment", detail: p.Detail}
	default:
		return &refusal{status: p.Status, title: p.Title, detail: p.Detail}
	}
}

// away reports whether err says that a service does not answer, and that asking again may help.
func away(err error) bool {
	if p, ok := errors.AsType[*apiclient.Problem](err); ok {
		return p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests
	}
	_, silent := errors.AsType[*apiclient.NoAnswer](err)
	_, stranger := errors.AsType[*apiclient.UnexpectedResponse](err)
	return silent || stranger
}

// sentence returns the sentence that a person sees for err.
func sentence(err error) string {
	if p, ok := errors.AsType[*apiclient.Problem](err); ok {
		return cmp.Or(p.Detail, p.Title)
	}
	if away(err) {
		return "The service behind this page does not answer. Try again in a few seconds."
	}
	return refusalOf(err).detail
}

// writeError answers with the page of err.
func (s *Console) writeError(c *gin.Context, err error) {
	r := refusalOf(err)
	if r.cause != nil {
		web.EventFrom(c.Request.Context()).SetErr(r.cause)
	}
	if r.status == http.StatusServiceUnavailable && c.Writer.Header().Get("Retry-After") == "" {
		c.Header("Retry-After", "5")
	}
	v := &visit{Context: c, console: s, org: c.Param("org")}
	if !s.jar.Get(c.Request, sessionCookie, &v.session) || !v.session.Live(s.deps.Now()) || v.session.Org != "" && v.session.Org != v.org {
		v.session, v.org = session.Session{}, "" // the frame of those who are not signed in
	}
	if isPoll(c) {
		c.JSON(r.status, gin.H{"detail": r.detail})
		return
	}
	data := struct{ Detail, RequestID string }{r.detail, web.RequestID(c.Request.Context())}
	if err := v.show(r.status, "refusal", r.title, data); err != nil {
		c.String(http.StatusInternalServerError, "This page cannot be made.")
	}
}
