package patch

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// testTypes has users with an extension that shows the characteristics which no core attribute has.
var testTypes = schema.Load(nil).With(&schema.Schema{
	ID: acme,
	Attributes: []*schema.Attribute{
		{Name: "badge", Type: schema.Integer, Mutability: schema.Immutable},
		{Name: "rate", Type: schema.Decimal},
		{Name: "tags", MultiValued: true},
		{Name: "codes", MultiValued: true, CaseExact: true, Mutability: schema.Immutable},
		{Name: "secret", Mutability: schema.WriteOnly, Returned: schema.Never},
		{Name: "desk", Type: schema.Complex, SubAttributes: []*schema.Attribute{
			{Name: "floor", Type: schema.Integer, Required: true},
			{Name: "side"},
			{Name: "sensor", Mutability: schema.ReadOnly},
			{Name: "serial", Mutability: schema.Immutable},
			{Name: "colours", MultiValued: true},
		}},
		{Name: "keys", Type: schema.Complex, MultiValued: true, Required: true, SubAttributes: []*schema.Attribute{
			{Name: "value"},
			{Name: "cut", Type: schema.Decimal},
			{Name: "marks", MultiValued: true},
		}},
	},
})

const (
	acme       = "urn:example:params:scim:schemas:extension:acme:1.0:User"
	enterprise = scim.EnterpriseUserSchema
)

func document(tb testing.TB, text string) *scim.Document {
	tb.Helper()
	doc, err := scim.Decode([]byte(text), 0)
	if err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
	return doc
}

// user returns a stored user with the given members, JSON without the braces.
func user(tb testing.TB, members string) *scim.Document {
	tb.Helper()
	if members != "" {
		members = "," + members
	}
	return document(tb, `{"userName":"bjensen@example.com"`+members+`}`)
}

// request returns the decoded request with the given operations, JSON without the brackets.
func request(tb testing.TB, operations string, tol *scim.Tolerance) Request {
	tb.Helper()
	req, err := Decode(document(tb, `{"schemas":["`+scim.PatchOpSchema+`"],"Operations":[`+operations+`]}`), tol)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}

func text(tb testing.TB, doc *scim.Document) string {
	tb.Helper()
	data, err := json.Marshal(doc)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// summary returns outcomes as "1 applied title, 2 noop active".
func summary(outcomes []Outcome) string {
	var lines []string
	for _, o := range outcomes {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(o.Operation, " ", o.Result, " ", o.Path)))
	}
	return strings.Join(lines, ", ")
}

type applied struct {
	rule       string
	before     string // the members of the user besides userName
	operations string
	after      string
	outcomes   string
}

const (
	work = `{"value":"bjensen@example.com","type":"work","primary":true}`
	home = `{"value":"babs@example.org","type":"home"}`
)

