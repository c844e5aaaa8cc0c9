package scimhttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

// bulk is POST /Bulk (RFC 7644 section 3.7): many operations in one request, each with an outcome
// of its own.
func (h *handler) bulk(c *gin.Context) error {
	doc, err := h.decode(c)
	if err != nil {
		return err
	}
	job, err := h.newBulkJob(c, doc)
	if err != nil {
		return err
	}
	if err := h.charge(c, len(job.operations)*limits.BulkOperation); err != nil {
		return err
	}
	if err := takePlaces(c, limits.BulkPlaces); err != nil {
		return err
	}
	job.run()
	return respond(c, http.StatusOK, scim.NewDocument("schemas", []any{scim.BulkResponseSchema}, "Operations", job.outcomes()))
}

// bulkJob is one bulk request on its way.
type bulkJob struct {
	handler      *handler
	c            *gin.Context
	org          directory.Organisation
	failOnErrors int
	failed       int
	operations   []*bulkOperation
	created      map[string]*bulkOperation // by bulkId
	open         []*bulkOperation          // created with a gap that closes a circle
}

// bulkOperation is one of its operations. outcome is nil until it was tried.
type bulkOperation struct {
	method, path, bulkID, version string
	data                          *scim.Document

	endpoint endpoint
	id       string // of the resource, once it is known
	running  bool
	outcome  *scim.Document
}

func (h *handler) newBulkJob(c *gin.Context, doc *scim.Document) (job *bulkJob, err error) {
	ctx, end := web.Step(c.Request.Context(), "plan")
	defer func() { end(err) }()
	if schemas := doc.List("schemas"); !holds(schemas, scim.BulkRequestSchema) {
		return nil, scim.BadRequest(scim.InvalidValue, "schemas must hold %s.", scim.BulkRequestSchema)
	}
	listed, ok := doc.Get("Operations")
	operations, isList := listed.([]any)
	if !ok || !isList {
		return nil, scim.BadRequest(scim.InvalidSyntax, "Operations must be a list.")
	}
	if len(operations) > limits.BulkOperations {
		return nil, scim.Errorf(http.StatusRequestEntityTooLarge, "", "A bulk request may have %d operations; this one has %d.", limits.BulkOperations, len(operations))
	}
	web.SetOperations(ctx, len(operations))
	job = &bulkJob{handler: h, c: c, org: callerOf(c), created: map[string]*bulkOperation{}}
	if limit, ok := doc.Get("failOnErrors"); ok {
		n, isInt := limit.(int64)
		if !isInt || n < 1 {
			return nil, scim.BadRequest(scim.InvalidValue, "failOnErrors must be a positive integer.")
		}
		job.failOnErrors = int(n)
	}
	for _, v := range operations {
		op := newBulkOperation(v)
		job.operations = append(job.operations, op)
		if op.method == http.MethodPost && op.bulkID != "" && job.created[op.bulkID] == nil {
			job.created[op.bulkID] = op
		}
	}
	return job, nil
}

func newBulkOperation(v any) *bulkOperation {
	doc, _ := v.(*scim.Document)
	return &bulkOperation{
		method: strings.ToUpper(doc.String("method")), path: doc.String("path"),
		bulkID: doc.String("bulkId"), version: doc.String("version"), data: doc.Sub("data"),
	}
}

// run tries the operations in their order, except for one that another refers to, which goes first.
// After failOnErrors failures the others are not tried.
func (j *bulkJob) run() {
	for _, op := range j.operations {
		if j.failOnErrors > 0 && j.failed >= j.failOnErrors {
			return
		}
		j.try(op)
		j.closeCircles()
	}
}

func (j *bulkJob) outcomes() []any {
	var all []any
	for _, op := range j.operations {
		if op.outcome != nil {
			all = append(all, op.outcome)
		}
	}
	return all
}

func (j *bulkJob) try(op *bulkOperation) {
	if op.outcome != nil {
		return
	}
	op.running = true
	defer func() { op.running = false }()
	version, status, err := j.do(op)
	j.settle(op, version, status, err)
}

// settle writes the outcome of an operation; err, if any, has the last word on the status.
func (j *bulkJob) settle(op *bulkOperation, version int64, status int, err error) {
	op.outcome = scim.NewDocument("method", op.method)
	if op.bulkID != "" {
		op.outcome.Set("bulkId", op.bulkID)
	}
	if op.endpoint != nil && op.id != "" {
		op.outcome.Set("location", locationOf(j.handler.BaseURL, op.endpoint.resourceType(j.org), op.id))
	}
	if version != 0 && err == nil {
		op.outcome.Set("version", scim.ETag(version))
	}
	if err != nil {
		j.failed++
		refusal := asSCIM(err)
		if refusal.Status >= http.StatusInternalServerError {
			web.EventFrom(j.c.Request.Context()).SetErr(err)
		}
		status = refusal.Status
		op.outcome.Set("response", errorDocument(j.c.Request.Context(), refusal))
	}
	op.outcome.Set("status", strconv.Itoa(status))
}

