package orghttp

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// activityQuery reads what the parameters select.
func activityQuery(c *gin.Context) (q activity.Query, err error) {
	q.After, q.RequestID, q.TraceID = c.Query("after"), c.Query("requestId"), c.Query("traceId")
	q.TokenID = c.Query("tokenId")
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
		if !slices.Contains(activity.Effects(), effect) {
			return q, scim.BadRequest(scim.InvalidValue, "%s is not an effect.", scim.Quote(string(effect)))
		}
		q.Effects = []directory.Effect{effect}
	}
	if q.Client = c.Query("client"); q.Client != "" && !slices.Contains(clients, q.Client) {
		return q, scim.BadRequest(scim.InvalidValue, "%s is not a client: there are %s.", scim.Quote(q.Client), strings.Join(clients, ", "))
	}
	if kind := activity.Kind(c.Query("kind")); kind != "" {
		if !slices.Contains(activity.Kinds(), kind) {
			return q, scim.BadRequest(scim.InvalidValue, "%s is not a kind of entry.", scim.Quote(string(kind)))
		}
		q.Kinds = []activity.Kind{kind}
	}
	if status := c.Query("status"); status != "" {
		if q.Status, err = strconv.Atoi(status); err != nil || q.Status < 400 || q.Status > 499 {
			return q, scim.BadRequest(scim.InvalidValue, "The parameter status must be that of a refusal, such as 409.")
		}
	}
	if q.Since, err = instant(c, "since"); err != nil {
		return q, err
	}
	q.Until, err = instant(c, "until")
	return q, err
}

// clients are those that web.Event.Client names.
var clients = []string{"okta", "entra", "other", "unnamed"}

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
