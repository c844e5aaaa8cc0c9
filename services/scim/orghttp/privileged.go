package orghttp

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/directory"
)

// tagOf is the entity tag of a group as the organisation sees it.
func tagOf(g directory.Group) string { return `"` + g.Tag() + `"` }

// patchGroup takes {"privileged": true}, the one thing that an administrator says of a group; null
// is false (RFC 7396).
func (h *handler) patchGroup(c *gin.Context) error {
	body, err := c.GetRawData()
	if err != nil {
		return err
	}
	var asked map[string]*bool
	if err := exactjson.Unmarshal(body, &asked); err != nil || len(asked) != 1 || !named(asked, "privileged") {
		return scim.BadRequest(scim.InvalidValue, "The body must be a JSON object with the one member privileged, true or false.")
	}
	wanted := asked["privileged"] != nil && *asked["privileged"]
	org, id := organisationOf(c), directory.GroupID(c.Param("id"))
	e := audit.New(time.Now(), callerOf(c), audit.ActionPrivilege, string(org.Tenant))
	e.Changes = []audit.Change{{Member: "privileged of group " + string(id), Before: strconv.FormatBool(!wanted), After: strconv.FormatBool(wanted)}}
	outcome := "group_unchanged"
	g, err := h.Groups.SetPrivileged(c.Request.Context(), org, id, func(now directory.Group) (bool, error) {
		if given := c.Request.Header.Values("If-Match"); len(given) > 0 && given[0] != "*" && given[0] != tagOf(now) {
			return false, &groupChanged
		}
		if now.Privileged == wanted {
			return wanted, nil
		}
		outcome = "group_privileged_" + strconv.FormatBool(wanted)
		return wanted, h.audit(c.Request.Context(), e)
	})
	if err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetOutcome(outcome)
	shown, err := h.presentGroups(c, org, []directory.Group{g})
	if err != nil {
		return err
	}
	return answerGroup(c, g, shown[0])
}

func named(members map[string]*bool, name string) bool {
	_, ok := members[name]
	return ok
}

var groupChanged = problem.Problem{
	Status: http.StatusPreconditionFailed, Name: "changed", Title: "The group has changed",
	Detail: "The group has changed since you read it. Read it again, then repeat your change.",
}
