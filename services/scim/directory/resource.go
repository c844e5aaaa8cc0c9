package directory

import (
	"time"

	"github.com/devrev/scim/libs/scim"
)

// Resource returns the user as filters, sorting and clients see it: the document with id, active, meta and DevRev's extension, but without what
// only a door or a relation can tell (schemas, meta.location, groups). It shares no memory with u.
func (u User) Resource() *scim.Document {
	d := scim.NewDocument("id", string(u.ID))
	for name, value := range u.Document.All() {
		d.Set(name, scim.CloneValue(value))
	}
	d.Set("active", u.State.Enabled())
	d.Set(scim.DevRevUserSchema, scim.NewDocument("state", string(u.State)))
	d.Set("meta", meta("User", u.Created, u.Modified, u.Version))
	return d
}

// Resource returns the group as User.Resource returns a user; it has no members.
func (g Group) Resource() *scim.Document {
	d := scim.NewDocument("id", string(g.ID))
	for name, value := range g.Document.All() {
		d.Set(name, scim.CloneValue(value))
	}
	d.Set("meta", meta("Group", g.Created, g.Modified, g.Version))
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