// Everything here is plain RFC 7644, and so is accepted in strict mode too.
var rfc = []applied{
	{"s3.5.2.1 add to an absent attribute creates it", ``, `{"op":"add","path":"title","value":"Tour Guide"}`, `"title":"Tour Guide"`, "1 applied title"},
	{"s3.5.2.1 add to a single-valued attribute replaces it", `"title":"Clerk"`, `{"op":"add","path":"title","value":"Tour Guide"}`, `"title":"Tour Guide"`, "1 applied title"},
	{"s3.5.2.1 add of the value that is there changes nothing", `"title":"Tour Guide"`, `{"op":"add","path":"title","value":"Tour Guide"}`, `"title":"Tour Guide"`, "1 noop title"},
	{"another case is another value", `"title":"tour guide"`, `{"op":"add","path":"title","value":"Tour Guide"}`, `"title":"Tour Guide"`, "1 applied title"},
	{"s3.5.2.1 add to an absent multi-valued attribute creates it", ``, `{"op":"add","path":"emails","value":[` + work + `]}`, `"emails":[` + work + `]`, "1 applied emails"},
	{"s3.5.2.1 a value that is added may come without a list", `"emails":[` + work + `]`, `{"op":"add","path":"emails","value":` + home + `}`, `"emails":[` + work + `,` + home + `]`, "1 applied emails"},
	{"s3.5.2.1 add to a multi-valued attribute appends", `"emails":[` + work + `]`, `{"op":"add","path":"emails","value":[` + home + `]}`, `"emails":[` + work + `,` + home + `]`, "1 applied emails"},
	{"s3.5.2.1 add of an existing element adds nothing", `"emails":[` + work + `,` + home + `]`, `{"op":"add","path":"emails","value":[` + home + `]}`, `"emails":[` + work + `,` + home + `]`, "1 noop emails"},
	{
		"add of an element with the value and type of another changes that one", `"emails":[{"value":"BABS@example.org","type":"home"}]`,
		`{"op":"add","path":"emails","value":[{"value":"babs@example.org","type":"home","display":"Babs"}]}`,
		`"emails":[{"value":"babs@example.org","type":"home","display":"Babs"}]`, "1 applied emails",
	},
	{
		"the same value of another type is another element", `"emails":[` + home + `]`,
		`{"op":"add","path":"emails","value":[{"value":"babs@example.org","type":"other"}]}`,
		`"emails":[` + home + `,{"value":"babs@example.org","type":"other"}]`, "1 applied emails",
	},
	{
		"elements without value are compared as a whole", `"addresses":[{"locality":"Hollywood","type":"work"}]`,
		`{"op":"add","path":"addresses","value":[{"locality":"Hollywood","type":"home"},{"locality":"Hollywood","type":"work"}]}`,
		`"addresses":[{"locality":"Hollywood","type":"work"},{"locality":"Hollywood","type":"home"}]`, "1 applied addresses",
	},
	{"simple values are compared in their comparable form", `"` + acme + `":{"keys":[{"value":"k"}],"tags":["a"]}`, `{"op":"add","path":"` + acme + `:tags","value":["A","b"]}`, `"` + acme + `":{"keys":[{"value":"k"}],"tags":["a","b"]}`, "1 applied " + acme + ":tags"},
	{"s3.5.2.1 add to a complex attribute merges", `"name":{"givenName":"Barbara"}`, `{"op":"add","path":"name","value":{"familyName":"Jensen"}}`, `"name":{"givenName":"Barbara","familyName":"Jensen"}`, "1 applied name"},
	{"add of null does nothing", `"title":"Tour Guide"`, `{"op":"add","path":"title","value":null}`, `"title":"Tour Guide"`, "1 noop title"},
	{"nor in a complex attribute or an element", `"name":{"givenName":"Babs"},"emails":[` + home + `]`, `{"op":"add","path":"name","value":null},{"op":"add","path":"emails[type eq \"home\"]","value":null},{"op":"add","path":"emails[type eq \"home\"].value","value":null}`, `"name":{"givenName":"Babs"},"emails":[` + home + `]`, "1 noop name, 2 noop emails, 3 noop emails.value"},
	{"s3.5.2.1 add without path takes attributes", `"emails":[` + work + `]`, `{"op":"add","value":{"emails":[` + home + `],"nickName":"Babs"}}`, `"emails":[` + work + `,` + home + `],"nickName":"Babs"`, "1 applied emails, 1 applied nickName"},
	{"s3.5.2 a new primary takes over", `"emails":[` + work + `]`, `{"op":"add","path":"emails","value":[{"value":"babs@example.org","type":"home","primary":true}]}`, `"emails":[{"value":"bjensen@example.com","type":"work","primary":false},{"value":"babs@example.org","type":"home","primary":true}]`, "1 applied emails"},
	{"s3.5.2 a sub-attribute primary takes over", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, `"emails":[{"value":"bjensen@example.com","type":"work","primary":false},{"value":"babs@example.org","type":"home","primary":true}]`, "1 applied emails.primary"},
	{"s3.5.2 also from an element behind it", `"emails":[` + home + `,` + work + `]`, `{"op":"add","path":"emails[type eq \"home\"]","value":{"primary":true}}`, `"emails":[{"value":"babs@example.org","type":"home","primary":true},{"value":"bjensen@example.com","type":"work","primary":false}]`, "1 applied emails"},
	{"of two that are the same one the first is changed", `"emails":[{"value":"a","display":"1"},{"value":"a","display":"2"}]`, `{"op":"add","path":"emails","value":[{"value":"A","display":"3"}]}`, `"emails":[{"value":"A","display":"3"},{"value":"a","display":"2"}]`, "1 applied emails"},
	{"primary stays where no other element claims it", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[type eq \"home\"].primary","value":false}`, `"emails":[` + work + `,{"value":"babs@example.org","type":"home","primary":false}]`, "1 applied emails.primary"},

	{"s3.5.2.2 remove", `"title":"Tour Guide","nickName":"Babs"`, `{"op":"remove","path":"title"}`, `"nickName":"Babs"`, "1 applied title"},
	{"s3.5.2.2 remove of an absent attribute is not an error", ``, `{"op":"remove","path":"title"}`, ``, "1 noop title"},
	{"s3.5.2.2 remove of a multi-valued attribute removes all its values", `"emails":[` + work + `,` + home + `]`, `{"op":"remove","path":"emails"}`, ``, "1 applied emails"},
	{"s3.5.2.2 remove of a value path removes the elements it selects", `"emails":[` + work + `,` + home + `]`, `{"op":"remove","path":"emails[type eq \"home\"]"}`, `"emails":[` + work + `]`, "1 applied emails"},
	{"s3.5.2.2 the attribute goes with its last element", `"emails":[` + home + `]`, `{"op":"remove","path":"emails[type eq \"home\"]"}`, ``, "1 applied emails"},
	{"s3.5.2.2 remove of a value path's sub-attribute", `"addresses":[{"locality":"Hollywood","region":"CA","type":"work"}]`, `{"op":"remove","path":"addresses[type eq \"work\"].region"}`, `"addresses":[{"locality":"Hollywood","type":"work"}]`, "1 applied addresses.region"},
	{"an element without its value goes", `"emails":[` + work + `,` + home + `]`, `{"op":"remove","path":"emails[type eq \"home\"].value"}`, `"emails":[` + work + `]`, "1 applied emails.value"},
	{"an element without anything goes", `"addresses":[{"locality":"Hollywood"}]`, `{"op":"remove","path":"addresses.locality"}`, ``, "1 applied addresses.locality"},
	{"s3.5.2.2 remove of a value path that selects nothing is not an error", `"emails":[` + work + `]`, `{"op":"remove","path":"emails[type eq \"home\"]"}`, `"emails":[` + work + `]`, "1 noop emails"},
	{"removing the primary makes no other element primary", `"emails":[` + work + `,` + home + `]`, `{"op":"remove","path":"emails[primary eq true]"}`, `"emails":[` + home + `]`, "1 applied emails"},
	{"remove of a sub-attribute", `"name":{"givenName":"Barbara","familyName":"Jensen"}`, `{"op":"remove","path":"name.givenName"}`, `"name":{"familyName":"Jensen"}`, "1 applied name.givenName"},
	{"a complex attribute goes with its last sub-attribute", `"name":{"givenName":"Barbara"}`, `{"op":"remove","path":"name.givenName"}`, ``, "1 applied name.givenName"},
	{"remove of a complex attribute", `"name":{"givenName":"Barbara"}`, `{"op":"remove","path":"name"}`, ``, "1 applied name"},
	{"remove of an extension", `"` + enterprise + `":{"department":"Tours"}`, `{"op":"remove","path":"` + enterprise + `"}`, ``, "1 applied " + enterprise},
	{"remove of an absent extension", ``, `{"op":"remove","path":"` + enterprise + `"}`, ``, "1 noop " + enterprise},
	{"an extension goes with its last attribute", `"` + enterprise + `":{"department":"Tours"}`, `{"op":"remove","path":"` + enterprise + `:department"}`, ``, "1 applied " + enterprise + ":department"},

	{"s3.5.2.3 replace", `"title":"Clerk"`, `{"op":"replace","path":"title","value":"Tour Guide"}`, `"title":"Tour Guide"`, "1 applied title"},
	{"s3.5.2.3 replace of an absent attribute adds it", ``, `{"op":"replace","path":"title","value":"Tour Guide"}`, `"title":"Tour Guide"`, "1 applied title"},
	{"s3.5.2.3 replace without path replaces the attributes given", `"title":"Clerk","nickName":"Babs"`, `{"op":"replace","value":{"title":"Tour Guide","active":true}}`, `"title":"Tour Guide","nickName":"Babs","active":true`, "1 applied title, 1 applied active"},
	{"s3.5.2.3 replace of a multi-valued attribute replaces all its values", `"emails":[` + work + `]`, `{"op":"replace","path":"emails","value":[` + home + `]}`, `"emails":[` + home + `]`, "1 applied emails"},
	{"s3.5.2.3 replace of a complex attribute leaves the sub-attributes not given", `"name":{"givenName":"Babs","familyName":"Jensen"}`, `{"op":"replace","path":"name","value":{"givenName":"Barbara"}}`, `"name":{"givenName":"Barbara","familyName":"Jensen"}`, "1 applied name"},
	{"s3.5.2.3 replace of a value path's sub-attribute", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"barbara@example.com"}`, `"emails":[{"value":"barbara@example.com","type":"work","primary":true},` + home + `]`, "1 applied emails.value"},
	{"s3.5.2.3 replace of a value path replaces each element it selects, except its value", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[type pr]","value":{"display":"Babs"}}`, `"emails":[{"value":"bjensen@example.com","display":"Babs"},{"value":"babs@example.org","display":"Babs"}]`, "1 applied emails"},
	{"s3.5.2.3 replace of a value path keeps the sub-attributes in its filter", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"new@example.com"}}`, `"emails":[{"value":"new@example.com","type":"work"},` + home + `]`, "1 applied emails"},
	{"a filter with not, or and groups", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[not (type eq \"work\" or primary eq true)].type","value":"other"}`, `"emails":[` + work + `,{"value":"babs@example.org","type":"other"}]`, "1 applied emails.type"},
	{"elements that became equal are one", `"emails":[{"value":"a","type":"work"},{"value":"a","type":"home"}]`, `{"op":"replace","path":"emails[value eq \"a\"].type","value":"other"}`, `"emails":[{"value":"a","type":"other"}]`, "1 applied emails.type"},
	{"s3.5.2.3 noTarget is for elements, a single-valued value path can match", `"name":{"givenName":"Babs"}`, `{"op":"replace","path":"name[givenName eq \"babs\"].familyName","value":"Jensen"}`, `"name":{"givenName":"Babs","familyName":"Jensen"}`, "1 applied name.familyName"},
	{"a sub-attribute of a multi-valued attribute is that of each element", `"addresses":[{"locality":"A"},{"locality":"B"}]`, `{"op":"replace","path":"addresses.country","value":"US"}`, `"addresses":[{"locality":"A","country":"US"},{"locality":"B","country":"US"}]`, "1 applied addresses.country"},
	{"and creates an element where there is none", ``, `{"op":"add","path":"addresses.country","value":"US"}`, `"addresses":[{"country":"US"}]`, "1 applied addresses.country"},
	{"a sub-attribute makes its complex attribute", ``, `{"op":"add","path":"name.givenName","value":"Barbara"}`, `"name":{"givenName":"Barbara"}`, "1 applied name.givenName"},
	{"null leaves active unchanged", `"active":true`, `{"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":null}`, `"active":false`, "1 applied active, 2 noop active"},
	{"s2.5 replace by null removes", `"title":"Clerk"`, `{"op":"replace","path":"title","value":null}`, ``, "1 applied title"},
	{"s2.5 replace by [] removes", `"emails":[` + home + `]`, `{"op":"replace","path":"emails","value":[]}`, ``, "1 applied emails"},
	{"replace by an empty string removes", `"title":"Clerk"`, `{"op":"replace","path":"title","value":""}`, ``, "1 applied title"},
	{"replace of a sub-attribute by null removes it", `"name":{"givenName":"Babs","familyName":"Jensen"}`, `{"op":"replace","path":"name.givenName","value":null}`, `"name":{"familyName":"Jensen"}`, "1 applied name.givenName"},
	{"null inside a complex value removes the sub-attribute", `"name":{"givenName":"Babs","familyName":"Jensen"}`, `{"op":"replace","path":"name","value":{"givenName":null,"middleName":"J"}}`, `"name":{"familyName":"Jensen","middleName":"J"}`, "1 applied name"},
	{"but not by add", `"name":{"givenName":"Babs"}`, `{"op":"add","path":"name","value":{"givenName":null,"familyName":"Jensen"}}`, `"name":{"givenName":"Babs","familyName":"Jensen"}`, "1 applied name"},
	{"replace of a complex attribute by null removes it", `"name":{"givenName":"Babs"}`, `{"op":"replace","path":"name","value":null}`, ``, "1 applied name"},
	{"replace of selected elements by null removes them", `"emails":[` + work + `,` + home + `]`, `{"op":"replace","path":"emails[type eq \"home\"]","value":null}`, `"emails":[` + work + `]`, "1 applied emails"},
	{"replace of no element by null creates none", ``, `{"op":"replace","path":"emails[type eq \"home\"].value","value":null}`, ``, "1 noop emails.value"},
	{"replace of an extension by null removes it", `"` + enterprise + `":{"department":"Tours"}`, `{"op":"replace","path":"` + enterprise + `","value":null}`, ``, "1 applied " + enterprise},

	{"an extension's attribute by its URN", ``, `{"op":"add","path":"` + enterprise + `:department","value":"Tours"}`, `"` + enterprise + `":{"department":"Tours"}`, "1 applied " + enterprise + ":department"},
	{"a sub-attribute by its URN", ``, `{"op":"add","path":"` + enterprise + `:manager.value","value":"7"}`, `"` + enterprise + `":{"manager":{"value":"7"}}`, "1 applied " + enterprise + ":manager.value"},
	{"the URN of the core schema", ``, `{"op":"add","path":"` + scim.UserSchema + `:name.givenName","value":"Barbara"}`, `"name":{"givenName":"Barbara"}`, "1 applied name.givenName"},
	{"a whole extension merges", `"` + enterprise + `":{"department":"Tours"}`, `{"op":"replace","path":"` + enterprise + `","value":{"division":"Parks"}}`, `"` + enterprise + `":{"department":"Tours","division":"Parks"}`, "1 applied " + enterprise + ":division"},
	{"a whole extension without path merges", `"` + enterprise + `":{"department":"Tours"}`, `{"op":"add","value":{"` + enterprise + `":{"division":"Parks","manager":{"value":"7"}}}}`, `"` + enterprise + `":{"department":"Tours","division":"Parks","manager":{"value":"7"}}`, "1 applied " + enterprise + ":division, 1 applied " + enterprise + ":manager"},
	{"names in any case", `"title":"Clerk"`, `{"op":"replace","path":"TITLE","value":"Tour Guide"},{"op":"add","value":{"NAME":{"GIVENNAME":"Barbara"}}}`, `"title":"Tour Guide","name":{"givenName":"Barbara"}`, "1 applied title, 2 applied name"},

	{"schemas is computed", ``, `{"op":"add","path":"schemas","value":["` + enterprise + `"]},{"op":"replace","value":{"schemas":["` + scim.UserSchema + `"]}},{"op":"add","path":"title","value":"Guide"}`, `"title":"Guide"`, "1 ignored schemas, 2 ignored schemas, 3 applied title"},
	{"password is accepted and not kept", ``, `{"op":"replace","path":"password","value":"t1meMa$heen"},{"op":"replace","value":{"password":"t1meMa$heen"}},{"op":"add","path":"title","value":"Guide"}`, `"title":"Guide"`, "1 ignored password, 2 ignored password, 3 applied title"},
	{"no attribute of the schema is special: writeOnly", ``, `{"op":"add","path":"` + acme + `:secret","value":"x"},{"op":"add","path":"title","value":"Guide"}`, `"title":"Guide"`, "1 ignored " + acme + ":secret, 2 applied title"},
	{"s2.2 immutable can be given once", `"` + acme + `":{"keys":[{"value":"k"}]}`, `{"op":"add","path":"` + acme + `:badge","value":7},{"op":"replace","path":"` + acme + `:badge","value":7}`, `"` + acme + `":{"keys":[{"value":"k"}],"badge":7}`, "1 applied " + acme + ":badge, 2 noop " + acme + ":badge"},
	{"immutable sub-attributes too", `"` + acme + `":{"keys":[{"value":"k"}],"desk":{"floor":1,"serial":"s"}}`, `{"op":"replace","path":"` + acme + `:desk","value":{"floor":2,"serial":"s"}}`, `"` + acme + `":{"keys":[{"value":"k"}],"desk":{"floor":2,"serial":"s"}}`, "1 applied " + acme + ":desk"},
	{"a readOnly part of a complex value is left out", `"` + acme + `":{"keys":[{"value":"k"}]}`, `{"op":"add","path":"` + acme + `:desk","value":{"floor":2,"sensor":"on"}}`, `"` + acme + `":{"keys":[{"value":"k"}],"desk":{"floor":2}}`, "1 applied " + acme + ":desk"},
	{"a multi-valued sub-attribute appends", `"` + acme + `":{"keys":[{"value":"k"}],"desk":{"floor":2,"colours":["red"]}}`, `{"op":"add","path":"` + acme + `:desk.colours","value":["blue","red"]}`, `"` + acme + `":{"keys":[{"value":"k"}],"desk":{"floor":2,"colours":["red","blue"]}}`, "1 applied " + acme + ":desk.colours"},
	{"s3.5.2 operations apply in turn", ``, `{"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"},{"op":"remove","path":"title"},{"op":"add","path":"nickName","value":"C"}`, `"nickName":"C"`, "1 applied title, 2 applied title, 3 applied title, 4 applied nickName"},
	{"an object without members does nothing", `"title":"A"`, `{"op":"replace","value":{}},{"op":"add","path":"` + enterprise + `","value":{}}`, `"title":"A"`, "1 noop, 2 noop " + enterprise},
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, tt := range rfc {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			tt.check(t, &scim.Tolerance{Strict: true})
		})
	}
}

