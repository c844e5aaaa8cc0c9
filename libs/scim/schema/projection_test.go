package schema

import (
	"errors"
	"slices"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestProjection(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(custom)
	var (
		user = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7","userName":"a","password":"p","name":{"givenName":"G","familyName":"F"},` +
			`"emails":[{"value":"b","type":"work"},{"value":"c"}],"retired":1,` +
			`"` + ext + `":{"department":"D","manager":{"value":"8","displayName":"M"}},` +
			`"` + custom.ID + `":{"badge":7,"secret":"s","desk":{"room":"1","plan":"p"}},"meta":{"resourceType":"User","version":"W/\"1\""}}`
		usually = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7","userName":"a","name":{"givenName":"G","familyName":"F"},` +
			`"emails":[{"value":"b","type":"work"},{"value":"c"}],` +
			`"` + ext + `":{"department":"D","manager":{"value":"8","displayName":"M"}},` +
			`"` + custom.ID + `":{"badge":7,"desk":{"room":"1"}},"meta":{"resourceType":"User","version":"W/\"1\""}}`
		least = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7"`
	)
	tests := []struct {
		rule, attributes, excluded, want string
	}{
		{"s7 without parameters the default, never the password, nothing on request", "", "", usually},
		{"blank parameters count as absent", " ", "\t", usually},
		{"s3.9 attributes: these and those always returned", "userName", "", least + `,"userName":"a"}`},
		{"s3.9 several attributes, in any case, with spaces", "USERNAME , meta", "", least + `,"userName":"a","meta":{"resourceType":"User","version":"W/\"1\""}}`},
		{"s3.9 a sub-attribute", "name.givenName", "", least + `,"name":{"givenName":"G"}}`},
		{"s3.9 a sub-attribute of elements; elements without it go", "emails.type", "", least + `,"emails":[{"type":"work"}]}`},
		{"an attribute and one of its sub-attributes is the attribute", "name.givenName,name", "", least + `,"name":{"givenName":"G","familyName":"F"}}`},
		{"s3.10 after the core URN", scim.UserSchema + ":userName", "", least + `,"userName":"a"}`},
		{"s3.10 an extension's attribute", ext + ":department", "", least + `,"` + ext + `":{"department":"D"}}`},
		{"s3.10 an extension's sub-attribute", ext + ":manager.value", "", least + `,"` + ext + `":{"manager":{"value":"8"}}}`},
		{"a whole extension", ext, "", least + `,"` + ext + `":{"department":"D","manager":{"value":"8","displayName":"M"}}}`},
		{"a whole extension and a part of it is the extension", ext + "," + ext + ":manager.value", "", least + `,"` + ext + `":{"department":"D","manager":{"value":"8","displayName":"M"}}}`},
		{"a whole extension without attributes returned on request", custom.ID, "", least + `,"` + custom.ID + `":{"badge":7,"desk":{"room":"1"}}}`},
		{"s7 an attribute returned on request", custom.ID + ":secret", "", least + `,"` + custom.ID + `":{"secret":"s"}}`},
		{"s7 a sub-attribute that is returned on request", custom.ID + ":desk.plan", "", least + `,"` + custom.ID + `":{"desk":{"plan":"p"}}}`},
		{"s7 an attribute without the sub-attribute on request", custom.ID + ":desk", "", least + `,"` + custom.ID + `":{"desk":{"room":"1"}}}`},
		{"s7 never is never", "password", "", least + `}`},
		{"unknown names are ignored", "foo,userName,,urn:x:y", "", least + `,"userName":"a"}`},
		{"only unknown names: the attributes that are always returned", "foo", "", least + `}`},
		{"an attribute the resource lacks", "title", "", least + `}`},

		{"s3.9 excludedAttributes", "", "emails,name," + ext + "," + custom.ID, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7","userName":"a","meta":{"resourceType":"User","version":"W/\"1\""}}`},
		{"s3.9 attributes that are always returned cannot be excluded", "", "id,schemas,userName,meta,emails,name," + ext + "," + custom.ID, least + `}`},
		{"s3.9 an excluded sub-attribute", "", "NAME.GIVENNAME,emails.value,meta," + ext + "," + custom.ID, least + `,"userName":"a","name":{"familyName":"F"},"emails":[{"type":"work"}]}`},
		{"all sub-attributes excluded", "", "name.givenName,name.familyName,emails,meta," + ext + "," + custom.ID, least + `,"userName":"a"}`},
		{"an excluded attribute of an extension", "", "name,emails,meta,manager," + custom.ID, least + `,"userName":"a","` + ext + `":{"department":"D"}}`},
		{"excluding brings nothing on request", "", "name,emails,meta," + ext + "," + custom.ID + ":badge," + custom.ID + ":desk", least + `,"userName":"a"}`},
		{"unknown names exclude nothing", "", "foo", usually},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := ParseProjection(r.User, tt.attributes, tt.excluded, nil)
			if err != nil {
				t.Fatal(err)
			}
			doc := decode(t, user)
			if got := encode(t, p.Apply(r.User, doc)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if encode(t, doc) != user {
				t.Error("the document was changed")
			}
		})
	}
}

func TestProjectionOfAnAttributeAlwaysReturned(t *testing.T) {
	t.Parallel()
	rt := &ResourceType{Name: "X", Schema: &Schema{ID: "urn:x", Attributes: []*Attribute{{
		Name: "owner", Type: Complex, Returned: Always, SubAttributes: []*Attribute{
			{Name: "value", Returned: Always}, {Name: "display", Returned: Default}, {Name: "note", Returned: Default}, {Name: "hidden", Returned: Never},
		},
	}}}}
	doc := `{"owner":{"value":"1","display":"d","note":"n","hidden":"h"}}`
	for rule, tt := range map[string]struct{ attributes, excluded, want string }{
		"as usual":                    {"", "", `{"owner":{"value":"1","display":"d","note":"n"}}`},
		"it is not requested":         {"other", "", `{"owner":{"value":"1","display":"d","note":"n"}}`},
		"a part is requested":         {"owner.note", "", `{"owner":{"value":"1","note":"n"}}`},
		"it is excluded":              {"", "owner", `{"owner":{"value":"1","display":"d","note":"n"}}`},
		"a part is excluded":          {"", "owner.note", `{"owner":{"value":"1","display":"d"}}`},
		"an always part is excluded":  {"", "owner.value", `{"owner":{"value":"1","display":"d","note":"n"}}`},
		"a hidden part is requested":  {"owner.hidden", "", `{"owner":{"value":"1"}}`},
		"nothing of it is understood": {"owner.foo", "", `{"owner":{"value":"1","display":"d","note":"n"}}`},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			p, err := ParseProjection(rt, tt.attributes, tt.excluded, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := encode(t, p.Apply(rt, decode(t, doc))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseProjectionRefusesBoth(t *testing.T) {
	t.Parallel()
	_, err := ParseProjection(Load(nil).User, "userName", "emails", nil)
	if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Status != 400 || refusal.Type != scim.InvalidValue {
		t.Errorf("got %v, want 400 invalidValue", err)
	}
}

func TestProjectionReadsADotBehindAURN(t *testing.T) {
	t.Parallel()
	user := Load(nil).User
	doc := scim.NewDocument("userName", "u", scim.EnterpriseUserSchema, scim.NewDocument("employeeNumber", "7", "department", "Tours"))
	for _, tt := range []struct {
		attributes, excluded string
		want                 string // of the extension
		coerced              []string
	}{
		{scim.EnterpriseUserSchema + ".employeeNumber", "", `{"employeeNumber":"7"}`, []string{scim.EnterpriseUserSchema + ":employeeNumber"}},
		{"", "userName, " + scim.EnterpriseUserSchema + ".employeeNumber", `{"department":"Tours"}`, []string{scim.EnterpriseUserSchema + ":employeeNumber"}},
		{scim.EnterpriseUserSchema + ":employeeNumber", "", `{"employeeNumber":"7"}`, nil},
		{scim.EnterpriseUserSchema + ".foo,userName", "", "", nil},
		{scim.UserSchema + ".userName", "", "", []string{"userName"}},
	} {
		var tol scim.Tolerance
		p, err := ParseProjection(user, tt.attributes, tt.excluded, &tol)
		if err != nil {
			t.Fatal(err)
		}
		shown := p.Apply(user, doc).Sub(scim.EnterpriseUserSchema)
		if got := encode(t, shown); shown.Len() > 0 && got != tt.want || shown.Len() == 0 && tt.want != "" {
			t.Errorf("%s-%s: shows %s, want %s", tt.attributes, tt.excluded, got, tt.want)
		}
		var coerced []string
		for _, a := range tol.Accepted {
			if a.Coercion != scim.URNDot {
				t.Errorf("%s-%s: %s", tt.attributes, tt.excluded, a.Coercion)
			}
			coerced = append(coerced, a.Path)
		}
		if !slices.Equal(coerced, tt.coerced) {
			t.Errorf("%s-%s: coerced %v, want %v", tt.attributes, tt.excluded, coerced, tt.coerced)
		}
		_, err = ParseProjection(user, tt.attributes, tt.excluded, &scim.Tolerance{Strict: true})
		refusal, refused := errors.AsType[*scim.Error](err)
		if refused != (tt.coerced != nil) || refused && (refusal.Status != 400 || refusal.Type != scim.InvalidPath) {
			t.Errorf("%s-%s, strict: %v", tt.attributes, tt.excluded, err)
		}
	}
}

func TestProjectionWants(t *testing.T) {
	t.Parallel()
	group := Load(nil).Group
	for _, tt := range []struct {
		rule, attributes, excluded string
		want, display              bool
	}{
		{"without parameters", "", "", true, true},
		{"Entra excludes members", "", "members", false, false},
		{"excluded in another case", "", "displayName,MEMBERS", false, false},
		{"something else is excluded", "", "displayName", true, true},
		{"the part is excluded", "", "members.display", true, false},
		{"another part is excluded", "", "members.type", true, true},
		{"the whole resource is excluded", "", scim.GroupSchema, false, false},
		{"it is requested", "members", "", true, true},
		{"the part is requested", "members.Display", "", true, true},
		{"another part is requested", "members.value", "", true, false},
		{"another part and the whole are requested", "members.value,members", "", true, true},
		{"something else is requested", "id,displayName", "", false, false},
		{"only unknown names are requested", "foo", "", false, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := ParseProjection(group, tt.attributes, tt.excluded, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Wants("members"); got != tt.want {
				t.Errorf("Wants(members) = %v, want %v", got, tt.want)
			}
			doc := scim.NewDocument("members", []any{scim.NewDocument("value", "1", "display", "a")})
			shown := p.Apply(group, doc).List("members")
			if (len(shown) > 0) != tt.want {
				t.Errorf("Apply shows members: %v; Wants must agree", shown)
			}
			if got := p.Wants("members.display"); got != tt.display {
				t.Errorf("Wants(members.display) = %v, want %v", got, tt.display)
			}
			display := false
			if len(shown) > 0 {
				_, display = shown[0].(*scim.Document).Get("display")
			}
			if display != tt.display {
				t.Errorf("Apply shows display: %v; Wants must agree", display)
			}
		})
	}
	// The URN of an extension is among the paths without an attribute.
	p, err := ParseProjection(Load(nil).User, ext, "", nil)
	if err != nil || p.Wants("groups") {
		t.Errorf("a whole extension: Wants(groups) = %v, %v; want false", p.Wants("groups"), err)
	}
}

func BenchmarkProjection(b *testing.B) {
	user := Load(nil).User
	doc := decode(b, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7","userName":"a","name":{"givenName":"G","familyName":"F"},"active":true,"emails":[{"value":"b","type":"work"}],"meta":{"resourceType":"User"}}`)
	for _, attributes := range []string{"", "userName,emails.value"} {
		p, err := ParseProjection(user, attributes, "", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("attributes="+attributes, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Apply(user, doc)
			}
		})
	}
}

