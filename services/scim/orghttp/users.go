package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// user is a user as the organisation sees it. Times are RFC 3339 in UTC.
type user struct {
	ID          string          `json:"id"`
	UserName    string          `json:"userName"`
	DisplayName string          `json:"displayName,omitempty"`
	Email       string          `json:"email,omitempty"` // the primary one
	ExternalID  string          `json:"externalId,omitempty"`
	State       directory.State `json:"state"`
	SignedIn    bool            `json:"signedIn"` // at least once
	Groups      []groupRef      `json:"groups"`
	Created     string          `json:"created"`
	Modified    string          `json:"modified"`
}

type groupRef struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// users lists users in the order of their creation: all, or those of ?userName= or ?state=.
func (h *door) users(c *gin.Context) error {
	org := organisationOf(c)
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	if page.query.Filter, err = userFilter(c, org); err != nil {
		return err
	}
	found, err := h.Users.List(c.Request.Context(), org, page.query)
	if err != nil {
		return err
	}
	users, err := h.present(c, org, found.Items...)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"users": users, "total": found.Total, "next": page.next(len(found.Items), found.Cut, func() string { return users[len(users)-1].ID })})
	return nil
}

// userFilter builds the filter of the parameters. It is made of values, never of text, so that no value can widen it.
func userFilter(c *gin.Context, org directory.Organisation) (filter.Expr, error) {
	var all filter.Expr
	for _, p := range []struct{ parameter, path string }{
		{"userName", "userName"},
		{"state", scim.DevRevUserSchema + ":state"},
	} {
		value := c.Query(p.parameter)
		if value == "" {
			continue
		}
		term, err := equals(org.Schemas.User, p.path, value)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = term
		} else {
			all = &filter.And{Left: all, Right: term}
		}
	}
	return all, nil
}

func equals(rt *schema.ResourceType, path, value string) (filter.Expr, error) {
	p, err := rt.Resolve(path)
	if err != nil {
		return nil, err
	}
	comparable, ok := p.Target().Comparable(value)
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s is not a value of %s.", scim.Quote(value), path)
	}
	return &filter.Comparison{Path: p, Op: filter.Equal, Value: comparable}, nil
}

func (h *door) user(c *gin.Context) error {
	org := organisationOf(c)
	u, err := h.Users.Get(c.Request.Context(), org, directory.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	return h.answer(c, org, u)
}

// answer writes one user.
func (h *door) answer(c *gin.Context, org directory.Organisation, u directory.User) error {
	users, err := h.present(c, org, u)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, users[0])
	return nil
}

// present shows users with their groups, which one look-up finds for all of them.
func (h *door) present(c *gin.Context, org directory.Organisation, users ...directory.User) ([]user, error) {
	ids := make([]directory.UserID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	groups, err := h.Users.GroupsOf(c.Request.Context(), org, ids...)
	if err != nil {
		return nil, err
	}
	shown := make([]user, len(users))
	for i, u := range users {
		shown[i] = user{
			ID: string(u.ID), UserName: u.UserName(), DisplayName: u.Document.String("displayName"), Email: u.Email(),
			ExternalID: u.ExternalID(), State: u.State, SignedIn: u.SignedIn, Groups: []groupRef{},
			Created: directory.Timestamp(u.Created), Modified: directory.Timestamp(u.Modified),
		}
		for _, g := range groups[u.ID] {
			shown[i].Groups = append(shown[i].Groups, groupRef{string(g.ID), g.DisplayName})
		}
	}
	return shown, nil
}
