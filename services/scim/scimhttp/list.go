package scimhttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
)

func (h *handler) list(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		return inURL(h.answerList(c, e, listingOf(c.Request.URL.Query())))
	}
}

// answerList answers with the page of e's resources that l asks for, by index (RFC 7644 section
// 3.4.2.4) or by cursor (RFC 9865).
func (h *handler) answerList(c *gin.Context, e endpoint, l listing) error {
	ctx, org, tol := c.Request.Context(), callerOf(c), tolerance(c)
	rt := e.resourceType(org)
	q, page, err := l.plan(ctx, rt, tol)
	if err != nil {
		return err
	}
	want, err := schema.ParseProjection(rt, l.attributes, l.excluded, tol)
	if err != nil {
		return err
	}
	caller := c.MustGet(principalKey).(token.Principal)
	here := walk{org.Tenant, caller.Tag, caller.TokenID, rt.Name + "\x00" + l.identity(), page.StartIndex}
	if l.byCursor {
		err = h.resume(org, here, l.cursor, &q)
	} else {
		h.walks.begin(ctx, here, &q)
	}
	if err != nil {
		return err
	}
	if err := h.admitList(c, q); err != nil {
		return err
	}
	found, more, err := onePage(ctx, e, org, q, want)
	if err != nil {
		return err
	}
	h.reportCoercions(c, tol)

	shown := make([]*scim.Document, len(found.Items))
	for i, r := range found.Items {
		shown[i] = represent(h.BaseURL, rt, r, want)
	}
	if err := h.holdPage(c, shown); err != nil {
		return err
	}
	if l.byCursor {
		return h.respondByCursor(c, org, here, found, more, q, shown)
	}
	total := found.Total
	if n := len(shown); n > 0 {
		h.walks.end(ctx, here, n, positionOf(q.Sort, found.Items[n-1]), more)
		if more {
			total = max(total, page.StartIndex+n) // whatever was deleted behind it, a walk must not end before the last resource
		}
	}
	return respond(c, http.StatusOK, scim.ListResponse(total, page.StartIndex, shown))
}

// onePage returns the page of q and whether there is more after it.
func onePage(ctx context.Context, e endpoint, org directory.Organisation, q directory.Query, want schema.Projection) (directory.Page[resource], bool, error) {
	limit := q.Limit
	if limit > 0 {
		q.Limit++
	}
	found, err := e.list(ctx, org, q, want)
	if err != nil || len(found.Items) <= limit {
		return found, found.Cut, err
	}
	found.Items = found.Items[:limit]
	return found, true, nil
}

// resume makes q begin where the cursor says; the empty cursor asks for the first page.
func (h *handler) resume(org directory.Organisation, here walk, cursor string, q *directory.Query) error {
	if cursor == "" {
		return nil
	}
	at, err := h.cursors.read(org.Tenant, here.query, cursor)
	q.After = &at
	return err
}

// respondByCursor answers with a page whose successor has a cursor, if it has one.
func (h *handler) respondByCursor(c *gin.Context, org directory.Organisation, here walk, found directory.Page[resource], more bool, q directory.Query, shown []*scim.Document) error {
	next := ""
	if more && len(shown) > 0 {
		var err error
		if next, err = h.cursors.make(org.Tenant, here.query, positionOf(q.Sort, found.Items[len(shown)-1])); err != nil {
			return err
		}
	}
	return respond(c, http.StatusOK, cursorResponse(found.Total, shown, next))
}

// cursorResponse is a page of a list that is read by cursor; next is "" on the last one. It has no
// startIndex: no one counted.
func cursorResponse(total int, shown []*scim.Document, next string) *scim.Document {
	response := scim.ListResponse(total, 1, shown)
	response.Delete("startIndex")
	if next != "" {
		response.Set("nextCursor", next)
	}
	return response
}

func positionOf(s directory.Sort, r resource) directory.Position {
	return directory.Position{ID: r.id, Key: directory.SortKey(s.Path, r.doc)}
}

// inURL refuses with 403 sensitive what asks for a secret in a URL, where proxies log it (RFC 7644
// section 7.5.2).
func inURL(err error) error {
	if refused, ok := errors.AsType[*scim.Error](err); ok && errors.Is(err, filter.ErrNeverReturned) {
		return scim.Errorf(http.StatusForbidden, scim.Sensitive, "%s", refused.Detail)
	}
	return err
}