// The schema of an organisation's own extension may be gone while its values are still there.
func TestProjectionShowsNoURNThatNothingDescribes(t *testing.T) {
	t.Parallel()
	r := Load(nil)
	doc := decode(t, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:gone:1.0:User"],"id":"7","urn:example:gone:1.0:User":{"badge":7}}`)
	const want = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7"}`
	if got := encode(t, Projection{}.Apply(r.User, doc)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Elements that are made as they are read are shown as a list is, and made when they are read.
func TestProjectionOfElements(t *testing.T) {
	t.Parallel()
	group := Load(nil).Group
	for _, tt := range []struct{ attributes, excluded string }{
		{"", ""},
		{"members.display", ""},
		{"members.value", ""},
		{"displayName", ""},
		{"", "members.display"},
		{"", "members"},
	} {
		for _, list := range [][]any{
			{},
			{scim.NewDocument("value", "7")},
			{scim.NewDocument("value", "7"), scim.NewDocument("value", "8", "display", "Ann"), scim.NewDocument("display", "Ben")},
		} {
			p, err := ParseProjection(group, tt.attributes, tt.excluded, nil)
			if err != nil {
				t.Fatal(err)
			}
			made := 0
			elements := scim.Elements(func(yield func(any) bool) {
				for _, e := range list {
					if made++; !yield(e) {
						return
					}
				}
			})
			want := encode(t, p.Apply(group, scim.NewDocument("displayName", "Guides", "members", list)))
			shown := p.Apply(group, scim.NewDocument("displayName", "Guides", "members", elements))
			if made > 0 && made == len(list) && len(list) > 2 {
				t.Errorf("%s-%s: all elements are made before they are read", tt.attributes, tt.excluded)
			}
			if got := encode(t, shown); got != want {
				t.Errorf("%s-%s of %d: got %s, want %s", tt.attributes, tt.excluded, len(list), got, want)
			}
		}
	}
}
