package scimhttp

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

// holdings bound what requests hold at a time: places of their organisation, and bytes of bodies
// and pages.
type holdings struct{ places, bytes *web.Budget }

func newHoldings(c limits.Capacity) holdings {
	const unbounded = 1 << 60 // all organisations together are bounded by bytes
	return holdings{web.NewBudget(unbounded, c.InFlight), web.NewBudget(c.Bytes, c.BytesEach)}
}

const heldKey = "held"

// held is what one request holds.
type held struct{ places, bytes *web.Share }

// release gives back, once a request is answered, what it held.
func release(c *gin.Context) {
	defer func() {
		if h, ok := c.Get(heldKey); ok {
			h.(held).places.Release()
			h.(held).bytes.Release()
		}
	}()
	c.Next()
}

// enter gives the request of an organisation one of its places, and charges what its body brings.
func (h *handler) enter(c *gin.Context, t directory.Tenant) error {
	mine := held{h.holdings.places.Share(string(t)), h.holdings.bytes.Share(string(t))}
	c.Set(heldKey, mine)
	c.Request.Body = web.Charge(c.Request.Body, mine.bytes)
	return takePlaces(c, limits.Place)
}

// takePlaces has the request hold n places in all, more than before if it turned out to need them.
func takePlaces(c *gin.Context, n int64) error {
	if c.MustGet(heldKey).(held).places.Hold(n) {
		return nil
	}
	return tooMany(time.Second, "This organisation has too many requests in flight.")
}

// takeBytes holds memory for what the answer is made of.
func takeBytes(c *gin.Context, n int64) error {
	if c.MustGet(heldKey).(held).bytes.Take(n) {
		return nil
	}
	return web.ErrOverloaded
}

// valuesKey is where a route leaves how many values its bodies may hold.
const valuesKey = "values"

// body bounds the bodies of a route, and tells of those that say that they are larger.
func (h *handler) body(bytes int64, values int) []gin.HandlerFunc {
	tell := func(c *gin.Context) {
		tooLarge := c.Request.ContentLength > bytes
		c.Next()
		if tooLarge && len(c.Errors) > 0 {
			h.reportUnadmitted(c, c.Errors[0].Err)
		}
	}
	return []gin.HandlerFunc{tell, web.BodyLimit(bytes), func(c *gin.Context) { c.Set(valuesKey, values) }}
}
