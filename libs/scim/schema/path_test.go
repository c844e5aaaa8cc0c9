package schema

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(custom)
	const enterprise = scim.EnterpriseUserSchema
	tests := []struct {
		rule string
		rt   *ResourceType
		text string
		want string // as Path.String writes it
	}{
		{"a core attribute", r.User, "userName", "userName"},
		{"s2.1 names have no case", r.User, "USERNAME", "userName"},
		{"s3.10 a sub-attribute", r.User, "Name.GivenName", "name.givenName"},
		{"s3.10 a sub-attribute of a multi-valued attribute", r.User, "emails.value", "emails.value"},
		{"a sub-attribute that is a reference", r.Group, "members.$REF", "members.$ref"},
		{"s3.10 after the core URN", r.User, scim.UserSchema + ":userName", "userName"},
		{"s3.10 the URN has no case", r.User, strings.ToUpper(scim.UserSchema) + ":name.familyName", "name.familyName"},
		{"a common attribute", r.User, "externalid", "externalId"},
		{"a common sub-attribute", r.Group, "meta.lastModified", "meta.lastModified"},
		{"a common attribute after the core URN", r.User, scim.UserSchema + ":id", "id"},
		{"s3.10 an extension's attribute", r.User, enterprise + ":employeeNumber", enterprise + ":employeeNumber"},
		{"s3.10 an extension's sub-attribute", r.User, enterprise + ":manager.VALUE", enterprise + ":manager.value"},
		{"a whole extension", r.User, strings.ToLower(enterprise), enterprise},
		{"the name alone of an attribute that one extension has", r.User, "manager", enterprise + ":manager"},
		{"a sub-attribute of such", r.User, "manager.value", enterprise + ":manager.value"},
		{"the core attribute before one of the same name in an extension", r.User, "title", "title"},
		{"an extension's attribute of the same name as a core one", r.User, custom.ID + ":title", custom.ID + ":title"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := tt.rt.Resolve(tt.text)
			if err != nil || p.String() != tt.want {
				t.Errorf("Resolve(%q) = %q, %v; want %q", tt.text, p, err, tt.want)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(
		&Schema{ID: "urn:example:a", Attributes: []*Attribute{{Name: "both"}}},
		&Schema{ID: "urn:example:b", Attributes: []*Attribute{{Name: "both"}}},
	)
	tests := []struct {
		rule  string
		scope Scope
		text  string
		names string // what Detail contains
	}{
		{"nothing", r.User, "", `There is no attribute "" in User.`},
		{"an unknown attribute", r.User, "foo", `There is no attribute "foo" in User.`},
		{"an attribute of another resource type", r.Group, "userName", `"userName" in Group`},
		{"an unknown sub-attribute", r.User, "name.foo", `"name.foo" in User`},
		{"a sub-attribute of a simple attribute", r.User, "userName.value", `"userName.value" in User`},
		{"a sub-attribute without name", r.User, "name.", `"name." in User`},
		{"three levels", r.User, "name.givenName.x", `"name.givenName.x" in User`},
		{"an unknown URN", r.User, "urn:example:c:both", `"urn:example:c:both" in User`},
		{"an unknown attribute of an extension", r.User, scim.EnterpriseUserSchema + ":foo", `"foo" in the extension ` + scim.EnterpriseUserSchema},
		{"a core attribute after an extension's URN", r.User, scim.EnterpriseUserSchema + ":userName", `"userName" in the extension`},
		{"an extension's attribute after the core URN", r.User, scim.UserSchema + ":department", `:department" in User`},
		{"a URN that goes on without colon", r.User, scim.UserSchema + "userName", `in User`},
		{"a name that two extensions have", r.User, "both", `"both" in User`},
		{"an attribute of the resource in a value path", r.User.Schema.Attributes[1], "userName", `There is no sub-attribute "userName" in name.`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := tt.scope.Resolve(tt.text)
			refusal, ok := errors.AsType[*scim.Error](err)
			if !ok || refusal.Status != 400 || refusal.Type != scim.InvalidPath || !strings.Contains(refusal.Detail, tt.names) {
				t.Errorf("Resolve(%q) = %q, %v; want 400 invalidPath: %s", tt.text, p, err, tt.names)
			}
		})
	}
}

func TestResolveInAValuePath(t *testing.T) {
	t.Parallel()
	emails, err := Load(nil).User.Resolve("emails")
	if err != nil {
		t.Fatal(err)
	}
	p, err := emails.Attribute.Resolve("TYPE")
	if err != nil || p.Attribute != emails.Attribute.SubAttribute("type") || p.Sub != nil || p.Target() != p.Attribute {
		t.Errorf("Resolve(TYPE) in emails = %+v, %v; want the sub-attribute as Attribute", p, err)
	}
}

func TestPathValues(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(custom)
	work, home := scim.NewDocument("value", "w", "type", "work"), scim.NewDocument("value", "h")
	manager := scim.NewDocument("value", "7")
	enterprise := scim.NewDocument("manager", manager)
	doc := scim.NewDocument(
		"userName", "a", "active", nil, "name", scim.NewDocument("givenName", "b"),
		"emails", []any{work, home}, "phoneNumbers", []any{}, "title", "c",
		scim.EnterpriseUserSchema, enterprise,
		custom.ID, scim.NewDocument("desk", scim.NewDocument("keys", []any{"x", "y"}), "title", "d"),
	)
	for path, want := range map[string][]any{
		"userName":                {"a"},
		"nickName":                nil,
		"active":                  nil, // null is not a value
		"name.givenName":          {"b"},
		"name.familyName":         nil,
		"emails":                  {work, home},
		"emails.value":            {"w", "h"},
		"emails.type":             {"work"}, // home has none
		"phoneNumbers":            nil,
		"userName.x":              nil,
		"manager.value":           {"7"},
		"manager":                 {manager},
		scim.EnterpriseUserSchema: {enterprise},
		scim.DevRevUserSchema:     nil,
		"state":                   nil,
		custom.ID + ":desk.keys":  {"x", "y"}, // a list within an object
		custom.ID + ":title":      {"d"},
		"title":                   {"c"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			p, err := r.User.Resolve(path)
			if err != nil && path != "userName.x" {
				t.Fatal(err)
			}
			if path == "userName.x" {
				p = Path{Attribute: r.User.Schema.Attributes[0], Sub: &Attribute{Name: "x"}}
			}
			if got := p.Values(doc); !reflect.DeepEqual(got, want) {
				t.Errorf("Values = %v, want %v", got, want)
			}
		})
	}
}

