package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/prose"
)

var activityFilters = []string{"effect", "client", "kind", "tokenId", "requestId", "traceId", "user", "group", "since", "until"}

// activityPage is what the identity provider did.
type activityPage struct {
	apiclient.Activity

	Pager    pager
	Filtered bool
}

func (s *Console) activity(v *visit) error {
	query := v.query(activityFilters...)
	if id := strings.TrimSpace(v.Query("id")); id != "" { // a request's or a trace's, as people have it
		if len(id) == 32 {
			query.Set("traceId", id)
		} else {
			query.Set("requestId", id)
		}
	}
	found, err := v.api.Activity(v.Request.Context(), query)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "activity", "Activity", activityPage{found, v.pager(found.Next), v.filtered(append(activityFilters, "id")...)})
}

func (s *Console) entry(v *visit) error {
	return s.showEntry(v, v.Param("id"))
}

func (s *Console) showEntry(v *visit, id string) error {
	e, err := v.api.Entry(v.Request.Context(), id)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "entry", did(e), e, crumb{"Activity", v.path("activity")})
}

// did says what an entry did, in a sentence without its subject's name where that is not known.
func did(e apiclient.ActivityEntry) string {
	what := strings.ToLower(e.Resource.Type)
	if e.Name != "" {
		what += " " + e.Name
	}
	if what == "" {
		what = "the directory"
	}
	switch {
	case e.Kind == "sign-in":
		return capital(what) + " signed in"
	case e.Kind == "auth":
		return credential(e.Credential)
	case e.Kind == "guard" && what == "group":
		return fmt.Sprintf("%d of %d members left a group within %s", e.Mass.Left, e.Mass.Of, prose.Count(e.Mass.Minutes, "minute"))
	case e.Kind == "guard":
		return fmt.Sprintf("%d of %d enabled people were deactivated or deleted within %s", e.Mass.Left, e.Mass.Of, prose.Count(e.Mass.Minutes, "minute"))
	case e.Kind == "read":
		return "A read was refused"
	case e.Effect == "refused":
		return verb(e.Method) + " of " + what + " was refused"
	case e.Effect == "unchanged":
		return verb(e.Method) + " of " + what + " changed nothing"
	case e.MembersAdded > 0 && e.MembersRemoved > 0:
		return fmt.Sprintf("%s: %s came, %d went", capital(what), prose.Count(e.MembersAdded, "member"), e.MembersRemoved)
	case e.MembersAdded > 0 && e.Effect != "created":
		return capital(what) + ": " + prose.Count(e.MembersAdded, "member") + " came"
	case e.MembersRemoved > 0 && e.Effect != "deleted":
		return capital(what) + ": " + prose.Count(e.MembersRemoved, "member") + " went"
	default:
		return capital(what) + " was " + e.Effect
	}
}

// verb is a method as a noun.
func verb(method string) string {
	switch method {
	case http.MethodPost:
		return "A create"
	case http.MethodDelete:
		return "A removal"
	case http.MethodGet:
		return "A read"
	default:
		return "A change"
	}
}

// by says who did it.
func by(e apiclient.ActivityEntry) string {
	switch {
	case e.By == "administrator":
		return "an administrator"
	case e.By == "person":
		return "the person"
	case e.By == "service":
		return "DevRev"
	default:
		return client(e.Client)
	}
}
