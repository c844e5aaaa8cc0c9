package orghttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
)

// patienceForPage is how long a client may take to read a page of lines.
const patienceForPage = time.Minute

// writeLines writes a page of an answer, an object a line. As the whole may be long, its bound is
// that of each page. Before the first line nothing is sent, so that an error still is an answer.
func writeLines[T any](c *gin.Context, page []T) error {
	if err := http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(patienceForPage)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("bound a page of lines: %w", err)
	}
	if len(page) == 0 {
		return nil
	}
	c.Header("Content-Type", web.NDJSON)
	c.Writer.WriteHeaderNow()
	lines := json.NewEncoder(c.Writer)
	for _, line := range page {
		if err := lines.Encode(line); err != nil {
			return fmt.Errorf("write a line: %w", err)
		}
	}
	c.Writer.Flush()
	return nil
}
