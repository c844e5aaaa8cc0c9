package orghttp

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

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

// heldPerson is a person of a hold, with the present name.
type heldPerson struct {
	guard.Held
	Name string `json:"name,omitempty"`
}

// held lists the people of a hold, by their ids; ?state= selects those in one state.
func (h *handler) held(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	p, err := pageOf(c)
	if err == nil {
		err = p.afterID()
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
	list, err := h.Guard.ListHeld(ctx, org.Tenant, found.ID, state, directory.UserID(c.Query("after")), p.query.Limit)
	if err != nil {
		return err
	}
	ids := make([]directory.UserID, len(list))
	for i, held := range list {
		ids[i] = held.User
	}
	called, err := h.namesOf(c, ids)
	if err != nil {
		return err
	}
	people := make([]heldPerson, len(list))
	for i, held := range list {
		people[i] = heldPerson{held, called[held.User]}
	}
	c.JSON(http.StatusOK, gin.H{"changes": people, "next": p.next(len(list), false, func() string { return string(list[len(list)-1].User) })})
	return nil
}

// decision is the body of a decision.
type decision struct {
	Changes *[]directory.UserID `json:"changes"` // absent: all
	Note    string              `json:"note"`
}

// decide takes an administrator's decision about all people of a hold, or some of them.
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
			return scim.BadRequest(scim.InvalidValue, "The body may be a JSON object with changes, a list of 1 to %d ids of users, and note, a text of at most %d bytes; without changes, it is about all.",
				guard.MostDecided, guard.MaxNote)
		}
		d := guard.Decision{Verdict: verdict, Note: asked.Note, By: callerOf(c)}
		if asked.Changes != nil {
			d.People = *asked.Changes
		}
		found, decided, err := h.Guard.Decide(c.Request.Context(), organisationOf(c), c.Param("id"), d)
		if err != nil {
			return err
		}
		web.EventFrom(c.Request.Context()).SetOutcome(fmt.Sprint("hold_", verdict))
		return h.answerHold(c, found, decided)
	}
}
