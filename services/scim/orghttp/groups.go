package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/scim/directory"
)

// group is a group as the organisation sees it. Members are ids of users; they are there when one group is asked for.
type group struct {
	ID          string             `json:"id"`
	DisplayName string             `json:"displayName"`
	ExternalID  string             `json:"externalId,omitempty"`
	Members     []directory.UserID `json:"members,omitempty"`
	Created     string             `json:"created"`
	Modified    string             `json:"modified"`
}

func (h *door) groups(c *gin.Context) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	found, err := h.Groups.List(c.Request.Context(), organisationOf(c), page.query)
	if err != nil {
		return err
	}
	groups := make([]group, len(found.Items))
	for i, g := range found.Items {
		groups[i] = presentGroup(g)
	}
	c.JSON(http.StatusOK, gin.H{"groups": groups, "total": found.Total, "next": page.next(len(groups), found.Cut, func() string { return groups[len(groups)-1].ID })})
	return nil
}

func (h *door) group(c *gin.Context) error {
	g, err := h.Groups.Get(c.Request.Context(), organisationOf(c), directory.GroupID(c.Param("id")), true)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, presentGroup(g))
	return nil
}

func presentGroup(g directory.Group) group {
	return group{
		ID: string(g.ID), DisplayName: g.DisplayName(), ExternalID: g.Document.String("externalId"), Members: g.Members,
		Created: directory.Timestamp(g.Created), Modified: directory.Timestamp(g.Modified),
	}
}
