package accesshttp

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web/problem"
)

// idempotencyKey is the header by which a client marks two requests as one
// (draft-ietf-httpapi-idempotency-key-header).
const idempotencyKey = "Idempotency-Key"

const maxIdempotencyKey = 100

// IdempotencyKeyOf returns the key of a request, "" if there is none.
func IdempotencyKeyOf(c *gin.Context) (string, error) {
	keys := c.Request.Header.Values(idempotencyKey)
	if len(keys) == 0 {
		return "", nil
	}
	visible := func(r rune) bool { return r > ' ' && r <= '~' }
	if key := keys[0]; len(keys) > 1 || key == "" || len(key) > maxIdempotencyKey || strings.TrimFunc(key, visible) != "" {
		return "", &problem.Problem{
			Status: http.StatusBadRequest, Name: "invalid-value",
			Detail: "The header " + idempotencyKey + " must have 1 to " + strconv.Itoa(maxIdempotencyKey) + " visible ASCII characters, and may be there once.",
		}
	}
	return keys[0], nil
}
