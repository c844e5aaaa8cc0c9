package patch

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rule, path, want string }{
		{"an attribute", `USERNAME`, `userName`},
		{"a sub-attribute", `name.givenname`, `name.givenName`},
		{"a value path", `emails[TYPE eq "work"]`, `emails[type eq "work"]`},
		{"a value path's sub-attribute", `emails[type eq "work"].VALUE`, `emails[type eq "work"].value`},
		{"brackets and dots inside a string", `emails[value eq "a].b[c"].type`, `emails[value eq "a].b[c"].type`},
		{"groups inside brackets", `emails[(type eq "work" or not(primary eq true)) and value ew ".com"]`, `emails[(type eq "work" or not (primary eq true)) and value ew ".com"]`},
		{"spaces", `emails [ type eq "work" ].value`, `emails[type eq "work"].value`},
		{"$ref", enterprise + `:manager.$ref`, enterprise + `:manager.$ref`},
		{"an extension", strings.ToUpper(enterprise), enterprise},
		{"an extension's attribute", enterprise + `:Department`, enterprise + `:department`},
		{"an extension's value path", enterprise + `:manager[value eq "7"].$ref`, enterprise + `:manager[value eq "7"].$ref`},
		{"the core schema's attribute", scim.UserSchema + `:emails[type eq "work"]`, `emails[type eq "work"]`},
		{"Entra ID: an extension's attribute without URN", `manager`, enterprise + `:manager`},
		{"Entra ID: a string for a boolean", `roles[primary eq "True"].value`, `roles[primary eq true].value`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := ParsePath(tt.path, testTypes.User, nil)
			if err != nil || p.String() != tt.want {
				t.Errorf("ParsePath(%s) = %s, %v; want %s", tt.path, p, err, tt.want)
			}
		})
	}
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{
		`userName`, `name.givenName`, `emails[type eq "work"].value`, enterprise, enterprise + `:manager.value`,
		`emails[not (type eq "a]" and primary eq "True")]`, `x509Certificates[value eq aGk=].display`, `emails[`, `emails]`, `.`, `:`, scim.UserSchema + `:`,
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := ParsePath(path, testTypes.User, nil)
		if err != nil {
			refused, ok := errors.AsType[*scim.Error](err)
			if !ok || refused.Type != scim.InvalidPath && refused.Type != scim.InvalidFilter {
				t.Fatalf("ParsePath(%q): error %v, want invalidPath or invalidFilter", path, err)
			}
			return
		}
		if len(p.String()) > 2048 {
			return // the canonical text may be longer than what was written, and then too long
		}
		again, err := ParsePath(p.String(), testTypes.User, &scim.Tolerance{Strict: true})
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("ParsePath(%q) writes itself as %q, which is another path (error %v)", path, p, err)
		}
	})
}
