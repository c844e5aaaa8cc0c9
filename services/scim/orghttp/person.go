package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// signIn takes {"userName": "..."}: the person of this name has signed in.
func (h *handler) signIn(c *gin.Context) error {
	return h.tell(c, "userName", func(org directory.Organisation, value string, change *directory.Change) (directory.User, error) {
		u, err := h.Users.SignIn(c.Request.Context(), org, value, change)
		if err != nil {
			return u, err
		}
		return u, h.recordSignIn(c, org, u, change)
	})
}

// recordSignIn records a sign-in in the activity. One after the first does not fail for it.
func (h *handler) recordSignIn(c *gin.Context, org directory.Organisation, u directory.User, made *directory.Change) error {
	err := h.Activity.RecordSignIn(c.Request.Context(), org, requestOf(c, org, u), made)
	if made.Effect == directory.EffectUnchanged && err != nil {
		web.EventFrom(c.Request.Context()).SetErr(err)
		return nil
	}
	return err
}

// setEmail takes {"email": "..."}: the person has another e-mail address.
func (h *handler) setEmail(c *gin.Context) error {
	return h.tell(c, "email", func(org directory.Organisation, value string, change *directory.Change) (directory.User, error) {
		h.audited(c, audit.ActionEmail, change)
		u, err := h.Users.SetEmail(c.Request.Context(), org, directory.UserID(c.Param("id")), value, change)
		if err != nil {
			return u, err
		}
		return u, h.recordEdit(c, org, u, change)
	})
}

// setDisplayName takes {"displayName": "..."}: the person wants to be called so.
func (h *handler) setDisplayName(c *gin.Context) error {
	return h.tell(c, "displayName", func(org directory.Organisation, value string, change *directory.Change) (directory.User, error) {
		h.audited(c, audit.ActionName, change)
		u, err := h.Users.SetDisplayName(c.Request.Context(), org, directory.UserID(c.Param("id")), value, change)
		if err != nil {
			return u, err
		}
		return u, h.recordEdit(c, org, u, change)
	})
}

// recordEdit records in the activity what a person, for whom the platform speaks, or an
// administrator has changed of u.
func (h *handler) recordEdit(c *gin.Context, org directory.Organisation, u directory.User, made *directory.Change) error {
	if made.Effect == directory.EffectUnchanged {
		return nil
	}
	return h.Activity.Record(c.Request.Context(), org, requestOf(c, org, u), made)
}

// causeOf says who changes something by this request.
func causeOf(c *gin.Context) directory.Cause {
	return requestOf(c, organisationOf(c), directory.User{}).Cause()
}

// requestOf says who does something to u: an administrator, or the platform for the person.
func requestOf(c *gin.Context, org directory.Organisation, u directory.User) activity.Request {
	ctx, actor := c.Request.Context(), accesshttp.ActorOf(c)
	by := activity.Request{
		RequestID: web.RequestID(ctx), TraceID: web.TraceID(ctx), By: activity.VoicePerson, Method: c.Request.Method,
		Resource: activity.Resource{Type: org.Schemas.User.Name, ID: string(u.ID)},
	}
	if !actor.Platform {
		by.By, by.Actor = activity.VoiceAdministrator, actor.Subject
	}
	return by
}

// tell reads a body of one member, runs the change that it asks for and answers with the user as it
// is then.
func (h *handler) tell(c *gin.Context, member string, change func(directory.Organisation, string, *directory.Change) (directory.User, error)) error {
	body, err := c.GetRawData()
	if err != nil {
		return err
	}
	doc, err := scim.Decode(body, scim.MaxDepth)
	if err != nil {
		return err
	}
	var text string
	var isText bool
	for name, value := range doc.All() {
		if name == member { // exactly, not as attributes are
			text, isText = value.(string)
		}
	}
	if !isText || doc.Len() != 1 {
		return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "The body must be a JSON object with the one member %s, a string.", member)
	}
	org, made := organisationOf(c), &directory.Change{Cause: causeOf(c)}
	u, err := change(org, text, made)
	if err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetOutcome("user_" + string(made.Effect))
	return h.answer(c, org, u)
}