func FuzzResolve(f *testing.F) {
	r := Load(nil).With(custom)
	for _, seed := range []string{
		"userName", "NAME.givenname", scim.UserSchema + ":id", scim.EnterpriseUserSchema, scim.EnterpriseUserSchema + ":manager.value",
		"manager", "urn:", ":", ".", "name.", "emails[type eq \"work\"]", "\u212aeys",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rt := range r.ResourceTypes() {
			p, err := rt.Resolve(text)
			if err != nil {
				if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Type != scim.InvalidPath || p != (Path{}) {
					t.Fatalf("Resolve(%q) = %v, %v; want no path and invalidPath", text, p, err)
				}
				continue
			}
			for _, same := range []string{p.String(), strings.ToUpper(text), strings.ToLower(p.String())} {
				if q, err := rt.Resolve(same); err != nil || q != p {
					t.Fatalf("Resolve(%q) is %v, but Resolve(%q) is %v, %v", text, p, same, q, err)
				}
			}
			if (p.Target() == nil) != (p.Attribute == nil) || p.Attribute == nil && p.Extension == "" {
				t.Fatalf("Resolve(%q) is the path %+v, which names nothing", text, p)
			}
		}
	})
}

func TestDeparture(t *testing.T) {
	t.Parallel()
	r := Load(nil)
	for text, want := range map[string]scim.Coercion{
		"active": "", scim.UserSchema: "", scim.UserSchema + ":active": "", scim.EnterpriseUserSchema + ":manager.value": "", "urn:example:1.0:User.active": "",
		scim.UserSchema + ".active": scim.URNDot, scim.EnterpriseUserSchema + ".employeeNumber": scim.URNDot,
		"urn:ietf:params:scim:schemas:core:2.0:active": scim.URNName,
	} {
		if got := r.User.Departure(text); got != want {
			t.Errorf("Departure(%q) = %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{scim.UserSchema + ":", scim.UserSchema + ".", scim.UserSchema + ":foo", "urn:ietf:params:scim:schemas:core:2.0:foo"} {
		if p, err := r.User.Resolve(text); err == nil {
			t.Errorf("Resolve(%q) = %q", text, p)
		}
	}
}
