package scimhttp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// locationOf returns the URI of a resource. It is made of the configured base URL alone: a Host
// header is the client's word.
func locationOf(base string, rt *schema.ResourceType, id string) string {
	return base + rt.Endpoint + "/" + id
}

// represent returns the resource as clients see it: meta with its location, and the attributes they
// want.
func represent(base string, rt *schema.ResourceType, r resource, want schema.Projection) *scim.Document {
	if meta := r.doc.Sub("meta"); meta != nil {
		meta.Set("location", locationOf(base, rt, r.id))
	}
	return want.Apply(rt, r.doc)
}

// pieceBytes is how much of a list is written at a time.
const pieceBytes = 32 << 10

// pieces hold what of a list is to be written next.
var pieces = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, pieceBytes) }}

// respondList writes a list as SCIM, resource by resource, so that it is never in memory as a whole
// text.
func respondList(c *gin.Context, list *scim.Document) error {
	declare(c)
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return nil
	}
	w, _ := pieces.Get().(*bufio.Writer)
	w.Reset(c.Writer)
	defer func() {
		w.Reset(nil)
		pieces.Put(w)
	}()
	separator := "{"
	for name, value := range list.All() {
		_, _ = w.WriteString(separator + strconv.Quote(name) + ":")
		separator = ","
		if err := writeEach(w, value); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
	}
	_ = w.WriteByte('}')
	_ = w.Flush() // the client has gone; no one is left to tell
	return nil
}

// writeEach writes a value of a list response, of an array each element on its own. An error is one
// of the value; those of writing show in Flush.
func writeEach(w *bufio.Writer, value any) error {
	elements, isList := value.([]any)
	if !isList {
		elements = []any{value}
	}
	begin, end := "", ""
	if isList {
		begin, end = "[", "]"
	}
	_, _ = w.WriteString(begin)
	for i, element := range elements {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		data, err := appendJSON(w.AvailableBuffer(), element)
		if err != nil {
			return err
		}
		_, _ = w.Write(data)
	}
	_, _ = w.WriteString(end)
	return nil
}

// sizeOf returns about how many bytes the resources take in an answer.
func sizeOf(resources []*scim.Document) (size int64) {
	for _, r := range resources {
		size += int64(scim.Size(r))
	}
	return size
}

// declare says that the answer is SCIM. A 204 does so too: clients are there that read nothing
// without it.
func declare(c *gin.Context) { c.Header("Content-Type", scim.MediaType+"; charset=utf-8") }

// appendJSON appends a value as JSON. Of a document it is written once, where encoding/json would
// read and copy it again.
func appendJSON(to []byte, v any) ([]byte, error) {
	if doc, ok := v.(*scim.Document); ok {
		return doc.AppendJSON(to)
	}
	data, err := json.Marshal(v)
	return append(to, data...), err
}

// buffers hold answers on their way out.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer is how large a buffer is kept for the next answer.
const maxBuffer = 64 << 10

// respond writes body, which marshals to JSON, as SCIM.
func respond(c *gin.Context, status int, body any) error {
	buffer, _ := buffers.Get().(*[]byte)
	data, err := appendJSON((*buffer)[:0], body)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	declare(c)
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow() // else gin takes a 404 for one that it has to answer itself
		return nil
	}
	_, _ = c.Writer.Write(data) // the client has gone; no one is left to tell
	if cap(data) <= maxBuffer {
		*buffer = data
		buffers.Put(buffer)
	}
	return nil
}
