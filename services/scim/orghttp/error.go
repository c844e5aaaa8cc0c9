package orghttp

import (
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/undo"
)

// WriteError is the only place of this API that writes an error.
func WriteError(c *gin.Context, err error) { problem.Write(c, asProblem(err)) }

func asProblem(err error) *problem.Problem {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*undo.Refused](err); ok {
		p := &problem.Problem{Status: http.StatusConflict, Name: e.Name, Detail: e.Detail}
		if e.Undo != "" {
			p.Members = map[string]any{"undo": e.Undo}
		}
		return p
	}
	if e, ok := errors.AsType[*scim.Error](err); ok {
		return &problem.Problem{Status: e.Status, Name: nameOf(e.Type), Detail: e.Detail, Cause: e.Cause}
	}
	if e, ok := errors.AsType[web.Error](err); ok {
		refusal := &problem.Problem{Status: e.Status, Detail: e.Detail}
		if e.Status == http.StatusBadRequest {
			refusal.Name = nameOf(scim.InvalidValue)
		}
		return refusal
	}
	return &problem.Problem{Status: http.StatusInternalServerError, Detail: "Something went wrong in DevRev. The request id names it to DevRev's support.", Cause: err}
}

// nameOf returns the name of a problem for what the protocol calls a scimType: "invalid-value" for
// invalidValue.
func nameOf(t scim.ErrorType) string {
	var name strings.Builder
	for _, r := range string(t) {
		if unicode.IsUpper(r) {
			name.WriteByte('-')
		}
		name.WriteRune(unicode.ToLower(r))
	}
	return name.String()
}
