package console

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/console/session"
)

// The cookies.
const (
	sessionCookie = "scim_session"
	loginCookie   = "scim_login"
	draftCookie   = "scim_draft"
)

// formTokenField is the field of a form that only a page of the same session can know.
const formTokenField = "form_token"

// loginLife is how long a sign-in, and the form that waits for it, may take.
const loginLife = 10 * time.Minute

// returnPaths are the paths that a sign-in may lead to: pages of the console and nothing that a
// browser takes for another host.
var returnPaths = regexp.MustCompile(`^/console/[^/\\][^\\]*$`)

// home leads to the page that a person begins with.
func (s *Console) home(c *gin.Context) error {
	return s.signedIn(func(v *visit) error {
		to := Path + "/staff"
		if v.session.Org != "" {
			to = Path + "/o/" + url.PathEscape(v.session.Org) + "/"
		}
		c.Redirect(http.StatusSeeOther, to)
		return nil
	})(c)
}

// signInFirst leads to the issuer. A form that was sent waits in a cookie.
func (s *Console) signInFirst(v *visit) error {
	switch {
	case isPoll(v.Context):
		v.JSON(http.StatusUnauthorized, gin.H{"detail": "Your sign-in has ended. Open the page again."})
		return nil
	case v.Request.Method != http.MethodGet:
		return s.askAgain(v, "")
	}
	to := Path + "/login?" + url.Values{"return": {v.Request.URL.RequestURI()}}.Encode()
	v.Redirect(http.StatusSeeOther, to)
	return nil
}

// askAgain answers a form with a page on which the person signs in again, and finds the form after
// that. title is what the form does.
func (s *Console) askAgain(v *visit, title string) error {
	_ = v.Request.ParseForm() // what cannot be read is not kept
	values := url.Values{}
	for name, value := range v.Request.PostForm {
		if name != formTokenField {
			values[name] = value
		}
	}
	draft := session.Draft{
		Path: v.Request.URL.Path, Title: title, Values: values, Owner: v.session.Subject, Until: s.deps.Now().Add(loginLife),
	}
	kept := s.jar.Set(v.Writer, draftCookie, draft, int(loginLife.Seconds())) == nil // else it is longer than a cookie may be
	query := url.Values{"return": {Path + "/resume"}}
	if !kept {
		query.Set("return", v.Request.URL.Path)
	}
	if title != "" {
		query.Set("again", "1")
	}
	return v.show(http.StatusUnauthorized, "again", "Sign in again", struct {
		Title, Login string
		Kept         bool
	}{title, Path + "/login?" + query.Encode(), kept})
}

// resume shows the form that waited while the person signed in.
func (s *Console) resume(v *visit) error {
	var draft session.Draft
	ok := s.jar.Get(v.Request, draftCookie, &draft)
	s.jar.Clear(v.Writer, draftCookie)
	if !ok || s.deps.Now().After(draft.Until) || draft.Owner != v.session.Subject && draft.Owner != "" || !returnPaths.MatchString(draft.Path) {
		v.Redirect(http.StatusSeeOther, Path+"/")
		return nil
	}
	return v.show(http.StatusOK, "resume", "Go on with what you began", draft)
}

// login begins a sign-in.
func (s *Console) login(c *gin.Context) error {
	back := c.Query("return")
	if !returnPaths.MatchString(back) {
		back = Path + "/"
	}
	begun := session.Login{State: random(), Nonce: random(), Return: back, Until: s.deps.Now().Add(loginLife)}
	var old session.Session
	over := s.jar.Get(c.Request, sessionCookie, &old) && old.Over(s.deps.Now())
	to, verifier, err := s.sso.begin(c.Request.Context(), begun.State, begun.Nonce, over || c.Query("again") != "")
	if err != nil {
		return err
	}
	begun.Verifier = verifier
	if err := s.jar.Set(c.Writer, loginCookie, begun, int(loginLife.Seconds())); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// issuerErrors are what an issuer may answer with (RFC 6749 section 4.1.2.1, OpenID Connect Core
// section 3.1.2.6), in words. Its own text is not shown.
var issuerErrors = map[string]string{
	"access_denied":           "DevRev did not let you in.",
	"login_required":          "DevRev wants you to sign in first.",
	"interaction_required":    "DevRev wants to ask you something first. Sign in again.",
	"temporarily_unavailable": "DevRev's sign-in is not available at the moment. Try again in a minute.",
	"server_error":            "DevRev's sign-in failed. Try again in a minute.",
}

// callback ends a sign-in.
func (s *Console) callback(c *gin.Context) error {
	var begun session.Login
	known := s.jar.Get(c.Request, loginCookie, &begun)
	s.jar.Clear(c.Writer, loginCookie)
	if !known || s.deps.Now().After(begun.Until) || begun.State == "" || c.Query("state") != begun.State {
		return &refusal{status: http.StatusBadRequest, title: "This sign-in was not begun here", detail: "It took more than 10 minutes, was used before, or began in another browser. Sign in again."}
	}
	if code := c.Query("error"); code != "" {
		said, ok := issuerErrors[code]
		if !ok {
			said = "DevRev's sign-in refused the console. Tell DevRev's support."
		}
		return &refusal{status: http.StatusForbidden, title: "You are not signed in", detail: said}
	}
	fresh, err := s.sso.finish(c.Request.Context(), c.Query("code"), begun)
	if err != nil {
		return err
	}
	var old session.Session
	now := s.deps.Now()
	fresh.Began, fresh.Seen, fresh.Salt = now, now, session.NewSalt()
	if s.jar.Get(c.Request, sessionCookie, &old) && old.Subject == fresh.Subject && old.Org == fresh.Org && !old.Over(now) {
		fresh.Began, fresh.Salt = old.Began, old.Salt // renewed: the forms of open pages stay good
	}
	if err := s.jar.Set(c.Writer, sessionCookie, fresh, 0); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, begun.Return)
	return nil
}

// logout forgets the session. The issuer still knows the browser; the page says how to end that.
func (s *Console) logout(v *visit) error {
	for _, name := range []string{sessionCookie, loginCookie, draftCookie} {
		s.jar.Clear(v.Writer, name)
	}
	v.Redirect(http.StatusSeeOther, Path+"/signed-out")
	return nil
}

func (s *Console) signedOut(c *gin.Context) error {
	v := &visit{Context: c, console: s}
	return v.show(http.StatusOK, "signedout", "You are signed out", struct{ EndSession string }{s.sso.endSession(c.Request.Context())})
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// unavailable is a refusal of what another party keeps from being answered.
func unavailable(detail string, cause error) error {
	return &refusal{status: http.StatusServiceUnavailable, title: "Not available at the moment", detail: detail, cause: cause}
}
