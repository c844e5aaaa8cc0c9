package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// group is a group as the organisation sees it. Members are ids of users; they are there when one
// group is asked for.
type group struct {
	ID          string             `json:"id"`
	DisplayName string             `json:"displayName"`
	ExternalID  string             `json:"externalId,omitempty"`
	Privileged  bool               `json:"privileged,omitempty"`
	MemberCount int                `json:"memberCount"`
	Members     []directory.UserID `json:"members,omitempty"`
	Created     string             `json:"created,omitempty"` // not known of a deleted one
	Modified    string             `json:"modified"`
	Deleted     bool               `json:"deleted,omitempty"`
	Entry       string             `json:"entry,omitempty"` // of the activity, by which it was deleted
}

// groupOrders are the orders of a list of groups. Ids ascend by creation.
var groupOrders = map[string]string{"displayName": "displayName", "created": "id", "modified": "meta.lastModified"}

// groups lists groups: all, those whose name begins with ?q=, or with ?state= those who are
// deleted.
func (h *handler) groups(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	switch state := c.Query("state"); state {
	case "":
	case deletedState:
		return h.deletedGroups(c)
	default:
		return scim.BadRequest(scim.InvalidValue, "%s is not a state of groups: deleted is the only one.", scim.Quote(state))
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	order, err := order(c, org.Schemas.Group, groupOrders)
	if err != nil {
		return err
	}
	if err := page.sorted(order); err != nil {
		return err
	}
	w := where{rt: org.Schemas.Group}
	if err := w.begins(c.Query("q"), "displayName", "externalId"); err != nil {
		return err
	}
	page.query.Filter = w.expr
	found, err := h.Groups.List(ctx, org, page.query)
	if err != nil {
		return err
	}
	groups, err := h.presentGroups(c, org, found.Items)
	if err != nil {
		return err
	}
	next := nextOf(page, found, func(g directory.Group) string { return string(g.ID) })
	c.JSON(http.StatusOK, listOf("groups", groups, found, next))
	return nil
}

// group shows one group with its members; with ?members=false only their number.
func (h *handler) group(c *gin.Context) error {
	ctx, org, id := c.Request.Context(), organisationOf(c), directory.GroupID(c.Param("id"))
	switch members := c.Query("members"); members {
	case "", "true":
	case "false":
		g, err := h.Groups.Get(ctx, org, id, false)
		if err != nil {
			return err
		}
		shown, err := h.presentGroups(c, org, []directory.Group{g})
		if err != nil {
			return err
		}
		return answerGroup(c, g, shown[0])
	default:
		return scim.BadRequest(scim.InvalidValue, "The parameter members must be true or false.")
	}
	g, err := h.Groups.Get(ctx, org, id, true)
	if err != nil {
		return err
	}
	shown := presentGroup(g)
	shown.MemberCount = len(g.Members)
	return answerGroup(c, g, shown)
}

// answerGroup answers with one group, as it is shown.
func answerGroup(c *gin.Context, g directory.Group, shown group) error {
	c.Header("ETag", tagOf(g))
	c.JSON(http.StatusOK, shown)
	return nil
}

// presentGroups shows groups with their member counts, which one look-up returns for all of
// them.
func (h *handler) presentGroups(c *gin.Context, org directory.Organisation, found []directory.Group) ([]group, error) {
	groups, ids := make([]group, len(found)), make([]directory.GroupID, len(found))
	for i, g := range found {
		groups[i], ids[i] = presentGroup(g), g.ID
	}
	if len(ids) == 0 {
		return groups, nil
	}
	counts, err := h.Groups.CountMembers(c.Request.Context(), org, ids...)
	for i, g := range found {
		groups[i].MemberCount = counts[g.ID]
	}
	return groups, err
}

func presentGroup(g directory.Group) group {
	return group{
		ID: string(g.ID), DisplayName: g.DisplayName(), ExternalID: g.Document.String("externalId"), Privileged: g.Privileged, Members: g.Members,
		Created: directory.Timestamp(g.Created), Modified: directory.Timestamp(g.Modified),
	}
}

// member is a user as a list of members shows one.
type member struct {
	ID          string          `json:"id"`
	UserName    string          `json:"userName"`
	DisplayName string          `json:"displayName,omitempty"`
	State       directory.State `json:"state"`
}

// members lists the members of a group in the order of their creation: all, or those whom ?q=
// finds.
func (h *handler) members(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	if err := page.afterID(); err != nil {
		return err
	}
	g, err := h.Groups.Get(ctx, org, directory.GroupID(c.Param("id")), false)
	if err != nil {
		return err
	}
	w := where{rt: org.Schemas.User}
	if err := w.equals("groups.value", string(g.ID)); err != nil {
		return err
	}
	if err := w.begins(c.Query("q"), searchedOfUser...); err != nil {
		return err
	}
	page.query.Filter = w.expr
	found, err := h.Users.List(ctx, org, page.query)
	if err != nil {
		return err
	}
	members := make([]member, len(found.Items))
	for i, u := range found.Items {
		members[i] = member{string(u.ID), u.UserName(), u.Document.String("displayName"), u.State}
	}
	next := nextOf(page, found, func(u directory.User) string { return string(u.ID) })
	c.JSON(http.StatusOK, listOf("members", members, found, next))
	return nil
}
