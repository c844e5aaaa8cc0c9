package orghttp

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/undo"
)

// startUndo begins to take back what the body asks for, or to say what that would do.
func (h *handler) startUndo(c *gin.Context) error {
	body, err := c.GetRawData()
	if err != nil {
		return err
	}
	var asked undo.Asked
	if err := exactjson.Unmarshal(body, &asked); err != nil {
		return scim.BadRequest(scim.InvalidValue, "The body must be a JSON object with one of the members entries, requestId, push, since with until, undo and as, "+
			"and if need be client, effects, only and dryRun.")
	}
	ctx, actor, caller := c.Request.Context(), accesshttp.ActorOf(c), callerOf(c)
	once, err := accesshttp.IdempotencyKeyOf(c)
	if err != nil {
		return err
	}
	by := undo.By{RequestID: web.RequestID(ctx), TraceID: web.TraceID(ctx), Once: once}
	if !actor.Platform {
		by.Actor = actor.Subject
	}
	j, err := h.Undo.Start(ctx, organisationOf(c), asked, by, func(j undo.Job) error {
		if j.DryRun {
			return nil
		}
		e := audit.New(time.Now(), caller, audit.ActionUndo, c.Param("org"))
		e.Changes = []audit.Change{{Member: "undo", After: j.ID}}
		return h.audit(ctx, e)
	})
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/organisations/"+c.Param("org")+"/undo/"+j.ID)
	c.JSON(http.StatusAccepted, gin.H{"undo": j.ID})
	return nil
}

// undos lists the undos of the organisation, latest first.
func (h *handler) undos(c *gin.Context) error {
	page, err := pageOf(c)
	if err == nil {
		err = page.afterID()
	}
	if err != nil {
		return err
	}
	if c.Query("limit") == "" {
		page.query.Limit = 20
	}
	jobs, err := h.Undo.Jobs(c.Request.Context(), organisationOf(c), c.Query("after"), page.query.Limit)
	if err != nil {
		return err
	}
	shown := make([]shownUndo, len(jobs))
	for i, j := range jobs {
		shown[i] = showUndo(j)
	}
	c.JSON(http.StatusOK, gin.H{"undos": shown, "next": page.next(len(jobs), false, func() string { return jobs[len(jobs)-1].ID })})
	return nil
}

// undo shows how far an undo is, and what became of each user and group.
func (h *handler) undo(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	limit, err := number(c, "limit", 100)
	if err != nil {
		return err
	}
	after, err := number(c, "after", 0)
	if err != nil {
		return err
	}
	limit = min(limit, scim.MaxCount)
	j, err := h.Undo.Job(ctx, org, c.Param("id"))
	if err != nil {
		return err
	}
	items, err := h.Undo.Items(ctx, org, j.ID, int(after), int(limit))
	if err != nil {
		return err
	}
	results, next := make([]shownItem, len(items)), ""
	for i, item := range items {
		results[i] = showItem(item)
	}
	if n := len(items); n > 0 && n == int(limit) && items[n-1].N+1 < j.Items {
		next = strconv.Itoa(items[n-1].N + 1)
	}
	c.JSON(http.StatusOK, struct {
		shownUndo

		Results []shownItem `json:"results"`
		Next    string      `json:"next"`
	}{showUndo(j), results, next})
	return nil
}

// shownUndo is an undo as the API shows it.
type shownUndo struct {
	ID       string               `json:"id"`
	At       time.Time            `json:"at"`
	Actor    string               `json:"actor,omitempty"`
	DryRun   bool                 `json:"dryRun"`
	State    undo.State           `json:"state"`
	Total    int                  `json:"total"`
	Users    int                  `json:"users"`
	Settled  int                  `json:"settled"`
	Counts   map[undo.Outcome]int `json:"counts"`
	Only     []undo.Aspect        `json:"only,omitempty"`
	Effects  []directory.Effect   `json:"effects,omitempty"`
	Undoes   string               `json:"undoes,omitempty"`
	UndoneBy string               `json:"undoneBy,omitempty"`
	Hidden   bool                 `json:"hidden"`
	TooMany  bool                 `json:"tooMany"`
	DoneAt   time.Time            `json:"doneAt,omitzero"`
	Told     []string             `json:"told"`
}

func showUndo(j undo.Job) shownUndo {
	counts := j.Counts
	if counts == nil {
		counts = map[undo.Outcome]int{}
	}
	return shownUndo{j.ID, j.At, j.Actor, j.DryRun, j.State, j.Items, j.Users, j.Settled(), counts, j.Only, j.Effects, j.Undoes, j.UndoneBy, j.Hidden, j.TooMany, j.DoneAt, j.Told()}
}

// shownItem is what became of a user or group.
type shownItem struct {
	Resource history.Resource `json:"resource"`
	Entry    string           `json:"entry,omitempty"`
	undo.Result
}

func showItem(item undo.Item) shownItem {
	shown := shownItem{item.Resource, "", item.Result}
	if item.Result.Version > 0 {
		shown.Entry = item.Entry
	}
	return shown
}
