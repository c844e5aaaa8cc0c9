package orghttp

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/history"
)

const (
	mostEvents = 500              // of one answer
	mostWait   = 25 * time.Second // for the first event
)

// events lists what happened to users and groups, in order, behind ?after=. A reader that prefers
// to wait is answered when there is something to tell.
func (h *handler) events(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	after, err := number(c, "after", 0)
	if err != nil {
		return err
	}
	limit, err := number(c, "limit", 100)
	if err != nil {
		return err
	}
	types, err := eventTypes(c.Query("types"))
	if err != nil {
		return err
	}
	limit = min(limit, mostEvents)
	var page history.Page
	if wait := waitOf(c.GetHeader("Prefer")); wait > 0 {
		c.Header("Preference-Applied", "wait="+strconv.Itoa(int(wait.Seconds())))
		page, err = h.Events.Await(ctx, org.Tenant, after, types, int(limit), wait, func() bool { return web.Draining(ctx) })
	} else {
		page, err = h.Events.Read(ctx, org.Tenant, after, types, int(limit))
	}
	if gone, ok := errors.AsType[*history.Gone](err); ok {
		return goneOf(c.Param("org"), after, gone)
	}
	if err != nil {
		return unreadable(err)
	}
	if page.Events == nil {
		page.Events = []history.Event{}
	}
	c.JSON(http.StatusOK, gin.H{"events": page.Events, "next": page.Next, "more": page.More})
	return nil
}

// number reads a parameter that is a number, 0 or more.
func number(c *gin.Context, name string, absent int64) (int64, error) {
	text := c.Query(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, scim.BadRequest(scim.InvalidValue, "The parameter %s must be a decimal integer, 0 or more.", name)
	}
	return n, nil
}

// eventTypes reads a list of types; none stands for all.
func eventTypes(text string) (types []history.Type, err error) {
	if text == "" {
		return nil, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		t := history.Type(strings.TrimSpace(name))
		if !slices.Contains(history.Types(), t) {
			return nil, scim.BadRequest(scim.InvalidValue, "%s is not a type of event.", scim.Quote(string(t)))
		}
		types = append(types, t)
	}
	return types, nil
}

// waitOf returns how long the client prefers to wait (RFC 7240 section 4.3), mostWait at most; 0 if
// it states no such preference.
func waitOf(prefer string) time.Duration {
	for preference := range strings.SplitSeq(prefer, ",") {
		preference, _, _ = strings.Cut(preference, ";")
		name, value, _ := strings.Cut(preference, "=")
		seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 16)
		if strings.EqualFold(strings.TrimSpace(name), "wait") && err == nil {
			return min(time.Duration(seconds)*time.Second, mostWait)
		}
	}
	return 0
}

// unreadable is the answer where the store fails.
func unreadable(err error) error {
	return scim.Errorf(http.StatusServiceUnavailable, "", "The events cannot be read at the moment. Try again.").Because(err)
}

// goneOf is the answer to a reader of an organisation's events whose place is not in the feed.
func goneOf(org string, after int64, gone *history.Gone) error {
	why := fmt.Sprintf("The feed does not go on behind the event %d: events are kept for %d days.", after, int(history.Retention.Hours()/24))
	if after > gone.Last {
		why = fmt.Sprintf("There is no event %d yet.", after)
	}
	has := fmt.Sprintf("The feed has the events %d to %d.", gone.Oldest, gone.Last)
	if gone.Oldest == 0 {
		has = fmt.Sprintf("The feed has no event; the last one had the number %d.", gone.Last)
	}
	snapshot := "/api/v1/organisations/" + org + "/snapshot"
	return &problem.Problem{
		Status: http.StatusGone, Name: "events-gone",
		Detail:  fmt.Sprintf("%s %s Read the snapshot at %s, and go on behind the number that it states.", why, has, snapshot),
		Members: map[string]any{"oldest": gone.Oldest, "last": gone.Last, "snapshot": snapshot},
	}
}
