package console

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/web"
)

// failed is a form that was sent and could not be carried out. The page shows it again with what
// was typed.
type failed struct {
	Detail    string
	RequestID string
	values    url.Values
	status    int
}

// Value returns what was typed into the field.
func (f *failed) Value(field string) string {
	if f == nil {
		return ""
	}
	return f.values.Get(field)
}

// again answers a form that failed with the page it is on. What is not the form's fault (401, an
// organisation of others) is not shown there.
func (v *visit) again(err error, show page) error {
	p, refused := errors.AsType[*apiclient.Problem](err)
	if refused && (p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden || p.Status == http.StatusNotFound) || !refused && !away(err) {
		return err
	}
	if _, ours := errors.AsType[*refusal](err); ours {
		return err
	}
	v.failed = &failed{Detail: sentence(err), RequestID: web.RequestID(v.Request.Context()), values: v.Request.PostForm, status: http.StatusServiceUnavailable}
	if refused {
		v.failed.status = p.Status
		if p.RequestID != "" {
			v.failed.RequestID = p.RequestID // the one that the service knows
		}
	}
	if v.failed.status == http.StatusServiceUnavailable {
		v.Header("Retry-After", "5")
	}
	shown := show(v)
	if shown == nil || refusalOf(shown).status != http.StatusServiceUnavailable {
		return shown
	}
	// The page itself needs what is away, so the form is shown alone.
	values := maps.Clone(v.Request.PostForm)
	values.Del(formTokenField)
	return v.show(v.failed.status, "resume", "Not available at the moment", session.Draft{Path: v.Request.URL.Path, Values: values})
}

// wrong answers a form with a field that the console itself finds wrong.
func (v *visit) wrong(detail string, show page) error {
	v.failed = &failed{Detail: detail, RequestID: web.RequestID(v.Request.Context()), values: v.Request.PostForm, status: http.StatusBadRequest}
	return show(v)
}

// notices are what was just done, by the parameter done of the page that it leads to.
var notices = map[string]string{
	"revoke":       "The token is revoked. It stopped working at once, and can be restored for 10 minutes.",
	"end":          "The token has ended. It can be restored for 10 minutes.",
	"restore":      "The token works again.",
	"cancel":       "The rotation is taken back: the token before is the current one again.",
	"disable":      "SCIM is off. All tokens have ended; people and groups stay as they are.",
	"rename":       "The token has its new name.",
	"email":        "The e-mail address is changed.",
	"erase":        "Everything that was kept about the person is erased.",
	"display-name": "The display name is changed.",
	"privileged":   "It is noted what membership of the group grants.",
	"approve":      "It is done: who was held leaves now. Of many people, that takes a moment.",
	"reject":       "They stay. The same request of your identity provider is refused for 7 days: assign the people there again.",
	"let-in":       "The person is a member of the group now.",
	"end-waiting":  "The member waits no longer. If your identity provider adds it once more, it waits again.",
	"settings":     "The setting is changed, for every SCIM request from now on.",
}

// done leads to a page that says what was done.
func (v *visit) done(what, path string) error {
	v.Redirect(http.StatusSeeOther, path+"?done="+what)
	return nil
}

// path returns a path of the organisation's pages.
func (v *visit) path(elements ...string) string {
	escaped := []string{Path, "o", url.PathEscape(v.org)}
	for _, e := range elements {
		escaped = append(escaped, url.PathEscape(e))
	}
	return strings.Join(escaped, "/")
}
