package web

import (
	"encoding/json"

	"github.com/gin-gonic/gin"
)

// NDJSON is the content type of JSON objects, one a line.
const NDJSON = "application/x-ndjson"

// ExportPage is how many lines Export asks for at a time.
const ExportPage = 200

// WantsExport reports whether the client wants all there is, a JSON object a line, rather than a
// page in one JSON document.
func WantsExport(c *gin.Context) bool { return c.NegotiateFormat(gin.MIMEJSON, NDJSON) == NDJSON }

// Export answers with all that next returns, a JSON object a line, until a page of it is shorter
// than ExportPage. It cannot say that next failed once it has begun: then the error leads to a cut
// connection.
func Export[T any](c *gin.Context, next func() ([]T, error)) error {
	lines := json.NewEncoder(c.Writer)
	for {
		page, err := next()
		if err != nil {
			return err
		}
		c.Header("Content-Type", NDJSON)
		c.Writer.WriteHeaderNow()
		for _, line := range page {
			if err := lines.Encode(line); err != nil {
				return err
			}
		}
		c.Writer.Flush()
		if len(page) < ExportPage {
			return nil
		}
	}
}
