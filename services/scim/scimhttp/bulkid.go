package scimhttp

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// bulkIDPrefix begins a reference to what another operation of the same request creates, RFC 7644
// section 3.7.2.
const bulkIDPrefix = "bulkId:"

// errCircular: the operation referred to is waiting for the one that refers to it.
var errCircular = errors.New("circular reference")

// lookUp returns the id that a text refers to: itself, or what the operation of that bulkId has
// created, which is tried first if it was not yet.
func (j *bulkJob) lookUp(text string) (string, error) {
	bulkID, isReference := strings.CutPrefix(text, bulkIDPrefix)
	if !isReference {
		return text, nil
	}
	op := j.created[bulkID]
	switch {
	case op == nil:
		return "", unresolved(text)
	case op.running && op.id == "":
		return "", errCircular
	}
	j.try(op)
	if op.id == "" {
		return "", unresolved(text)
	}
	return op.id, nil
}

func unresolved(reference string) error {
	return scim.Errorf(http.StatusConflict, "", "%s refers to nothing that this request has created.", scim.Quote(reference))
}

// resolve returns a copy of data with ids in the place of references. Where they go in a circle,
// the values that close it are left out for now, and circular is true.
func (j *bulkJob) resolve(data *scim.Document) (resolved *scim.Document, circular bool, err error) {
	v, circular, err := j.resolveValue(data)
	if err != nil {
		return nil, false, err
	}
	resolved, _ = v.(*scim.Document)
	return resolved, circular, nil
}

// resolveValue returns nil for what closes a circle: a reference, or an object whose value is one.
func (j *bulkJob) resolveValue(v any) (resolved any, circular bool, err error) {
	switch v := v.(type) {
	case string:
		id, err := j.lookUp(v)
		if errors.Is(err, errCircular) {
			return nil, true, nil
		}
		return id, false, err
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			element, open, err := j.resolveValue(e)
			if err != nil {
				return nil, false, err
			}
			circular = circular || open
			if element != nil {
				list = append(list, element)
			}
		}
		return list, circular, nil
	case *scim.Document:
		doc := &scim.Document{}
		for name, value := range v.All() {
			if path, ok := value.(string); ok && strings.EqualFold(name, "path") {
				if value, err = j.resolvePath(path); err != nil {
					return nil, false, err
				}
			}
			member, open, err := j.resolveValue(value)
			if err != nil {
				return nil, false, err
			}
			if open && member == nil && name == "value" {
				return nil, true, nil
			}
			circular = circular || open
			doc.Set(name, member)
		}
		return doc, circular, nil
	default:
		return v, false, nil
	}
}

var quotedReference = regexp.MustCompile(`"` + bulkIDPrefix + `[^"]*"`)

// resolvePath returns the path of an operation of a PATCH with ids in the place of the references
// that its filter compares something with.
func (j *bulkJob) resolvePath(path string) (resolved string, err error) {
	resolved = quotedReference.ReplaceAllStringFunc(path, func(quoted string) string {
		reference := strings.Trim(quoted, `"`)
		id, failed := j.lookUp(reference)
		if errors.Is(failed, errCircular) {
			failed = unresolved(reference)
		}
		err = cmp.Or(err, failed)
		return `"` + id + `"`
	})
	return resolved, err
}

// closeCircles writes whole what was created with a gap, now that everything in the circle is
// there.
func (j *bulkJob) closeCircles() {
	for _, op := range j.open {
		data, circular, err := j.resolve(op.data)
		if err == nil && circular {
			err = unresolved(bulkIDPrefix + op.bulkID)
		}
		var r resource
		complete := j.handler.together(j.c)
		change := &directory.Change{Cause: causeOf(j.c)}
		if err == nil {
			r, err = op.endpoint.replace(j.c.Request.Context(), j.org, op.id, data, change)
		}
		err = j.handler.reportChange(j.c, asked{op.method, op.endpoint, op.id}, change, err, complete)
		j.settle(op, r.version, http.StatusCreated, err)
	}
	j.open = nil
}
