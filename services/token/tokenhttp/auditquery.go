package tokenhttp

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web/problem"
)

// auditQuery reads what the parameters select.
func auditQuery(c *gin.Context) (q audit.Query, err error) {
	q.Action, q.TokenID, q.UserID = audit.Action(c.Query("action")), c.Query("tokenId"), c.Query("userId")
	if q.Action != "" && !slices.Contains(audit.Actions(), q.Action) {
		return q, problem.WithDetail(invalidValue, "The parameter action is not an action of the audit, such as token.revoke.")
	}
	if q.After, err = positionOf(c); err != nil {
		return q, err
	}
	if q.Since, err = instantOf(c, "since"); err != nil {
		return q, err
	}
	q.Until, err = instantOf(c, "until")
	return q, err
}

// positionOf reads where the list goes on.
func positionOf(c *gin.Context) (audit.Position, error) {
	after, ok := audit.ParsePosition(c.Query("after"))
	if !ok {
		return after, problem.WithDetail(invalidValue, "The parameter after must be the next of an answer to this request.")
	}
	return after, nil
}

// limitOf returns how many are requested: 100 by default, 200 at most.
func limitOf(c *gin.Context) (int, error) {
	page, err := scim.ParsePage("", c.Query("limit"))
	if err != nil {
		return 0, problem.WithDetail(invalidValue, "The parameter limit must be a decimal integer.")
	}
	return page.Count, nil
}

func instantOf(c *gin.Context, parameter string) (time.Time, error) {
	text := c.Query(parameter)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, problem.WithDetail(invalidValue, "The parameter "+parameter+" must be a time such as 2026-01-31T08:00:00Z.")
	}
	return t, nil
}