// check applies the operations and checks the laws of every PATCH.
func (tt applied) check(t *testing.T, tol *scim.Tolerance) {
	t.Helper()
	before := user(t, tt.before)
	untouched := text(t, before)
	req := request(t, tt.operations, tol)
	got, outcomes, err := Apply(before, testTypes.User, req, tol)
	if err != nil {
		t.Fatal(err)
	}
	if want := user(t, tt.after); !got.Equal(want) {
		t.Errorf("got %s\nwant %s", text(t, got), text(t, want))
	}
	if got := summary(outcomes); got != tt.outcomes {
		t.Errorf("outcomes %s\n    want %s", got, tt.outcomes)
	}
	if now := text(t, before); now != untouched {
		t.Errorf("the input became %s", now)
	}
	checkStored(t, got)
}

// checkStored checks that doc is in stored form, which Validate leaves unchanged.
func checkStored(t *testing.T, doc *scim.Document) {
	t.Helper()
	sent := doc.Clone()
	sent.Set("schemas", schema.SchemasOf(testTypes.User, doc))
	stored, err := testTypes.User.Validate(sent, &scim.Tolerance{Strict: true})
	if err != nil || !stored.Equal(doc) {
		t.Errorf("%s is not in stored form (%v)", text(t, doc), err)
	}
}

