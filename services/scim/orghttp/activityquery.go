package orghttp

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// activityQuery reads what the parameters select.
func activityQuery(c *gin.Context) (q activity.Query, err error) {
	q.After, q.RequestID = c.Query("after"), c.Query("requestId")
	user, group := c.Query("user"), c.Query("group")
	switch {
	case user != "" && group != "":
		return q, scim.BadRequest(scim.InvalidValue, "Ask for a user or for a group, not for both.")
	case user != "":
		q.Resource = activity.Resource{Type: organisationOf(c).Schemas.User.Name, ID: user}
	case group != "":
		q.Resource = activity.Resource{Type: organisationOf(c).Schemas.Group.Name, ID: group}
	}
	if effect := directory.Effect(c.Query("effect")); effect != "" {
		if !slices.Contains(effects, effect) {
			return q, scim.BadRequest(scim.InvalidValue, "%s is no effect.", scim.Quote(string(effect)))
		}
		q.Effects = []directory.Effect{effect}
	}
	if q.Since, err = instant(c, "since"); err != nil {
		return q, err
	}
	q.Until, err = instant(c, "until")
	return q, err
}

// effects are what can be asked for.
var effects = []directory.Effect{
	directory.Created, directory.Restored, directory.Updated, directory.DeactivatedUser, directory.Reactivated,
	directory.Removed, directory.Unchanged, activity.Refused,
}

func instant(c *gin.Context, parameter string) (time.Time, error) {
	text := c.Query(parameter)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, scim.BadRequest(scim.InvalidValue, "The parameter %s must be a time such as 2026-01-31T08:00:00Z.", parameter)
	}
	return t, nil
}