// do carries one operation out, has it recorded, and returns the version of the resource and the
// status.
func (j *bulkJob) do(op *bulkOperation) (version int64, status int, err error) {
	complete := j.handler.together(j.c)
	change := &directory.Change{Tolerance: *tolerance(j.c), Cause: causeOf(j.c)}
	if err = j.target(op); err == nil {
		j.handler.guarded(j.c, asked{op.method, op.endpoint, op.id}, change)
		version, status, err = j.carryOut(op, change)
	}
	if op.endpoint == nil {
		return 0, 0, err
	}
	return version, status, j.handler.reportChange(j.c, asked{op.method, op.endpoint, op.id}, change, err, complete)
}

func (j *bulkJob) carryOut(op *bulkOperation, change *directory.Change) (version int64, status int, err error) {
	if op.version != "" {
		if change.Condition, err = scim.ParsePrecondition(op.version, ""); err != nil {
			return 0, 0, err
		}
	}
	ctx := j.c.Request.Context()
	if op.method == http.MethodDelete {
		return 0, http.StatusNoContent, op.endpoint.remove(ctx, j.org, op.id, change)
	}
	if op.data == nil {
		return 0, 0, scim.BadRequest(scim.InvalidSyntax, "The operation needs data, an object.")
	}
	data, circular, err := j.resolve(op.data)
	if err != nil {
		return 0, 0, err
	}
	r, err := j.write(ctx, op, data, change)
	if err != nil {
		return 0, 0, err
	}
	op.id = r.id
	if circular {
		j.open = append(j.open, op)
	}
	if op.method == http.MethodPost {
		return r.version, http.StatusCreated, nil
	}
	return r.version, http.StatusOK, nil
}

func (j *bulkJob) write(ctx context.Context, op *bulkOperation, data *scim.Document, change *directory.Change) (resource, error) {
	switch op.method {
	case http.MethodPost:
		return op.endpoint.create(ctx, j.org, data, change)
	case http.MethodPut:
		return op.endpoint.replace(ctx, j.org, op.id, data, change)
	default:
		req, err := patch.Decode(data, &change.Tolerance)
		if err != nil {
			return resource{}, err
		}
		return op.endpoint.patch(ctx, j.org, op.id, req, change)
	}
}

// target finds out which resource the operation is about.
func (j *bulkJob) target(op *bulkOperation) error {
	kind, id, hasID := strings.Cut(strings.Trim(op.path, "/"), "/")
	op.endpoint = j.handler.endpointOf(j.org, kind)
	switch {
	case op.endpoint == nil:
		return scim.BadRequest(scim.InvalidPath, "The path %s is neither /Users nor /Groups.", scim.Quote(op.path))
	case op.method == http.MethodPost && op.bulkID == "":
		return scim.BadRequest(scim.InvalidValue, "An operation that creates needs a bulkId.")
	case op.method == http.MethodPost && j.created[op.bulkID] != op:
		return scim.BadRequest(scim.InvalidValue, "The bulkId %s is used more than once in the request.", scim.Quote(op.bulkID))
	case op.method == http.MethodPost && hasID:
		return scim.BadRequest(scim.InvalidPath, "An operation that creates has no id in its path.")
	case op.method == http.MethodPost:
		return nil
	case op.method != http.MethodPut && op.method != http.MethodPatch && op.method != http.MethodDelete:
		return scim.BadRequest(scim.InvalidSyntax, "method is POST, PUT, PATCH or DELETE, not %s.", scim.Quote(op.method))
	case id == "":
		return scim.BadRequest(scim.InvalidPath, "The path %s names no resource.", scim.Quote(op.path))
	}
	var err error
	op.id, err = j.lookUp(id)
	if errors.Is(err, errCircular) {
		return unresolved(id)
	}
	return err
}

// endpointOf returns the kind of resource whose endpoint is called so, nil if there is none.
func (h *handler) endpointOf(org directory.Organisation, kind string) endpoint {
	for _, e := range []endpoint{h.users, h.groups} {
		if strings.EqualFold(kind, strings.TrimPrefix(e.resourceType(org).Endpoint, "/")) {
			return e
		}
	}
	return nil
}
