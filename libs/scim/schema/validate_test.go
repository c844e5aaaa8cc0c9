package schema

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func decode(tb testing.TB, text string) *scim.Document {
	tb.Helper()
	doc, err := scim.Decode([]byte(text), 0)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func encode(tb testing.TB, doc *scim.Document) string {
	tb.Helper()
	data, err := doc.MarshalJSON()
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

const (
	ofUser  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	ofGroup = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
	ext     = scim.EnterpriseUserSchema
)

func TestValidate(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(custom)
	accepted := func(pairs ...string) (all []scim.Accepted) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, scim.Accepted{Coercion: scim.Coercion(pairs[i]), Path: pairs[i+1]})
		}
		return all
	}
	tests := []struct {
		rule     string
		rt       *ResourceType
		in, want string
		accepted []scim.Accepted
	}{
		{"s3.3 a valid document is unchanged", r.User, `{` + ofUser + `,"userName":"a","active":true}`, `{"userName":"a","active":true}`, nil},
		{"s2.1 names become canonical", r.User, `{` + strings.ToUpper(ofUser) + `,"USERNAME":"A","Name":{"GIVENNAME":"B"}}`, `{"userName":"A","name":{"givenName":"B"}}`, nil},
		{"s2.5 unassigned attributes are dropped", r.User, `{` + ofUser + `,"userName":"a","title":null,"nickName":"","emails":[],"name":{},"addresses":null,"roles":[]}`, `{"userName":"a"}`, nil},
		{"s3.3 readOnly attributes are dropped in silence", r.User, `{` + ofUser + `,"userName":"a","id":"7","meta":{"resourceType":"User"},"groups":[{"value":"1"}],"` + scim.DevRevUserSchema + `":{"state":"active"}}`, `{"userName":"a"}`, accepted("missing_schemas", scim.DevRevUserSchema)},
		{"readOnly attributes of any form are dropped", r.User, `{` + ofUser + `,"userName":"a","id":7,"meta":"x","groups":{}}`, `{"userName":"a"}`, nil},
		{"the password is dropped in silence", r.User, `{` + ofUser + `,"userName":"a","password":"1mz050nq"}`, `{"userName":"a"}`, nil},
		{"a password of any form is dropped", r.User, `{` + ofUser + `,"userName":"a","password":[{}]}`, `{"userName":"a"}`, nil},
		{"unknown attributes are dropped", r.User, `{` + ofUser + `,"userName":"a","foo":1}`, `{"userName":"a"}`, accepted("unknown_ignored", "foo")},
		{"unknown extensions are dropped", r.User, `{` + ofUser + `,"userName":"a","urn:example:other":{"x":1}}`, `{"userName":"a"}`, accepted("unknown_schema", "urn:example:other")},
		{"an unknown attribute of an extension is dropped", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":{"foo":1}}`, `{"userName":"a"}`, accepted("unknown_ignored", ext+":foo")},
		{"Entra's second schema of a group is ignored", r.Group, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"8","displayName":"G","meta":{"resourceType":"Group"}}`, `{"externalId":"8","displayName":"G"}`, accepted("unknown_schema", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group")},
		{"values are coerced", r.User, `{` + ofUser + `,"userName":["a"],"active":"False","emails":"a@example.com"}`, `{"userName":"a","active":false,"emails":[{"value":"a@example.com"}]}`, accepted("single_as_list", "userName", "string_boolean", "active", "list_as_single", "emails", "value_for_complex", "emails")},

		{"s3 schemas may be missing", r.User, `{"userName":"a"}`, `{"userName":"a"}`, accepted("missing_schemas", "schemas")},
		{"s3 schemas may be null", r.User, `{"schemas":null,"userName":"a"}`, `{"userName":"a"}`, accepted("missing_schemas", "schemas")},
		{"s3 schemas may be empty", r.User, `{"schemas":[],"userName":"a"}`, `{"userName":"a"}`, accepted("missing_schemas", "schemas")},
		{"s3 an extension may be missing in schemas", r.User, `{` + ofUser + `,"userName":"a","` + ext + `":{"department":"D"}}`, `{"userName":"a","` + ext + `":{"department":"D"}}`, accepted("missing_schemas", ext)},
		{"s3 an extension of schemas may be unused", r.User, `{` + bothSchemas + `,"userName":"a"}`, `{"userName":"a"}`, nil},

		{"an extension's names become canonical", r.User, `{` + bothSchemas + `,"userName":"a","` + strings.ToUpper(ext) + `":{"DEPARTMENT":"D"}}`, `{"userName":"a","` + ext + `":{"department":"D"}}`, nil},
		{"an extension without values is dropped", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":{"department":"","manager":null}}`, `{"userName":"a"}`, nil},
		{"an extension may be null", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":null}`, `{"userName":"a"}`, nil},
		{"a manager that is only a string", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":{"manager":"7"}}`, `{"userName":"a","` + ext + `":{"manager":{"value":"7"}}}`, accepted("value_for_complex", ext+":manager")},

		{"dotted names make an object", r.User, `{` + ofUser + `,"userName":"a","name.givenName":"G","NAME.FAMILYNAME":"F"}`, `{"userName":"a","name":{"givenName":"G","familyName":"F"}}`, accepted("dotted_name", "name.givenName", "dotted_name", "name.familyName")},
		{"dotted names are merged into the object", r.User, `{` + ofUser + `,"userName":"a","name":{"givenName":"G","familyName":"F"},"name.givenName":"H"}`, `{"userName":"a","name":{"givenName":"H","familyName":"F"}}`, accepted("dotted_name", "name.givenName")},
		{"the object is merged into dotted names", r.User, `{` + ofUser + `,"userName":"a","name.givenName":"G","name":{"familyName":"F"}}`, `{"userName":"a","name":{"givenName":"G","familyName":"F"}}`, accepted("dotted_name", "name.givenName")},
		{"a dotted name without value changes nothing", r.User, `{` + ofUser + `,"userName":"a","name":{"givenName":"G"},"name.givenName":null}`, `{"userName":"a","name":{"givenName":"G"}}`, accepted("dotted_name", "name.givenName")},
		{"dotted names of a list make one element", r.User, `{` + ofUser + `,"userName":"a","emails.value":"a@example.com","emails.type":"work"}`, `{"userName":"a","emails":[{"value":"a@example.com","type":"work"}]}`, accepted("dotted_name", "emails.value", "list_as_single", "emails", "dotted_name", "emails.type")},
		{"s3.5.2 a dotted name applies to every element", r.User, `{` + ofUser + `,"userName":"a","emails":[{"value":"b"},{"value":"c"}],"emails.type":"work"}`, `{"userName":"a","emails":[{"value":"b","type":"work"},{"value":"c","type":"work"}]}`, accepted("dotted_name", "emails.type", "list_as_single", "emails")},
		{"a dotted name leaves a tidy list", r.User, `{` + ofUser + `,"userName":"a","emails":[{"value":"b"},{"value":"c"}],"emails.primary":true}`, `{"userName":"a","emails":[{"value":"b","primary":false},{"value":"c","primary":true}]}`, accepted("dotted_name", "emails.primary", "list_as_single", "emails", "second_primary", "emails")},
		{"s7 a dotted name of a readOnly sub-attribute is dropped", r.User, `{` + ofUser + `,"userName":"a","meta.location":"x"}`, `{"userName":"a"}`, nil},
		{"a dotted name within an extension", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":{"manager.value":"7"}}`, `{"userName":"a","` + ext + `":{"manager":{"value":"7"}}}`, accepted("dotted_name", ext+":manager.value")},

		{"a name with an extension's URN", r.User, `{` + ofUser + `,"userName":"a","` + ext + `:department":"D"}`, `{"userName":"a","` + ext + `":{"department":"D"}}`, accepted("urn_name", ext+":department")},
		{"names with a URN are merged into the extension", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":{"division":"V"},"` + ext + `:department":"D"}`, `{"userName":"a","` + ext + `":{"division":"V","department":"D"}}`, accepted("urn_name", ext+":department")},
		{"a dotted name with a URN", r.User, `{` + ofUser + `,"userName":"a","` + ext + `:manager.value":"7"}`, `{"userName":"a","` + ext + `":{"manager":{"value":"7"}}}`, accepted("urn_name", ext+":manager.value", "dotted_name", ext+":manager.value")},
		{"a name with the core URN", r.User, `{` + ofUser + `,"urn:ietf:params:scim:schemas:core:2.0:User:userName":"a"}`, `{"userName":"a"}`, accepted("urn_name", "userName")},
		{"a bare name of an extension", r.User, `{` + ofUser + `,"userName":"a","department":"D"}`, `{"userName":"a","` + ext + `":{"department":"D"}}`, accepted("urn_name", ext+":department")},
		{"an unknown attribute with a known URN", r.User, `{` + ofUser + `,"userName":"a","` + ext + `:foo":"D"}`, `{"userName":"a"}`, accepted("unknown_ignored", ext+":foo")},
		{"of one attribute under two names the later value counts", r.User, `{` + ofUser + `,"userName":"a","urn:ietf:params:scim:schemas:core:2.0:User:userName":"b"}`, `{"userName":"b"}`, accepted("urn_name", "userName")},
		{"of one list under two names the later one counts", r.User, `{` + ofUser + `,"userName":"a","emails":["b"],"urn:ietf:params:scim:schemas:core:2.0:User:emails":["c"]}`, `{"userName":"a","emails":[{"value":"c"}]}`, accepted("value_for_complex", "emails", "urn_name", "emails")},

		{"a group with members", r.Group, `{` + ofGroup + `,"displayName":"G","members":[{"value":"1","display":"a"},{"value":"2","$ref":null},"3"]}`, `{"displayName":"G","members":[{"value":"1"},{"value":"2"},{"value":"3"}]}`, accepted("value_for_complex", "members")},
		{"an organisation's own extension", r.User, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + custom.ID + `"],"userName":"a","` + custom.ID + `":{"badge":"7","desk":{"room":"1"}}}`, `{"userName":"a","` + custom.ID + `":{"badge":7,"desk":{"room":"1"}}}`, accepted("string_number", custom.ID+":badge")},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			in := decode(t, tt.in)
			var tol scim.Tolerance
			got, err := tt.rt.Validate(in, &tol)
			if err != nil {
				t.Fatalf("Validate: %v", err)
			}
			if encode(t, got) != tt.want {
				t.Errorf("got  %s\nwant %s", encode(t, got), tt.want)
			}
			if !reflect.DeepEqual(tol.Accepted, tt.accepted) {
				t.Errorf("accepted %v\nwant     %v", tol.Accepted, tt.accepted)
			}
			if encode(t, in) != encode(t, decode(t, tt.in)) {
				t.Error("the input was changed")
			}
			if _, err := tt.rt.Validate(in, &scim.Tolerance{Strict: true}); (err != nil) != (len(tt.accepted) > 0) {
				t.Errorf("strict: %v; want refused exactly what needed a coercion", err)
			}
		})
	}
}

const bothSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]`

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(custom)
	tests := []struct {
		rule   string
		rt     *ResourceType
		in     string
		typ    scim.ErrorType
		detail string
	}{
		{"s4.1.1 userName is required", r.User, `{` + ofUser + `}`, scim.InvalidValue, "userName is required."},
		{"an empty userName counts as absent", r.User, `{` + ofUser + `,"userName":""}`, scim.InvalidValue, "userName is required."},
		{"userName null counts as absent", r.User, `{` + ofUser + `,"userName":null}`, scim.InvalidValue, "userName is required."},
		{"a group's displayName is required", r.Group, `{` + ofGroup + `,"members":[]}`, scim.InvalidValue, "displayName is required."},
		{"a sub-attribute is required where its attribute is", r.User, `{"userName":"a","` + custom.ID + `":{"desk":{"keys":["1"]}}}`, scim.InvalidValue, custom.ID + ":desk.room is required."},
		{"userName as a number", r.User, `{` + ofUser + `,"userName":4711}`, scim.InvalidValue, `"userName" must be a string.`},
		{"userName as an object", r.User, `{` + ofUser + `,"userName":{"value":"4711","type":"work"}}`, scim.InvalidValue, `"userName" must be a string.`},
		{"active as another word", r.User, `{` + ofUser + `,"userName":"a","active":"4711"}`, scim.InvalidValue, `"active" must be true or false.`},
		{"emails deep in lists", r.User, `{` + ofUser + `,"userName":"a","emails":[[[[["4711"]]]]]}`, scim.InvalidValue, `"emails" must be a list, each element an object.`},
		{"an extension's attribute of another type", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":{"department":4711}}`, scim.InvalidValue, `"` + ext + `:department" must be a string.`},
		{"an extension that is not an object", r.User, `{` + bothSchemas + `,"userName":"a","` + ext + `":"4711"}`, scim.InvalidValue, `"` + ext + `" must be an object.`},
		{"a dotted name's value of another type", r.User, `{` + ofUser + `,"userName":"a","name.givenName":4711}`, scim.InvalidValue, `"name.givenName" must be a string.`},
		{"s3 schemas without the core URN", r.User, `{"schemas":["` + ext + `"],"userName":"a"}`, scim.InvalidValue, `"schemas" must hold "urn:ietf:params:scim:schemas:core:2.0:User"`},
		{"s3 schemas of another resource type", r.User, `{` + ofGroup + `,"userName":"a"}`, scim.InvalidValue, `"schemas" must hold "urn:ietf:params:scim:schemas:core:2.0:User", since this is a User.`},
		{"s3 schemas as a string", r.User, `{"schemas":{"urn":"urn:ietf:params:scim:schemas:core:2.0:User"},"userName":"a"}`, scim.InvalidSyntax, `"schemas" must be a list of strings`},
		{"s3 schemas with a number", r.User, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",4711],"userName":"a"}`, scim.InvalidSyntax, `"schemas" must be a list of strings`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := tt.rt.Validate(decode(t, tt.in), nil)
			refusal, ok := errors.AsType[*scim.Error](err)
			if !ok || got != nil || refusal.Status != 400 || refusal.Type != tt.typ || !strings.HasPrefix(refusal.Detail, tt.detail) {
				t.Fatalf("Validate = %v, %v; want 400 %s: %s", got, err, tt.typ, tt.detail)
			}
			if strings.Contains(refusal.Detail, "4711") {
				t.Errorf("Detail %q contains a value", refusal.Detail)
			}
		})
	}
}