// What clients send beyond the RFC, with the coercions that must be noted. Strict refuses each.
var coerced = []struct {
	applied
	coercions []scim.Coercion
}{
	{applied{"Okta deactivates without path", `"active":true`, `{"op":"replace","value":{"active":"False"}}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.StringBoolean}},
	{applied{"Entra ID deactivates", `"active":true`, `{"op":"Replace","path":"active","value":"False"}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.CapitalOp, scim.StringBoolean}},
	{applied{"Entra ID deactivates by add", `"active":true`, `{"op":"Add","path":"active","value":"false"}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.CapitalOp, scim.StringBoolean}},
	{applied{"Entra ID activates again every cycle", `"active":true`, `{"op":"Add","path":"active","value":"True"}`, `"active":true`, "1 noop active"}, []scim.Coercion{scim.CapitalOp, scim.StringBoolean}},
	{applied{"Okta renames with id", `"displayName":"A"`, `{"op":"replace","value":{"id":"abf4dd94","displayName":"B","groups":[],"meta":{"version":"1"}}}`, `"displayName":"B"`, "1 ignored id, 1 applied displayName, 1 ignored groups, 1 ignored meta"}, []scim.Coercion{scim.ReadOnlyIgnored, scim.ReadOnlyIgnored, scim.ReadOnlyIgnored}},
	{
		applied{
			"Entra ID replaces in dotted names and colons", `"name":{"middleName":"J"}`,
			`{"op":"replace","value":{"displayName":"Bjfe","name.givenName":"Kkom","name.familyName":"Unua","` + enterprise + `:employeeNumber":"Aklq"}}`,
			`"displayName":"Bjfe","name":{"middleName":"J","givenName":"Kkom","familyName":"Unua"},"` + enterprise + `":{"employeeNumber":"Aklq"}`,
			"1 applied displayName, 1 applied name.givenName, 1 applied name.familyName, 1 applied " + enterprise + ":employeeNumber",
		},
		[]scim.Coercion{scim.DottedName, scim.DottedName, scim.URNName},
	},
	{applied{"a value path for a name", `"emails":[` + work + `]`, `{"op":"replace","value":{"emails[type eq \"work\"].value":"b@example.com"}}`, `"emails":[{"value":"b@example.com","type":"work","primary":true}]`, "1 applied emails.value"}, []scim.Coercion{scim.DottedName}},
	{applied{"a URN and a dot", ``, `{"op":"add","value":{"` + enterprise + `:manager.value":"7"}}`, `"` + enterprise + `":{"manager":{"value":"7"}}`, "1 applied " + enterprise + ":manager.value"}, []scim.Coercion{scim.URNName, scim.DottedName}},
	{applied{"a dot inside an extension's object", ``, `{"op":"add","value":{"` + enterprise + `":{"manager.value":"7"}}}`, `"` + enterprise + `":{"manager":{"value":"7"}}`, "1 applied " + enterprise + ":manager.value"}, []scim.Coercion{scim.DottedName}},
	{applied{"a value path without a match makes the element", `"emails":[` + home + `]`, `{"op":"add","path":"emails[type eq \"Work\"].value","value":"b@example.com"}`, `"emails":[` + home + `,{"type":"Work","value":"b@example.com"}]`, "1 applied emails.value"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"also by replace, on an absent attribute", ``, `{"op":"replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"+1"}`, `"phoneNumbers":[{"type":"mobile","value":"+1"}]`, "1 applied phoneNumbers.value"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"with everything in the filter", ``, `{"op":"add","path":"emails[type eq \"work\" and primary eq \"True\"]","value":{"value":"b@example.com"}}`, `"emails":[{"type":"work","primary":true,"value":"b@example.com"}]`, "1 applied emails"}, []scim.Coercion{scim.StringBoolean, scim.CreatedByFilter}},
	{applied{"a made primary takes over", `"emails":[` + work + `]`, `{"op":"add","path":"emails[primary eq true and type eq \"home\"].value","value":"babs@example.org"}`, `"emails":[{"value":"bjensen@example.com","type":"work","primary":false},{"primary":true,"type":"home","value":"babs@example.org"}]`, "1 applied emails.value"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"a created element that exists except for the filter", `"emails":[` + home + `]`, `{"op":"add","path":"emails[type eq \"home\" and display eq \"B\"].value","value":"babs@example.org"}`, `"emails":[{"value":"babs@example.org","type":"home","display":"B"}]`, "1 applied emails.value"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"a number in the filter becomes the attribute's", `"` + acme + `":{"keys":[{"value":"k"}]}`, `{"op":"add","path":"` + acme + `:keys[cut eq 2].value","value":"l"}`, `"` + acme + `":{"keys":[{"value":"k"},{"cut":2.0,"value":"l"}]}`, "1 applied " + acme + ":keys.value"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"the single value of a complex attribute made by its filter", ``, `{"op":"add","path":"` + enterprise + `:manager[value eq \"7\"].$ref","value":"../Users/7"}`, `"` + enterprise + `":{"manager":{"value":"7","$ref":"../Users/7"}}`, "1 applied " + enterprise + ":manager.$ref"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"a made element needs something to hold", ``, `{"op":"Replace","path":"emails[type eq \"work\"].value","value":""}`, ``, "1 noop emails.value"}, []scim.Coercion{scim.CapitalOp}},
	{applied{"Entra ID: roles by a string for primary", ``, `{"op":"Add","path":"roles[primary eq \"True\"].value","value":"{\"id\":\"1\"}"}`, `"roles":[{"primary":true,"value":"{\"id\":\"1\"}"}]`, "1 applied roles.value"}, []scim.Coercion{scim.CapitalOp, scim.StringBoolean, scim.CreatedByFilter}},
	{applied{"Entra ID: the manager as a string", `"` + enterprise + `":{"department":"Tours"}`, `{"op":"Add","path":"` + enterprise + `:manager","value":"271"}`, `"` + enterprise + `":{"department":"Tours","manager":{"value":"271"}}`, "1 applied " + enterprise + ":manager"}, []scim.Coercion{scim.CapitalOp, scim.ValueForComplex}},
	{applied{"Entra ID: the manager in a list, without URN", ``, `{"op":"Add","path":"manager","value":[{"$ref":"http://example.com/Users/7","value":"7"}]}`, `"` + enterprise + `":{"manager":{"$ref":"http://example.com/Users/7","value":"7"}}`, "1 applied " + enterprise + ":manager"}, []scim.Coercion{scim.CapitalOp, scim.SingleAsList}},
	{applied{"Entra ID: a single value in a list", ``, `{"op":"Add","path":"title","value":["Tour Guide"]}`, `"title":"Tour Guide"`, "1 applied title"}, []scim.Coercion{scim.CapitalOp, scim.SingleAsList}},
	{applied{"Entra ID: no manager", `"` + enterprise + `":{"manager":{"value":"7","$ref":"../Users/7"}}`, `{"op":"Replace","path":"` + enterprise + `:manager","value":{"value":""}}`, ``, "1 applied " + enterprise + ":manager"}, []scim.Coercion{scim.CapitalOp}},
	{applied{"Entra ID: no manager by an empty string", `"` + enterprise + `":{"manager":{"value":"7"}}`, `{"op":"Replace","path":"` + enterprise + `:manager","value":""}`, ``, "1 applied " + enterprise + ":manager"}, []scim.Coercion{scim.CapitalOp}},
	{applied{"Entra ID: a remove that carries the value does not set it", `"title":"Clerk"`, `{"op":"Remove","path":"title","value":"old"}`, ``, "1 applied title"}, []scim.Coercion{scim.CapitalOp}},
	{applied{"Entra ID: nor that of a value path", `"emails":[` + work + `,` + home + `]`, `{"op":"Remove","path":"emails[type eq \"home\"].value","value":"old"}`, `"emails":[` + work + `]`, "1 applied emails.value"}, []scim.Coercion{scim.CapitalOp}},
	{applied{"Entra ID: remove lists the elements", `"emails":[` + work + `,` + home + `]`, `{"op":"remove","path":"emails","value":[{"$ref":null,"value":"BABS@example.org"},{"value":"nobody@example.org"}]}`, `"emails":[` + work + `]`, "1 applied emails"}, []scim.Coercion{scim.RemoveWithValue, scim.UnknownIgnored}},
	{applied{"remove lists elements without value", `"addresses":[{"locality":"A"},{"locality":"B"}]`, `{"op":"remove","path":"addresses","value":[{"locality":"A"}]}`, `"addresses":[{"locality":"B"}]`, "1 applied addresses"}, []scim.Coercion{scim.RemoveWithValue}},
	{applied{"remove lists simple values", `"` + acme + `":{"keys":[{"value":"k"}],"tags":["a","b"]}`, `{"op":"remove","path":"` + acme + `:tags","value":["B","c"]}`, `"` + acme + `":{"keys":[{"value":"k"}],"tags":["a"]}`, "1 applied " + acme + ":tags"}, []scim.Coercion{scim.RemoveWithValue}},
	{applied{"remove lists the last element", `"emails":[` + work + `]`, `{"op":"remove","path":"emails","value":[{"value":"bjensen@example.com"}]}`, ``, "1 applied emails"}, []scim.Coercion{scim.RemoveWithValue}},
	{applied{"remove with an empty list", `"emails":[` + work + `]`, `{"op":"remove","path":"emails","value":[]}`, `"emails":[` + work + `]`, "1 noop emails"}, []scim.Coercion{scim.RemoveWithValue}},
	{applied{"what several elements were given is not shared", `"` + acme + `":{"keys":[{"value":"k"},{"value":"l"}]}`, `{"op":"add","path":"` + acme + `:keys.marks","value":["a","a"]},{"op":"add","path":"` + acme + `:keys[value eq \"k\"].marks","value":["b"]},{"op":"add","path":"` + acme + `:keys[value eq \"l\"].marks","value":["c"]}`, `"` + acme + `":{"keys":[{"value":"k","marks":["a","b"]},{"value":"l","marks":["a","c"]}]}`, "1 applied " + acme + ":keys.marks, 2 applied " + acme + ":keys.marks, 3 applied " + acme + ":keys.marks"}, []scim.Coercion{scim.DuplicateElement}},
	{applied{"one element for a list that is replaced", `"emails":[` + work + `]`, `{"op":"replace","path":"emails","value":` + home + `}`, `"emails":[` + home + `]`, "1 applied emails"}, []scim.Coercion{scim.ListAsSingle}},
	{applied{"a string for an element", `"emails":[` + work + `]`, `{"op":"replace","path":"emails[type eq \"work\"]","value":"b@example.com"}`, `"emails":[{"value":"b@example.com","type":"work","primary":true}]`, "1 applied emails"}, []scim.Coercion{scim.ValueForComplex}},
	{applied{"unknown attributes of an object are left out", ``, `{"op":"add","value":{"title":"A","shoeSize":"9","name":{"nick":"B"},"name.nock":"B"}}`, `"title":"A"`, "1 applied title, 1 ignored shoeSize, 1 ignored name, 1 ignored name.nock"}, []scim.Coercion{scim.UnknownIgnored, scim.UnknownIgnored, scim.UnknownIgnored}},
	{applied{"unknown attributes of an extension are left out", ``, `{"op":"add","path":"title","value":"A"},{"op":"add","value":{"` + enterprise + `":{"shoeSize":"9"}}}`, `"title":"A"`, "1 applied title, 2 ignored " + enterprise + ":shoeSize"}, []scim.Coercion{scim.UnknownIgnored}},
	{applied{"Entra ID: an unknown schema is left out", ``, `{"op":"add","path":"title","value":"A"},{"op":"Add","path":"urn:example:custom:2.0:User:shoeSize[a eq \"b\"]","value":"9"}`, `"title":"A"`, "1 applied title, 2 ignored urn:example:custom:2.0:User:shoeSize"}, []scim.Coercion{scim.CapitalOp, scim.UnknownSchema}},
	{applied{"also an unknown attribute of a known one", ``, `{"op":"add","path":"title","value":"A"},{"op":"remove","path":"` + enterprise + `:shoeSize"}`, `"title":"A"`, "1 applied title, 2 ignored " + enterprise + ":shoeSize"}, []scim.Coercion{scim.UnknownIgnored}},
	{applied{"also in an object", ``, `{"op":"add","path":"title","value":"A"},{"op":"add","value":{"urn:example:custom:2.0:User":{"shoeSize":"9"},"urn:example:custom:2.0:User:shoeSize":"9"}}`, `"title":"A"`, "1 applied title, 2 ignored urn:example:custom:2.0:User, 2 ignored urn:example:custom:2.0:User:shoeSize"}, []scim.Coercion{scim.UnknownSchema, scim.UnknownSchema}},
	{applied{"also as a path", ``, `{"op":"add","path":"title","value":"A"},{"op":"Add","path":"extensionAttribute1","value":"9"}`, `"title":"A"`, "1 applied title, 2 ignored extensionAttribute1"}, []scim.Coercion{scim.CapitalOp, scim.UnknownIgnored}},
	{applied{"also a sub-attribute of a value path", ``, `{"op":"add","path":"title","value":"A"},{"op":"add","path":"emails[type eq \"work\"].nick","value":"9"}`, `"title":"A"`, "1 applied title, 2 ignored emails"}, []scim.Coercion{scim.UnknownIgnored}},
	{applied{"also by the core URN", ``, `{"op":"add","path":"title","value":"A"},{"op":"add","path":"` + scim.UserSchema + `:shoeSize","value":"9"}`, `"title":"A"`, "1 applied title, 2 ignored " + scim.UserSchema + ":shoeSize"}, []scim.Coercion{scim.UnknownIgnored}},
	{applied{"the core URN as a path", ``, `{"op":"replace","path":"` + scim.UserSchema + `","value":{"active":false}}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.URNName}},
	{applied{"the core URN as a member", ``, `{"op":"replace","value":{"` + scim.UserSchema + `":{"active":false}}}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.URNName}},
	{applied{"the core URN with a dot", ``, `{"op":"replace","path":"` + scim.UserSchema + `.active","value":false}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.URNDot}},
	{applied{"the core URN without its type", ``, `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:active","value":false}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.URNName}},
	{applied{"Apache Syncope: an extension's URN with a dot", ``, `{"op":"replace","path":"` + enterprise + `.employeeNumber","value":"7"}`, `"` + enterprise + `":{"employeeNumber":"7"}`, "1 applied " + enterprise + ":employeeNumber"}, []scim.Coercion{scim.URNDot}},
	{applied{"also as a member", ``, `{"op":"replace","value":{"` + enterprise + `.employeeNumber":"7"}}`, `"` + enterprise + `":{"employeeNumber":"7"}`, "1 applied " + enterprise + ":employeeNumber"}, []scim.Coercion{scim.URNDot, scim.URNName}},
	{applied{"an object as JSON in a string", ``, `{"op":"replace","value":"{\"active\":false}"}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.JSONString}},
	{applied{"elements as JSON in strings", ``, `{"op":"replace","path":"emails","value":["{\"value\":\"a\",\"type\":\"work\"}"]}`, `"emails":[{"value":"a","type":"work"}]`, "1 applied emails"}, []scim.Coercion{scim.JSONString}},
	{applied{"a wrapped value in a list", ``, `{"op":"replace","path":"active","value":[{"value":"false"}]}`, `"active":false`, "1 applied active"}, []scim.Coercion{scim.SingleAsList, scim.StringBoolean, scim.WrappedValue}},
	{applied{"a wrapped value of an extension", ``, `{"op":"replace","path":"` + enterprise + `:department","value":{"value":"Tours"}}`, `"` + enterprise + `":{"department":"Tours"}`, "1 applied " + enterprise + ":department"}, []scim.Coercion{scim.WrappedValue}},
	{applied{"other quotes select", `"emails":[` + work + `,` + home + `]`, `{"op":"remove","path":"emails[type eq 'home']"}`, `"emails":[` + work + `]`, "1 applied emails"}, []scim.Coercion{scim.OtherQuotes}},
	{applied{"other quotes make no type", ``, `{"op":"add","path":"emails[type eq 'work'].value","value":"a"}`, `"emails":[{"type":"work","value":"a"}]`, "1 applied emails.value"}, []scim.Coercion{scim.CreatedByFilter, scim.OtherQuotes}},
	{applied{"removal by a part", `"addresses":[{"locality":"A","type":"home"},{"locality":"B","type":"work"},{"locality":"C","type":"home","country":"US"}]`, `{"op":"remove","path":"addresses","value":[{"type":"home"}]}`, `"addresses":[{"locality":"B","type":"work"}]`, "1 applied addresses"}, []scim.Coercion{scim.RemoveWithValue}},
	{applied{"removal by every listed sub-attribute", `"emails":[{"value":"a","type":"home"},{"value":"a","type":"work"}]`, `{"op":"remove","path":"emails","value":[{"value":"A","type":"work"}]}`, `"emails":[{"value":"a","type":"home"}]`, "1 applied emails"}, []scim.Coercion{scim.RemoveWithValue}},
	{applied{"an element without a value is dropped", `"emails":[` + work + `]`, `{"op":"add","path":"emails[type eq \"other\"].primary","value":"True"}`, `"emails":[` + work + `]`, "1 applied emails.primary"}, []scim.Coercion{scim.CreatedByFilter, scim.StringBoolean}},
	{applied{"but may get it from a later operation", `"emails":[` + work + `]`, `{"op":"add","path":"emails[type eq \"other\"].primary","value":true},{"op":"add","path":"emails[type eq \"other\"].value","value":"b"}`, `"emails":[{"value":"bjensen@example.com","type":"work","primary":false},{"type":"other","primary":true,"value":"b"}]`, "1 applied emails.primary, 2 applied emails.value"}, []scim.Coercion{scim.CreatedByFilter}},
	{applied{"readOnly attributes of an extension are left out of an object", ``, `{"op":"add","path":"title","value":"A"},{"op":"add","value":{"` + scim.DevRevUserSchema + `":{"state":"active"}}}`, `"title":"A"`, "1 applied title, 2 ignored " + scim.DevRevUserSchema + ":state"}, []scim.Coercion{scim.ReadOnlyIgnored}},
}

func TestApplyCoercions(t *testing.T) {
	t.Parallel()
	for _, tt := range coerced {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			tol := &scim.Tolerance{}
			tt.check(t, tol)
			var got []scim.Coercion
			for _, a := range tol.Accepted {
				got = append(got, a.Coercion)
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(tt.coercions))
			if !slices.Equal(got, want) {
				t.Errorf("coercions %v, want %v", got, want)
			}
			if len(want) == 1 && want[0] == scim.CapitalOp {
				return // Decode refuses it, see TestDecode
			}
			strict := &scim.Tolerance{Strict: true}
			_, _, err := Apply(user(t, tt.before), testTypes.User, request(t, tt.operations, nil), strict)
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 400 {
				t.Errorf("strict: error %v, want a refusal", err)
			}
		})
	}
}

