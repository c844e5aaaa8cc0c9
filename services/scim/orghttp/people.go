package orghttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// answerByName is what is known of a name.
type answerByName struct {
	Name     string           `json:"name"`
	Found    *user            `json:"found"`             // null: no user has the name
	Deleted  *user            `json:"deleted,omitempty"` // who had it
	Attempts []activity.Entry `json:"attempts"`          // refused creates of it, latest first
	Sentence string           `json:"sentence"`          // why the person is in, or is not
	Remedy   string           `json:"remedy,omitempty"`  // what to do
}

// person answers why the person of ?name= is in, or is not.
func (h *handler) person(c *gin.Context) error {
	ctx, org, name := c.Request.Context(), organisationOf(c), c.Query("name")
	if name == "" {
		return scim.BadRequest(scim.InvalidValue, "Give the parameter name: the userName of a person, or an e-mail address.")
	}
	attempts, err := h.Activity.Attempts(ctx, org, name)
	if err != nil {
		return err
	}
	answer := answerByName{Name: name, Attempts: append([]activity.Entry{}, attempts...)}
	u, err := h.named(ctx, org, name)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		answer.tell(time.Time{}, "There is no user with this name.", "")
	case err != nil:
		return err
	default:
		if err := h.tellOf(c, org, u, &answer); err != nil {
			return err
		}
	}
	c.JSON(http.StatusOK, answer)
	return nil
}

// tellOf records in a what is known of u, who has the name or had it.
func (h *handler) tellOf(c *gin.Context, org directory.Organisation, u directory.User, a *answerByName) error {
	shown, err := h.present(c, org, u)
	if err != nil {
		return err
	}
	if a.Found = &shown[0]; u.Deleted {
		a.Found, a.Deleted = nil, &shown[0]
	}
	why, _, err := h.Activity.Why(c.Request.Context(), org, u)
	if err != nil {
		return err
	}
	a.tell(u.Modified, why, remedyFor(u))
	return nil
}

// tell writes the sentence and the remedy: those that are given and, of a refusal since then, its
// own.
func (a *answerByName) tell(since time.Time, sentence, remedy string) {
	a.Sentence, a.Remedy = sentence, remedy
	switch {
	case len(a.Attempts) > 0 && a.Attempts[0].At.After(since):
		refused, remedy := a.Attempts[0].Attempted()
		a.Sentence, a.Remedy = sentence+" "+refused, remedy
	case a.Found == nil && a.Deleted == nil:
		a.Sentence += fmt.Sprintf(" The identity provider has not asked for it within %d days, or under another name.", int(activity.Retention.Hours()/24))
		a.Remedy = "Look in the identity provider whether the person is assigned to the application, under which userName it sends them, and what its provisioning log says."
	}
}

// remedyFor says what to do so that u gets in; "" where they are in.
func remedyFor(u directory.User) string {
	switch {
	case u.Deleted:
		return "Assign the person to the application in the identity provider again: they come back as the same user."
	case u.State == directory.StateDeactivated:
		return "Assign the person to the application in the identity provider again, or lift the suspension there."
	case u.State == directory.StateShadow:
		return "The person becomes active by signing in."
	default:
		return ""
	}
}

// named returns the user who has the userName, or else the e-mail address; or else the deleted user
// who had it. The error is directory.ErrNotFound if there is none.
func (h *handler) named(ctx context.Context, org directory.Organisation, name string) (directory.User, error) {
	for _, deleted := range []bool{false, true} {
		for _, path := range []string{"userName", "emails.value"} {
			w := where{rt: org.Schemas.User}
			if err := w.equals(path, name); err != nil {
				return directory.User{}, err
			}
			found, err := h.Users.List(ctx, org, directory.Query{Filter: w.expr, Deleted: deleted, Limit: 1})
			if err != nil {
				return directory.User{}, err
			}
			if len(found.Items) > 0 {
				return found.Items[0], nil
			}
		}
	}
	return directory.User{}, directory.ErrNotFound
}
