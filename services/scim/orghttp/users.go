package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// user is a user as the organisation sees it. Times are RFC 3339 in UTC.
type user struct {
	ID          string           `json:"id"`
	UserName    string           `json:"userName"`
	DisplayName string           `json:"displayName,omitempty"`
	Email       string           `json:"email,omitempty"` // the primary one
	ExternalID  string           `json:"externalId,omitempty"`
	State       directory.State  `json:"state"`
	Deleted     bool             `json:"deleted,omitempty"`
	SignedIn    bool             `json:"signedIn"` // at least once
	Groups      []groupRef       `json:"groups"`
	Created     string           `json:"created"`
	Modified    string           `json:"modified"`
	Attributes  *scim.Document   `json:"attributes,omitempty"` // of one user
	Sources     activity.Sources `json:"sources,omitempty"`    // of one user
}

type groupRef struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// searchedOfUser are the attributes of which one has to begin with ?q=.
var searchedOfUser = []string{"userName", "displayName", "name.familyName", "name.givenName", "emails.value", "externalId"}

// userOrders are the orders of a list of users. Ids ascend by creation.
var userOrders = map[string]string{
	"userName": "userName", "displayName": "displayName", "familyName": "name.familyName", "created": "id", "modified": "meta.lastModified",
}

// deletedState is the value of ?state= for users who are deleted.
const deletedState = "deleted"

// users lists users: all, or those that satisfy each of ?ids=, ?userName=, ?state=, ?group=
// and ?q=.
func (h *handler) users(c *gin.Context) error {
	org := organisationOf(c)
	page, err := h.userPage(c, org)
	if err != nil {
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
	next := nextOf(page, found, func(u directory.User) string { return string(u.ID) })
	c.JSON(http.StatusOK, listOf("users", users, found, next))
	return nil
}

// userPage reads what the parameters of a list of users ask for.
func (h *handler) userPage(c *gin.Context, org directory.Organisation) (page, error) {
	page, err := pageOf(c)
	if err != nil {
		return page, err
	}
	order, err := order(c, org.Schemas.User, userOrders)
	if err != nil {
		return page, err
	}
	if err := page.sorted(order); err != nil {
		return page, err
	}
	w := where{rt: org.Schemas.User}
	switch state := c.Query("state"); directory.State(state) {
	case deletedState:
		page.query.Deleted = true
	case "", directory.StateShadow, directory.StateActive, directory.StateDeactivated:
		err = w.equals(scim.DevRevUserSchema+":state", state)
	default:
		err = scim.BadRequest(scim.InvalidValue, "%s is not a state: a user is shadow, active, deactivated or deleted.", scim.Quote(state))
	}
	if ids, ok := c.GetQuery("ids"); ok && err == nil {
		err = w.among(ids)
	}
	if err == nil {
		err = w.equals("userName", c.Query("userName"))
	}
	if err == nil {
		err = w.equals("groups.value", c.Query("group"))
	}
	if err == nil {
		err = w.begins(c.Query("q"), searchedOfUser...)
	}
	page.query.Filter = w.expr
	return page, err
}

// user shows one user with all attributes; a deleted one only with ?deleted=true.
func (h *handler) user(c *gin.Context) error {
	org, read := organisationOf(c), h.Users.Get
	switch deleted := c.Query("deleted"); deleted {
	case "", "false":
	case "true":
		read = h.Users.GetDeleted
	default:
		return scim.BadRequest(scim.InvalidValue, "The parameter deleted must be true or false.")
	}
	u, err := read(c.Request.Context(), org, directory.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	return h.answer(c, org, u)
}

// answer writes one user, as whole shows it.
func (h *handler) answer(c *gin.Context, org directory.Organisation, u directory.User) error {
	shown, err := h.whole(c, org, u)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, shown)
	return nil
}

// whole shows one user, with all attributes but those that are never returned, and who said each
// last.
func (h *handler) whole(c *gin.Context, org directory.Organisation, u directory.User) (user, error) {
	users, err := h.present(c, org, u)
	if err != nil {
		return user{}, err
	}
	shown := users[0]
	shown.Attributes = schema.Projection{}.Apply(org.Schemas.User, u.Document)
	shown.Sources, err = h.Activity.Sources(c.Request.Context(), org, u)
	return shown, err
}

// present shows users with their groups, which one look-up finds for all of them.
func (h *handler) present(c *gin.Context, org directory.Organisation, users ...directory.User) ([]user, error) {
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
			ExternalID: u.ExternalID(), State: u.State, Deleted: u.Deleted, SignedIn: u.SignedIn, Groups: []groupRef{},
			Created: directory.Timestamp(u.Created), Modified: directory.Timestamp(u.Modified),
		}
		for _, g := range groups[u.ID] {
			shown[i].Groups = append(shown[i].Groups, groupRef{string(g.ID), g.DisplayName})
		}
	}
	return shown, nil
}
