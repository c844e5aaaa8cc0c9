package orghttp

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// moment is one line of a timeline.
type moment struct {
	activity.Entry
	Sentence string `json:"sentence"` // what happened, in words
}

// names are the names of users, by their ids. A deleted user has none.
type names map[directory.UserID]string

// mostNamed bounds the users whose names one answer has.
const mostNamed = 1000

// timelineKinds are the kinds of entries in a timeline: what happened, and what was refused.
// Refused reads are part of the activity alone.
var timelineKinds = []activity.Kind{activity.KindChange, activity.KindEdit, activity.KindSignIn}

// userTimeline lists what happened to a user, who may be deleted, newest first or, with ?sort=at,
// oldest first: changes, refused ones too, joined and left groups, sign-ins and edits.
func (h *handler) userTimeline(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	page, q, err := timelineQuery(c)
	if err != nil {
		return err
	}
	u, err := h.Users.GetDeleted(ctx, org, directory.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	q.Resource, q.WithGroups = activity.Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}, true
	entries, err := h.Activity.List(ctx, org, q)
	if err != nil {
		return err
	}
	first, last, err := h.Activity.SignIns(ctx, org, u.ID)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, struct {
		Timeline    []moment  `json:"timeline"`
		Next        string    `json:"next"`
		FirstSignIn time.Time `json:"firstSignInAt,omitzero"`
		LastSignIn  time.Time `json:"lastSignInAt,omitzero"`
	}{told(entries, func(e *activity.Entry) string { return e.SentenceFor(u.ID) }), page.next(len(entries), false, func() string { return entries[len(entries)-1].ID }), first, last})
	return nil
}

// groupTimeline is userTimeline for a group, with the names of those who joined and left. A group
// that is deleted is known as long as the activity has an entry of it.
func (h *handler) groupTimeline(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	page, q, err := timelineQuery(c)
	if err != nil {
		return err
	}
	q.Resource = activity.Resource{Type: org.Schemas.Group.Name, ID: c.Param("id")}
	entries, err := h.Activity.List(ctx, org, q)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		if _, err := h.Groups.Get(ctx, org, directory.GroupID(q.Resource.ID), false); err != nil {
			return err
		}
	}
	called, err := h.namesIn(c, entries...)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, struct {
		Timeline []moment `json:"timeline"`
		Names    names    `json:"names,omitempty"`
		Next     string   `json:"next"`
	}{told(entries, (*activity.Entry).Sentence), called, page.next(len(entries), false, func() string { return entries[len(entries)-1].ID })})
	return nil
}

// timelineQuery reads what the parameters ask for.
func timelineQuery(c *gin.Context) (page, activity.Query, error) {
	page, err := pageOf(c)
	q := activity.Query{Kinds: timelineKinds, After: c.Query("after"), Limit: page.query.Limit}
	switch sort := c.Query("sort"); sort {
	case "", "-at":
	case "at":
		q.OldestFirst = true
	default:
		err = scim.BadRequest(scim.InvalidValue, "%s is not an order of a timeline: it is at, the oldest first, or -at.", scim.Quote(sort))
	}
	if err == nil {
		err = page.afterID()
	}
	return page, q, err
}

func told(entries []activity.Entry, sentence func(*activity.Entry) string) []moment {
	moments := make([]moment, len(entries))
	for i, e := range entries {
		moments[i] = moment{e, sentence(&e)}
	}
	return moments
}

// namesIn returns the names of those whom the entries name as members; none where the organisation
// keeps values out of its activity.
func (h *handler) namesIn(c *gin.Context, entries ...activity.Entry) (names, error) {
	var ids []directory.UserID
	for _, e := range entries {
		ids = append(ids, slices.Concat(e.Members.Added, e.Members.Removed)...)
	}
	return h.namesOf(c, ids)
}

func (h *handler) namesOf(c *gin.Context, ids []directory.UserID) (names, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 || organisationOf(c).HideValues {
		return nil, nil
	}
	return h.Groups.NamesOf(c.Request.Context(), organisationOf(c), ids[:min(len(ids), mostNamed)])
}

// movedMember is a user who joined a group or left it by a change.
type movedMember struct {
	ID     directory.UserID `json:"id"`
	Name   string           `json:"name,omitempty"`
	Change string           `json:"change"` // "joined" or "left"
}

// entryMembers lists all who joined and left a group by the change of an entry.
func (h *handler) entryMembers(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	skip := 0
	if after := c.Query("after"); after != "" {
		if skip, err = strconv.Atoi(after); err != nil || skip < 0 {
			return scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next.")
		}
	}
	moved, err := h.Activity.Moved(ctx, org, c.Param("id"), skip, page.query.Limit)
	if err != nil {
		return err
	}
	ids := make([]directory.UserID, len(moved))
	for i, m := range moved {
		ids[i] = m.User
	}
	called, err := h.namesOf(c, slices.Clone(ids))
	if err != nil {
		return err
	}
	members := make([]movedMember, len(moved))
	for i, m := range moved {
		members[i] = movedMember{m.User, called[m.User], "left"}
		if m.Joined {
			members[i].Change = "joined"
		}
	}
	c.JSON(http.StatusOK, gin.H{"members": members, "next": page.next(len(moved), false, func() string { return strconv.Itoa(skip + len(moved)) })})
	return nil
}
