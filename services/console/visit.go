package console

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/web"
)

// maxForm bounds a form in bytes. The longest thing that is typed is an extension schema.
const maxForm = 64 << 10

// provenWithin is how long ago a person who does something dangerous may have proved who they are.
const provenWithin = 15 * time.Minute

// renewBefore is how much of an access token's life a page leaves to the form on it.
const renewBefore = 2 * time.Minute

// visit is one request of a person who is signed in.
type visit struct {
	*gin.Context

	console *Console
	session session.Session
	org     string // of the page; "" outside of an organisation
	api     *apiclient.Organisation
	failed  *failed // a form that could not be carried out, which the page shows again
	notice  string  // what was just done
}

// page answers a visit, or returns why not and has written nothing.
type page func(*visit) error

// signedIn answers those who are signed in; the others are led to the issuer and come back.
func (s *Console) signedIn(h page) web.Handler {
	return func(c *gin.Context) error {
		v := &visit{Context: c, console: s}
		now := s.deps.Now()
		if !s.jar.Get(c.Request, sessionCookie, &v.session) || !v.session.Live(now) || v.session.Over(now) {
			return s.signInFirst(v)
		}
		if c.Request.Method == http.MethodGet && !isPoll(c) && v.session.Expires.Sub(now) < renewBefore {
			return s.signInFirst(v)
		}
		if now.Sub(v.session.Seen) >= time.Minute && !isPoll(c) {
			v.session.Seen = now.Truncate(time.Second)
			if err := s.jar.Set(c.Writer, sessionCookie, v.session, 0); err != nil {
				return err
			}
		}
		if c.Request.Method == http.MethodPost && !v.session.HoldsFormToken(c.Request.URL.Path, c.PostForm(formTokenField)) {
			return &refusal{status: http.StatusForbidden, title: "This form is out of date", detail: "It was made for another session. Open the page again; nothing was changed."}
		}
		return h(v)
	}
}

// inOrganisation answers those who are signed in, about the organisation of the path. Whether they
// may see it, the services decide.
func (s *Console) inOrganisation(h page) web.Handler {
	return s.signedIn(func(v *visit) error {
		v.org = v.Param("org")
		web.EventFrom(v.Request.Context()).SetOrganisation(v.org)
		if v.session.Org != "" && v.session.Org != v.org {
			return errNothingHere
		}
		token := v.session.AccessToken
		api, err := s.deps.API.As(func() (string, error) { return token, nil }).Organisation(v.org)
		if err != nil {
			return errNothingHere
		}
		v.api = api
		v.notice = notices[v.Query("done")]
		err = h(v)
		if p, ok := errors.AsType[*apiclient.Problem](err); ok && p.Status == http.StatusUnauthorized {
			return s.signInFirst(v)
		}
		return err
	})
}

// change keeps those who may only look from what changes something. The services would refuse them
// as well.
func change(h page) page {
	return func(v *visit) error {
		if !v.MayChange() {
			return &refusal{status: http.StatusForbidden, title: "You may look, and change nothing", detail: "This needs the role " + access.ScimAdmin + "."}
		}
		return h(v)
	}
}

// MayChange reports whether the person may change the organisation of the page.
func (v *visit) MayChange() bool {
	return v.session.Org != "" && v.session.Org == v.org && slices.Contains(v.session.Roles, access.ScimAdmin)
}

// proved reports whether the person has proved who they are lately; if not, it has answered with a
// page on which they can.
func (v *visit) proved(title string) (bool, error) {
	if v.session.Proved(v.console.deps.Now(), provenWithin) {
		return true, nil
	}
	return false, v.console.askAgain(v, title)
}

// isPoll reports whether a script asks, which is no sign of a person.
func isPoll(c *gin.Context) bool { return c.GetHeader("Accept") == "application/json" }
