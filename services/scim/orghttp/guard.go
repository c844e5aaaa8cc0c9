package orghttp

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// guard reports how the guard is set, what it has seen and what it holds.
func (h *handler) guard(c *gin.Context) error {
	report, err := h.Guard.Report(c.Request.Context(), organisationOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, report)
	return nil
}

// hold shows one hold.
func (h *handler) hold(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	found, err := h.Guard.Find(ctx, org.Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	return h.answerHold(c, found, nil)
}

// answerHold answers with a hold and, if some were decided about, with what became of them.
func (h *handler) answerHold(c *gin.Context, found guard.Hold, decided []guard.Decided) error {
	shown, err := h.Guard.ReportHold(c.Request.Context(), organisationOf(c).Tenant, found)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, struct {
		guard.HoldReport
		Changes []guard.Decided `json:"changes,omitempty"`
	}{shown, decided})
	return nil
}

// heldChange is what a hold keeps from happening, with the present names.
type heldChange struct {
	ID guard.HeldID `json:"id"` // by which a decision names it
	guard.Held
	Name      string `json:"name,omitempty"` // of the user
	GroupName string `json:"groupName,omitempty"`
}

// held lists what a hold keeps, by its ids; ?state= selects what is in one state.
func (h *handler) held(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	p, err := pageOf(c)
	if err == nil && p.query.After != nil && !isHeldID(p.query.After.ID) {
		err = scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next.")
	}
	if err != nil {
		return err
	}
	state := guard.HeldState(c.Query("state"))
	switch state {
	case "", guard.Waiting, guard.HeldApplied, guard.HeldRejected, guard.HeldDropped:
	default:
		return scim.BadRequest(scim.InvalidValue, "The parameter state must be waiting, applied, rejected or dropped.")
	}
	found, err := h.Guard.Find(ctx, org.Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	list, err := h.Guard.ListHeld(ctx, org.Tenant, found.ID, state, guard.HeldID(c.Query("after")), p.query.Limit)
	if err != nil {
		return err
	}
	var ids []directory.UserID
	changes := make([]heldChange, len(list))
	for i, held := range list {
		changes[i] = heldChange{ID: held.ID(), Held: held}
		if held.User != "" {
			ids = append(ids, held.User)
		}
	}
	called, err := h.namesOf(c, ids)
	if err != nil {
		return err
	}
	groups, err := h.groupNames(c, list)
	if err != nil {
		return err
	}
	for i, held := range list {
		changes[i].Name, changes[i].GroupName = called[held.User], groups[held.Group]
	}
	c.JSON(http.StatusOK, gin.H{"changes": changes, "next": p.next(len(list), false, func() string { return string(list[len(list)-1].ID()) })})
	return nil
}

// isHeldID reports whether id has the form of a guard.HeldID.
func isHeldID(id string) bool {
	first, second, _ := strings.Cut(id, "/")
	for _, part := range []string{first, second} {
		if parsed, err := uuid.Parse(part); (part != "" || part == first) && (err != nil || parsed.String() != part) {
			return false
		}
	}
	return true
}

// groupNames returns what the groups of which something is held are called; nothing where the
// organisation hides values.
func (h *handler) groupNames(c *gin.Context, list []guard.Held) (map[directory.GroupID]string, error) {
	names, org := map[directory.GroupID]string{}, organisationOf(c)
	for _, held := range list { // by group
		if _, known := names[held.Group]; known || held.Group == "" || org.HideValues {
			continue
		}
		g, err := h.Groups.Get(c.Request.Context(), org, held.Group, false)
		if refusal, ok := errors.AsType[*scim.Error](err); ok && refusal.Status == http.StatusNotFound {
			err = nil // it was deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		names[held.Group] = ""
		if g.Document != nil {
			names[held.Group] = g.DisplayName()
		}
	}
	return names, nil
}

// decision is the body of a decision.
type decision struct {
	Changes *[]guard.HeldID `json:"changes"` // absent: all
	Note    string          `json:"note"`
}

// decide takes an administrator's decision about all that a hold keeps, or a part of it.
func (h *handler) decide(verdict guard.Verdict) web.Handler {
	return func(c *gin.Context) error {
		body, err := c.GetRawData()
		if err != nil {
			return err
		}
		var asked decision
		if len(body) > 0 {
			err = exactjson.Unmarshal(body, &asked)
		}
		if err != nil || asked.Changes != nil && (len(*asked.Changes) == 0 || len(*asked.Changes) > guard.MostDecided) || len(asked.Note) > guard.MaxNote {
			return scim.BadRequest(scim.InvalidValue, "The body may be a JSON object with changes, a list of 1 to %d ids of users or groups, or GROUP/USER for members, and note, a text of at most %d bytes; without changes, it is about all.",
				guard.MostDecided, guard.MaxNote)
		}
		d := guard.Decision{Verdict: verdict, Note: asked.Note, By: callerOf(c)}
		if asked.Changes != nil {
			d.Changes = *asked.Changes
		}
		found, decided, err := h.Guard.Decide(c.Request.Context(), organisationOf(c), c.Param("id"), d)
		if err != nil {
			return err
		}
		web.EventFrom(c.Request.Context()).SetOutcome(fmt.Sprint("hold_", verdict))
		return h.answerHold(c, found, decided)
	}
}
