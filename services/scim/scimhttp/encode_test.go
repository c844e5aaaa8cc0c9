package scimhttp

import (
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
)

// slow is a client that notes what was made when it got the first piece.
type slow struct {
	*httptest.ResponseRecorder
	first func()
}

func (w slow) Write(piece []byte) (int, error) {
	w.first()
	return w.ResponseRecorder.Write(piece)
}

// TestAListIsWrittenAsItIsMade: of a list of any length some pieces are in memory.
func TestAListIsWrittenAsItIsMade(t *testing.T) {
	t.Parallel()
	const all = 20_000
	made, atFirst := 0, 0
	members := scim.Elements(func(yield func(any) bool) {
		for range all {
			if made++; !yield(scim.NewDocument("value", "0199f0c4-5b7e-7c51-8f0a-1c2d3e4f5a6b", "type", "User")) {
				return
			}
		}
	})
	w := slow{httptest.NewRecorder(), func() {
		if atFirst == 0 {
			atFirst = made
		}
	}}
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequestWithContext(t.Context(), "GET", "/Groups/7", nil)
	assert.NilError(t, respond(c, 200, scim.NewDocument("displayName", "Guides", "members", members)))
	assert.Assert(t, atFirst > 0 && atFirst < all/10, "%d of %d elements were made before the first piece was sent", atFirst, all)

	var read scim.Document
	assert.NilError(t, read.UnmarshalJSON(w.Body.Bytes()))
	assert.Equal(t, len(read.List("members")), all)
}