func TestCheckRequired(t *testing.T) {
	t.Parallel()
	user := Load(nil).User
	demanding := *user
	demanding.Extensions = []Extension{{Schema: &Schema{ID: "urn:example:x", Attributes: []*Attribute{
		{Name: "code", Required: true, Mutability: ReadWrite}, {Name: "set", Required: true, Mutability: ReadOnly},
	}}, Required: true}}
	for _, tt := range []struct {
		rule string
		rt   *ResourceType
		doc  *scim.Document
		want string
	}{
		{"all there", user, scim.NewDocument("userName", "a"), ""},
		{"an attribute is missing", user, scim.NewDocument("title", "a"), "400 invalidValue: userName is required."},
		{"a required extension is missing", &demanding, scim.NewDocument("userName", "a"), "400 invalidValue: urn:example:x:code is required."},
		{"what the service provides is not required", &demanding, scim.NewDocument("userName", "a", "urn:example:x", scim.NewDocument("code", "1")), ""},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := tt.rt.CheckRequired(tt.doc); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSchemasOf(t *testing.T) {
	t.Parallel()
	user := Load(nil).User
	for rule, tt := range map[string]struct {
		doc  *scim.Document
		want []any
	}{
		"the core schema always":       {scim.NewDocument(), []any{scim.UserSchema}},
		"an extension that is there":   {scim.NewDocument(ext, scim.NewDocument("department", "D")), []any{scim.UserSchema, ext}},
		"no extension without members": {scim.NewDocument(ext, scim.NewDocument()), []any{scim.UserSchema}},
	} {
		if got := SchemasOf(user, tt.doc); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", rule, got, tt.want)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	data, err := os.ReadFile("../testdata/okta_create_user.json")
	if err != nil {
		b.Fatal(err)
	}
	user, in := Load(nil).User, decode(b, string(data))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := user.Validate(in, &scim.Tolerance{}); err != nil {
			b.Fatal(err)
		}
	}
}
