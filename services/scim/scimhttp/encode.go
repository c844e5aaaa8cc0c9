package scimhttp

import (
	"bufio"
	"fmt"
	"iter"
	"net/http"
	"slices"
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

// pieceBytes is how much of an answer is written at a time.
const pieceBytes = 32 << 10

// pieces hold what of an answer is to be written next.
var pieces = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, pieceBytes) }}

// respond writes body, which has members, as SCIM: each of them on its own, and of a list each
// element, so that a list of a hundred resources, or of a hundred thousand members, is never in
// memory as a whole text.
func respond(c *gin.Context, status int, body *scim.Document) error {
	declare(c)
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow() // else gin takes a 404 for one that it has to answer itself
		return nil
	}
	w, _ := pieces.Get().(*bufio.Writer)
	w.Reset(c.Writer)
	defer func() {
		w.Reset(nil)
		pieces.Put(w)
	}()
	begin := "{"
	for name, value := range body.All() {
		_, _ = w.WriteString(begin)
		_, _ = w.Write(append(strconv.AppendQuote(w.AvailableBuffer(), name), ':'))
		begin = ","
		if err := write(w, value); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
	}
	_ = w.WriteByte('}')
	_ = w.Flush() // the client has gone; no one is left to tell
	return nil
}

// write writes a member's value. An error is one of the value; those of writing show in Flush.
func write(w *bufio.Writer, value any) error {
	switch list := value.(type) {
	case []any:
		return writeList(w, slices.Values(list))
	case scim.Elements:
		return writeList(w, iter.Seq[any](list))
	default:
		return writePiece(w, value)
	}
}

func writeList(w *bufio.Writer, list iter.Seq[any]) error {
	begin := byte('[')
	for element := range list {
		_ = w.WriteByte(begin)
		begin = ','
		if err := writePiece(w, element); err != nil {
			return err
		}
	}
	if begin == '[' {
		_ = w.WriteByte(begin)
	}
	_ = w.WriteByte(']')
	return nil
}

func writePiece(w *bufio.Writer, value any) error {
	data, err := scim.AppendValue(w.AvailableBuffer(), value)
	_, _ = w.Write(data)
	return err
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
