package directory

import (
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
)

// Resource returns the user as filters, sorting and clients see it: the document with schemas, id,
// active, meta and DevRev's extension, but without what only a handler or a relation can add
// (meta.location, groups). It shares the values with u.Document: both are to be read only, except
// for members that are set.
func (u User) Resource() *scim.Document {
	d := resource(scim.UserSchema, string(u.ID), u.Document)
	d.Set("active", u.State.Enabled())
	d.Set(scim.DevRevUserSchema, scim.NewDocument("state", string(u.State)))
	d.Set("meta", meta("User", u.Created, u.Modified, u.Version))
	d.Set("schemas", append(d.List("schemas"), scim.DevRevUserSchema))
	return d
}

// Resource returns the group as User.Resource returns a user; it has no members.
func (g Group) Resource() *scim.Document {
	d := resource(scim.GroupSchema, string(g.ID), g.Document)
	d.Set("meta", meta("Group", g.Created, g.Modified, g.Version))
	return d
}

// resource begins a resource: schemas are the core one and the extensions that the document has,
// which alone have a colon in their name.
func resource(core, id string, doc *scim.Document) *scim.Document {
	schemas := []any{core}
	d := scim.NewSized(doc.Len() + 6) // schemas, id, active, meta, DevRev's extension, groups or members
	d.Set("schemas", schemas)
	d.Set("id", id)
	for name, value := range doc.All() {
		d.Set(name, value)
		if strings.Contains(name, ":") {
			schemas = append(schemas, name)
		}
	}
	d.Set("schemas", schemas)
	return d
}

func meta(resourceType string, created, modified time.Time, version int64) *scim.Document {
	return scim.NewDocument(
		"resourceType", resourceType,
		"created", Timestamp(created),
		"lastModified", Timestamp(modified),
		"version", scim.ETag(version),
	)
}

// Timestamp writes t as SCIM dateTime in UTC with milliseconds.
func Timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
