package directory

import (
	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// Browse is how many resources a list for people reads for a page at most. It is some tens of
// milliseconds of a store, and more than anyone leafs through.
const Browse = 2000

// UserKeys returns the attributes of which every Store has an index of users, so that a list which
// people search or sort by them costs what it shows. Of those with several values it serves
// searches alone.
func UserKeys() []schema.Path {
	return resolved(schema.Load(Fold).User, "userName", "displayName", "name.familyName", "name.givenName", "emails.value", "externalId",
		"meta.lastModified", scim.DevRevUserSchema+":state")
}

// GroupKeys is UserKeys for groups.
func GroupKeys() []schema.Path {
	return resolved(schema.Load(Fold).Group, "displayName", "externalId", "meta.lastModified")
}

func resolved(rt *schema.ResourceType, names ...string) []schema.Path {
	paths := make([]schema.Path, len(names))
	for i, name := range names {
		path, err := rt.Resolve(name)
		if err != nil {
			panic(err) // a name above is not in the core schema
		}
		paths[i] = path
	}
	return paths
}
