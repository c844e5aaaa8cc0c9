package scimhttp

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

func (h *handler) create(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		return h.write(c, e, func(org directory.Organisation, change *directory.Change) (resource, error) {
			in, err := h.decode(c)
			if err != nil {
				return resource{}, err
			}
			return e.create(c.Request.Context(), org, in, change)
		}, http.StatusCreated)
	}
}

func (h *handler) replace(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		return h.write(c, e, func(org directory.Organisation, change *directory.Change) (resource, error) {
			in, err := h.decode(c)
			if err != nil {
				return resource{}, err
			}
			return e.replace(c.Request.Context(), org, c.Param("id"), in, change)
		}, http.StatusOK)
	}
}

func (h *handler) patch(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		status := http.StatusOK
		if !e.answersPatch() && c.Query("attributes") == "" && c.Query("excludedAttributes") == "" {
			status = http.StatusNoContent
		}
		return h.write(c, e, func(org directory.Organisation, change *directory.Change) (resource, error) {
			in, err := h.decode(c)
			if err != nil {
				return resource{}, err
			}
			if err := h.charge(c, len(in.List("Operations"))/limits.Operations); err != nil {
				return resource{}, err
			}
			req, err := planPatch(c.Request.Context(), in, &change.Tolerance)
			if err != nil {
				return resource{}, err
			}
			return e.patch(c.Request.Context(), org, c.Param("id"), req, change)
		}, status)
	}
}

// write runs a change and answers with what became of the resource: with it, or with its version
// alone for 204.
func (h *handler) write(c *gin.Context, e endpoint, apply func(directory.Organisation, *directory.Change) (resource, error), status int) error {
	complete := h.together(c)
	ctx, org := c.Request.Context(), callerOf(c)
	rt := e.resourceType(org)
	var want schema.Projection
	var r resource
	change, err := newChange(c)
	if err == nil {
		want, err = projection(c, rt, &change.Tolerance)
	}
	if err == nil {
		h.guarded(c, asked{c.Request.Method, e, c.Param("id")}, change)
		r, err = apply(org, change)
	}
	if err := h.reportChange(c, asked{c.Request.Method, e, cmp.Or(r.id, c.Param("id"))}, change, err, complete); err != nil {
		return err
	}
	if status != http.StatusNoContent {
		if r, err = e.complete(ctx, org, r, change.Effect, want); err != nil {
			return err
		}
	}
	c.Header("Location", locationOf(h.BaseURL, rt, r.id))
	c.Header("ETag", scim.ETag(r.version))
	if status == http.StatusNoContent {
		declare(c)
		c.Status(status)
		return nil
	}
	return respond(c, status, represent(h.BaseURL, rt, r, want))
}

// together has the change that follows and its entry in the activity stored at once. complete takes
// what became of them, and returns that or, once they should be durable, why they are not.
func (h *handler) together(c *gin.Context) (complete func(error) error) {
	if h.Together == nil {
		return func(err error) error { return err }
	}
	alone := c.Request
	ctx, stored := h.Together(alone.Context())
	c.Request = alone.WithContext(ctx)
	return func(err error) error {
		lost := stored()
		c.Request = alone
		if err == nil && lost != nil {
			err = scim.Errorf(http.StatusServiceUnavailable, "", "The change could not be stored. Nothing needs to be changed; try again.").Because(lost)
		}
		return err
	}
}

func (h *handler) remove(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		id := c.Param("id")
		complete := h.together(c)
		change, err := newChange(c)
		if err == nil {
			h.guarded(c, asked{c.Request.Method, e, id}, change)
			err = e.remove(c.Request.Context(), callerOf(c), id, change)
		}
		if err := h.reportChange(c, asked{c.Request.Method, e, id}, change, err, complete); err != nil {
			return err
		}
		declare(c)
		c.Status(http.StatusNoContent)
		return nil
	}
}

func (h *handler) get(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		org := callerOf(c)
		rt := e.resourceType(org)
		tol := tolerance(c)
		want, err := projection(c, rt, tol)
		if err != nil {
			return err
		}
		ifMatch, err := scim.ParsePrecondition(c.GetHeader("If-Match"), "")
		if err != nil {
			return err
		}
		ifNoneMatch, err := scim.ParsePrecondition("", c.GetHeader("If-None-Match"))
		if err != nil {
			return err
		}
		r, err := e.get(c.Request.Context(), org, c.Param("id"), want)
		if err != nil {
			return err
		}
		h.reportCoercions(c, tol)
		c.Header("Location", locationOf(h.BaseURL, rt, r.id))
		c.Header("ETag", scim.ETag(r.version))
		switch {
		case !ifMatch.Matches(r.version):
			return directory.Outdated(r.version)
		case !ifNoneMatch.Matches(r.version):
			c.Status(http.StatusNotModified)
			return nil
		}
		return respond(c, http.StatusOK, represent(h.BaseURL, rt, r, want))
	}
}