func TestApplyErrors(t *testing.T) {
	t.Parallel()
	const badge = `"` + acme + `":{"keys":[{"value":"k"}],"badge":7,"codes":["a"],"desk":{"floor":1,"serial":"s"}}`
	for _, tt := range []struct {
		rule, before, operations string
		want                     scim.ErrorType
		detail                   string
	}{
		{"s3.5.2 unknown path", ``, `{"op":"add","path":"shoeSize","value":"9"}`, scim.InvalidPath, `operation 1: There is no attribute "shoeSize" in User.`},
		{"s3.5.2 unknown sub-attribute", ``, `{"op":"add","path":"name.nick","value":"9"}`, scim.InvalidPath, `operation 1: There is no attribute "name.nick" in User.`},
		{"only unknown attributes", ``, `{"op":"add","value":{"shoeSize":"9"}},{"op":"remove","path":"urn:example:other:1.0:shoeSize"}`, scim.InvalidPath, `operation 1: There is no attribute "shoeSize" in User.`},
		{"nor in an object", ``, `{"op":"replace","path":"name","value":{"nick":"9"}}`, scim.InvalidPath, `operation 1: name has no sub-attribute`},
		{"nor in a list, which is not emptied by it", `"emails":[` + work + `]`, `{"op":"replace","path":"emails","value":[{"nick":"9"}]}`, scim.InvalidPath, `operation 1: emails has no sub-attribute`},
		{"only read-only attributes", ``, `{"op":"replace","value":{"id":"9"}}`, scim.Mutability, `operation 1: id is read-only.`},
		{"active cannot go", `"active":true`, `{"op":"remove","path":"active"}`, scim.Mutability, `operation 1: active always has a value`},
		{"an empty string is not a boolean", `"active":true`, `{"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":""}`, scim.InvalidValue, `operation 2: "active" must be true or false.`},
		{"nor is an empty list", ``, `{"op":"replace","path":"active","value":[]}`, scim.InvalidValue, `"active" must be true or false.`},
		{"nor an empty object", ``, `{"op":"replace","value":{"active":{}}}`, scim.InvalidValue, `"active" must be true or false.`},
		{"other quotes must be closed", ``, `{"op":"remove","path":"emails[type eq 'work]"}`, scim.InvalidFilter, `operation 1: After "emails[type eq": the quotation mark`},
		{"unknown sub-attribute of a value path", ``, `{"op":"add","path":"emails[type eq \"work\"].nick","value":"9"}`, scim.InvalidPath, `operation 1: After "emails[type eq …].": There is no sub-attribute "nick" in emails.`},
		{"something behind a value path", ``, `{"op":"add","path":"emails[type eq \"work\"]value","value":"9"}`, scim.InvalidPath, `operation 1: After "emails[type eq …]": nothing but`},
		{"a value path of a simple attribute", ``, `{"op":"add","path":"title[value eq \"a\"]","value":"9"}`, scim.InvalidPath, `operation 1: After "title": title has no sub-attributes`},
		{"a value path of an extension", ``, `{"op":"add","path":"` + enterprise + `[value eq \"a\"]","value":"9"}`, scim.InvalidPath, `has no sub-attributes`},
		{"a wrong filter", ``, `{"op":"add","path":"emails[kind eq \"a\"]","value":"9"}`, scim.InvalidFilter, `operation 1: After "emails[": There is no sub-attribute "kind" in emails.`},
		{"a wrong filter for a name", ``, `{"op":"add","value":{"emails[kind eq \"a\"]":"9"}}`, scim.InvalidFilter, `operation 1: After "emails[": `},
		{"the number is that of the operation", ``, `{"op":"add","path":"title","value":"9"},{"op":"add","path":"title[a]","value":"9"}`, scim.InvalidPath, `operation 2: `},

		{"s3.5.2 id is read-only", ``, `{"op":"replace","path":"id","value":"9"}`, scim.Mutability, `operation 1: id is read-only.`},
		{"s3.5.2.2 also for remove", ``, `{"op":"remove","path":"meta.created"}`, scim.Mutability, `operation 1: meta.created is read-only.`},
		{"groups is read-only", ``, `{"op":"add","path":"groups","value":[{"value":"9"}]}`, scim.Mutability, `groups is read-only`},
		{"also its elements", ``, `{"op":"remove","path":"groups[value eq \"9\"]"}`, scim.Mutability, `groups is read-only`},
		{"the state at DevRev is read-only", ``, `{"op":"replace","path":"` + scim.DevRevUserSchema + `:state","value":"active"}`, scim.Mutability, `is read-only`},
		{"a read-only sub-attribute", ``, `{"op":"replace","path":"` + enterprise + `:manager.displayName","value":"A"}`, scim.Mutability, `is read-only`},
		{"s3.5.2.2 a required attribute cannot go", ``, `{"op":"remove","path":"userName"}`, scim.Mutability, `operation 1: userName is required`},
		{"nor by null", ``, `{"op":"replace","path":"userName","value":null}`, scim.Mutability, `operation 1: userName is required`},
		{"nor by an empty string", ``, `{"op":"replace","value":{"userName":""}}`, scim.Mutability, `operation 1: userName is required`},
		{"nor its last element", badge, `{"op":"remove","path":"` + acme + `:keys[value eq \"k\"]"}`, scim.Mutability, `keys is required`},
		{"nor by the value of its last element", badge, `{"op":"remove","path":"` + acme + `:keys.value"}`, scim.Mutability, `keys is required`},
		{"nor by a list", badge, `{"op":"remove","path":"` + acme + `:keys","value":["k"]}`, scim.Mutability, `keys is required`},
		{"nor with its extension", badge, `{"op":"remove","path":"` + acme + `"}`, scim.Mutability, `is required`},
		{"nor a required sub-attribute", badge, `{"op":"remove","path":"` + acme + `:desk.floor"}`, scim.Mutability, `desk.floor is required`},
		{"a complex value must have its required sub-attributes", badge, `{"op":"add","path":"` + acme + `:desk","value":{"side":"left"}},{"op":"remove","path":"` + acme + `:desk"},{"op":"add","path":"` + acme + `:desk.side","value":"left"}`, scim.InvalidValue, `desk.floor is required`},
		{"an extension in use must have its required attributes", ``, `{"op":"add","path":"` + acme + `:tags","value":["a"]}`, scim.InvalidValue, `keys is required`},
		{"s3.5.2.1 an immutable attribute that is set", badge, `{"op":"add","path":"` + acme + `:badge","value":8}`, scim.Mutability, `badge is immutable`},
		{"nor can it go", badge, `{"op":"remove","path":"` + acme + `:badge"}`, scim.Mutability, `badge is immutable`},
		{"nor can it grow", badge, `{"op":"add","path":"` + acme + `:codes","value":["b"]}`, scim.Mutability, `codes is immutable`},
		{"nor shrink", badge, `{"op":"remove","path":"` + acme + `:codes","value":["a"]}`, scim.Mutability, `codes is immutable`},
		{"an immutable sub-attribute that is set", badge, `{"op":"replace","path":"` + acme + `:desk","value":{"serial":"t"}}`, scim.Mutability, `desk.serial is immutable`},

		{"s3.5.2.3 a value path that selects nothing and has operators other than eq", ``, `{"op":"replace","path":"emails[type ne \"work\"].value","value":"9"}`, scim.NoTarget, `operation 1: the filter selects no element of emails.`},
		{"nor by or", ``, `{"op":"add","path":"emails[type eq \"work\" or type eq \"home\"].value","value":"9"}`, scim.NoTarget, ``},
		{"nor by null", ``, `{"op":"add","path":"emails[type eq null].value","value":"9"}`, scim.NoTarget, ``},
		{"nor by not", ``, `{"op":"add","path":"emails[not (type eq \"work\")].value","value":"9"}`, scim.NoTarget, ``},
		{"no element is made that its filter would not find", ``, `{"op":"replace","path":"emails[value eq \"a\"].value","value":"b"}`, scim.NoTarget, ``},
		{"nor one that contradicts itself", ``, `{"op":"replace","path":"emails[type eq \"work\" and type eq \"home\"].value","value":"b"}`, scim.NoTarget, ``},
		{"nor a second value of a single-valued attribute", `"` + enterprise + `":{"manager":{"value":"7"}}`, `{"op":"replace","path":"` + enterprise + `:manager[value eq \"8\"].$ref","value":"b"}`, scim.NoTarget, ``},
		{"nor one that no value can be for", ``, `{"op":"add","path":"x509Certificates[value eq \"?\"].type","value":"work"}`, scim.InvalidValue, `x509Certificates.value`},

		{"a stored read-only attribute cannot go with its extension", `"` + scim.DevRevUserSchema + `":{"state":"active"}`, `{"op":"remove","path":"` + scim.DevRevUserSchema + `"}`, scim.Mutability, `state is read-only`},
		{"a wrong type", ``, `{"op":"replace","path":"active","value":"maybe"}`, scim.InvalidValue, `operation 1: "active" must be true or false.`},
		{"a wrong type in a sub-attribute", ``, `{"op":"replace","path":"emails[type eq \"work\"].primary","value":"maybe"}`, scim.InvalidValue, `"emails.primary" must be true or false.`},
		{"a wrong type in an element", ``, `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"a","primary":"maybe"}}`, scim.InvalidValue, `"emails.primary" must be true or false.`},
		{"two values for one element", ``, `{"op":"replace","path":"emails[type eq \"work\"]","value":[{"value":"a"},{"value":"b"}]}`, scim.InvalidValue, `emails`},
		{"two values for one attribute", ``, `{"op":"replace","path":"name","value":[{"givenName":"a"},{"givenName":"b"}]}`, scim.InvalidValue, `name`},
		{"a string for a complex attribute without value", ``, `{"op":"replace","path":"name","value":"a"}`, scim.InvalidValue, `"name" must be an object.`},
		{"no object without path", ``, `{"op":"replace","value":"a"}`, scim.InvalidValue, `operation 1: the value must be an object`},
		{"no object for an extension", ``, `{"op":"replace","path":"` + enterprise + `","value":"a"}`, scim.InvalidValue, `operation 1: the value must be an object`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			before := user(t, tt.before)
			untouched := text(t, before)
			got, outcomes, err := Apply(before, testTypes.User, request(t, tt.operations, nil), nil)
			if got != nil || outcomes != nil {
				t.Errorf("got %v, %v with an error", got, outcomes)
			}
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 400 || refused.Type != tt.want || !strings.Contains(refused.Detail, tt.detail) {
				t.Errorf("error %v, want 400 %s: %s", err, tt.want, tt.detail)
			}
			if now := text(t, before); now != untouched {
				t.Errorf("the input became %s", now)
			}
		})
	}
}

// Operations that a client cannot send, since Decode refuses them.
func TestApplyRemoveWithoutPath(t *testing.T) {
	t.Parallel()
	_, _, err := Apply(user(t, ``), testTypes.User, Request{Operations: []Operation{{Op: Remove, Value: document(t, `{"title":"a"}`)}}}, nil)
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.NoTarget {
		t.Errorf("error %v, want noTarget", err)
	}
}

func TestApplyIsBounded(t *testing.T) {
	t.Parallel()
	var list []any
	for i := range 101 {
		list = append(list, scim.NewDocument("value", strconv.Itoa(i)))
	}
	before := scim.NewDocument("userName", "a", "emails", list)
	req := Request{Operations: slices.Repeat([]Operation{{Op: Add, Path: "emails"}}, MaxOperations)}
	_, _, err := Apply(before, testTypes.User, req, nil)
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.TooMany || !strings.HasPrefix(refused.Detail, "operation 991: ") {
		t.Errorf("error %v, want tooMany in operation 991", err)
	}
	before.Set("emails", list[:100])
	if _, _, err := Apply(before, testTypes.User, req, nil); err != nil {
		t.Errorf("1000 operations on 1000 elements: %v", err)
	}
}
