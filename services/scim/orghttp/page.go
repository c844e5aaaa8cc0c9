package orghttp

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// page is one stretch of a list. ?after= is where the stretch before ended, ?limit= its length.
type page struct{ query directory.Query } //nolint:recvcheck // sorted is a step of making one; what uses it does not change it

// pageOf reads a page of a list in the order of creation.
func pageOf(c *gin.Context) (page, error) {
	asked, err := scim.ParsePage("", c.Query("limit"))
	if err != nil || strings.HasPrefix(c.Query("limit"), "-") {
		return page{}, scim.BadRequest(scim.InvalidValue, "The parameter limit must be a decimal integer, 0 or more.")
	}
	q := directory.Query{Limit: asked.Count}
	if q.Limit > 0 {
		q.Browse = directory.Browse
	}
	if after := c.Query("after"); after != "" {
		q.After = &directory.Position{ID: after}
	}
	return page{q}, nil
}

// sorted gives the page the order, in which ?after= is what positionText made.
func (p *page) sorted(order directory.Sort) error {
	p.query.Sort = order
	if order.Path.Attribute == nil {
		return p.afterID()
	}
	if p.query.After == nil {
		return nil
	}
	position, ok := readPosition(p.query.After.ID)
	if !ok {
		return scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next, for the same sort.")
	}
	p.query.After = &position
	return nil
}

// afterID is an error if there is an ?after= that is not an id: it would be before all of them or
// behind, and the page the first one or none.
func (p page) afterID() error {
	if p.query.After == nil {
		return nil
	}
	if id, err := uuid.Parse(p.query.After.ID); err != nil || id.String() != p.query.After.ID {
		return scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next.")
	}
	return nil
}

// next returns what to ask for after: last() if the page is full, or was cut, else nothing.
func (p page) next(shown int, cut bool, last func() string) string {
	if shown == 0 || shown < p.query.Limit && !cut {
		return ""
	}
	return last()
}

// nextOf is next for a list of resources.
func nextOf[T interface{ Resource() *scim.Document }](p page, found directory.Page[T], id func(T) string) string {
	if found.Rest != nil {
		return p.text(*found.Rest)
	}
	return p.next(len(found.Items), found.Cut, func() string {
		last := found.Items[len(found.Items)-1]
		return p.text(directory.Position{Key: directory.SortKey(p.query.Sort.Path, last.Resource()), ID: id(last)})
	})
}

// listOf is the answer with a page of a list.
func listOf[T any](name string, shown any, found directory.Page[T], next string) gin.H {
	answer := gin.H{name: shown, "total": found.Total, "next": next}
	if found.AtLeast {
		answer["totalAtLeast"] = true
	}
	return answer
}

// text returns a position as ?after= has it: in the order of creation that is the id.
func (p page) text(at directory.Position) string {
	if p.query.Sort.Path.Attribute == nil {
		return at.ID
	}
	return positionText(at)
}

// place is a directory.Position as it travels. The lists are sorted by texts and times only.
type place struct {
	ID   string     `json:"id"`
	Text *string    `json:"text,omitempty"`
	Time *time.Time `json:"time,omitempty"`
}

func positionText(at directory.Position) string {
	p := place{ID: at.ID}
	switch key := at.Key.(type) {
	case string:
		p.Text = &key
	case time.Time:
		p.Time = &key
	}
	text, _ := json.Marshal(p) // texts and a time always encode
	return base64.RawURLEncoding.EncodeToString(text)
}

func readPosition(text string) (at directory.Position, ok bool) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	var p place
	if err != nil || json.Unmarshal(plain, &p) != nil || p.ID == "" {
		return at, false
	}
	at.ID = p.ID
	switch {
	case p.Text != nil:
		at.Key = *p.Text
	case p.Time != nil:
		at.Key = *p.Time
	}
	return at, true
}
