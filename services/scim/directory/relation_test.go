package directory_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/directory"
)

func TestRelationFilter(t *testing.T) {
	own := &schema.Schema{ID: "urn:example:own:1.0:User", Name: "Own", Attributes: []*schema.Attribute{
		{Name: "groups", Type: schema.Complex, MultiValued: true, SubAttributes: []*schema.Attribute{{Name: "value"}, {Name: "display"}}},
	}}
	schemas := schema.Load(directory.Fold).With(own)
	for _, c := range []struct {
		rule   string
		rt     *schema.ResourceType
		filter string
		want   string // "" where it is refused
	}{
		{"groups.value eq is a question to the memberships", schemas.User, `groups.value eq "g"`, `groups.value eq "g"`},
		{"a value path on value becomes that question", schemas.User, `groups[value eq "g"]`, `groups.value eq "g"`},
		{"it is found within and, or and not", schemas.Group, `displayName pr and not (members[value eq "u"] or members eq "v")`, `displayName pr and not (members.value eq "u" or members.value eq "v")`},
		{"another operator is refused", schemas.User, `groups.value sw "g"`, ""},
		{"presence is refused", schemas.User, `groups pr`, ""},
		{"another sub-attribute is refused", schemas.User, `groups[display eq "Guides"]`, ""},
		{"it is refused within a not too", schemas.Group, `not (members.value ne "u")`, ""},
		{"meta.location is refused", schemas.User, `meta.location pr`, ""},
		{"meta.location is refused in a value path too", schemas.User, `not (meta[resourceType pr and not (location pr)])`, ""},
		{"an attribute of the same name in an extension is one like all others", schemas.User, `urn:example:own:1.0:User:groups[display sw "G"]`, `urn:example:own:1.0:User:groups[display sw "G"]`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			parse := func(text string) filter.Expr {
				e, err := filter.Parse(text, c.rt, nil)
				assert.NilError(t, err)
				return e
			}
			got, err := directory.RelationFilter(parse(c.filter))
			if c.want == "" {
				(&world{World: &embeddedtest.World{T: t}}).refused(err, 400, scim.InvalidFilter)
				return
			}
			if err != nil || filter.Format(got) != filter.Format(parse(c.want)) {
				t.Errorf("%s becomes %v, %v; want %s", c.filter, got, err, c.want)
			}
		})
	}
}
