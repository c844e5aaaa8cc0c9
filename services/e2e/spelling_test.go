package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

// The URNs of the core and the enterprise schema, as rows write them.
const (
	userURN  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
	entURN   = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// spelling is one request in one of the spellings that clients have for it, and what must have come
// of it. A, B and G in method and path, and "A", "B", "G" in bodies, stand for the ids of two users
// and of the group that both are members of.
type spelling struct {
	rule    string
	request string // method and path
	body    string // a list of PATCH operations, or a resource
	lenient string // status and what is so afterwards
	strict  string
}

// Of PATCH operations that are refused nothing is done. What is so afterwards is told as
// "attribute=JSON" of the user A, or "members=" with those who are left.
var spellings = []spelling{
	{"the core URN as a path", "PATCH /Users/A", `[{"op":"replace","path":"USER","value":{"active":false}}]`, `200 active=false`, `400 active=true`},
	{"the core URN as a member", "PATCH /Users/A", `[{"op":"replace","value":{"USER":{"active":false}}}]`, `200 active=false`, `400 active=true`},
	{"the core URN before an attribute", "PATCH /Users/A", `[{"op":"replace","path":"USER:active","value":false}]`, `200 active=false`, `200 active=false`},
	{"the core URN with a dot", "PATCH /Users/A", `[{"op":"replace","path":"USER.active","value":false}]`, `200 active=false`, `400 active=true`},
	{"the core URN without its type", "PATCH /Users/A", `[{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:active","value":false}]`, `200 active=false`, `400 active=true`},
	{"the core URN in a PUT", "PUT /Users/A", `{"schemas":["USER"],"userName":"A@example.com","USER":{"active":false}}`, `200 active=false`, `400 active=true`},
	{"the core URN in a POST", "POST /Users", `{"schemas":["USER"],"USER":{"userName":"new-A@example.com","active":false}}`, `201 active=false`, `400`},
	{"the core URN of a group as a path", "PATCH /Groups/G", `[{"op":"replace","path":"GROUP","value":{"members":[{"value":"A"}]}}]`, `204 members=A`, `400 members=A,B`},
	{"the core URN of a group as a member", "PATCH /Groups/G", `[{"op":"replace","value":{"GROUP":{"members":[{"value":"A"}]}}}]`, `204 members=A`, `400 members=A,B`},
	{"the core URN of a group with a dot", "PATCH /Groups/G", `[{"op":"remove","path":"GROUP.members[value eq \"B\"]"}]`, `204 members=A`, `400 members=A,B`},

	{"an extension's URN with a dot in a path", "PATCH /Users/A", `[{"op":"replace","path":"ENT.employeeNumber","value":"7"}]`, `200 ENT={"employeeNumber":"7"}`, `400 ENT=null`},
	{"an extension's URN with a dot as a member", "PATCH /Users/A", `[{"op":"replace","value":{"ENT.employeeNumber":"7"}}]`, `200 ENT={"employeeNumber":"7"}`, `400 ENT=null`},
	{"an extension's URN with a dot in a PUT", "PUT /Users/A", `{"schemas":["USER","ENT"],"userName":"A@example.com","ENT.employeeNumber":"7"}`, `200 ENT={"employeeNumber":"7"}`, `400 ENT=null`},
	{"an extension's URN with a dot in a POST", "POST /Users", `{"schemas":["USER","ENT"],"userName":"new-A@example.com","ENT.employeeNumber":"7"}`, `201 ENT={"employeeNumber":"7"}`, `400`},

	{"an unknown attribute beside a known one", "PATCH /Users/A", `[{"op":"replace","path":"active","value":false},{"op":"add","path":"extensionAttribute1","value":"x"}]`, `200 active=false`, `400 active=true`},
	{"an unknown attribute of the core URN beside a known one", "PATCH /Users/A", `[{"op":"replace","path":"active","value":false},{"op":"add","path":"USER:foo","value":"x"}]`, `200 active=false`, `400 active=true`},
	{"an unknown URN beside a known attribute", "PATCH /Users/A", `[{"op":"replace","path":"active","value":false},{"op":"add","path":"urn:x:y:foo","value":"x"}]`, `200 active=false`, `400 active=true`},
	{"an unknown member beside a known one", "PATCH /Users/A", `[{"op":"replace","value":{"active":false,"foo":"x"}}]`, `200 active=false`, `400 active=true`},
	{"an unknown sub-attribute of a value path beside a known attribute", "PATCH /Users/A", `[{"op":"replace","value":{"active":false,"emails[type eq \"work\"].foo":"x"}}]`, `200 active=false`, `400 active=true`},
	{"an unknown attribute alone", "PATCH /Users/A", `[{"op":"add","path":"extensionAttribute1","value":"x"}]`, `400 active=true`, `400 active=true`},
	{"an unknown attribute of the core URN alone", "PATCH /Users/A", `[{"op":"add","path":"USER:foo","value":"x"}]`, `400 active=true`, `400 active=true`},
	{"an unknown URN alone", "PATCH /Users/A", `[{"op":"add","path":"urn:x:y:foo","value":"x"}]`, `400 active=true`, `400 active=true`},
	{"an unknown member alone", "PATCH /Users/A", `[{"op":"replace","value":{"foo":"x"}}]`, `400 active=true`, `400 active=true`},
	{"an unknown sub-attribute of a value path alone", "PATCH /Users/A", `[{"op":"replace","value":{"emails[type eq \"work\"].foo":"x"}}]`, `400 active=true`, `400 active=true`},

	{"a password alone, which Okta sends where it synchronises passwords", "PATCH /Users/A", `[{"op":"replace","path":"password","value":"t1meMa$heen"}]`, `200 active=true`, `200 active=true`},
	{"a password beside a known attribute", "PATCH /Users/A", `[{"op":"replace","value":{"active":false,"password":"t1meMa$heen"}}]`, `200 active=false`, `200 active=false`},

	{"other quotes around an id", "PATCH /Groups/G", `[{"op":"remove","path":"members[value eq 'B']"}]`, `204 members=A`, `400 members=A,B`},
	{"typographic quotes around an id", "PATCH /Groups/G", `[{"op":"remove","path":"members[value eq “B”]"}]`, `204 members=A`, `400 members=A,B`},
	{"other quotes that are not closed", "PATCH /Groups/G", `[{"op":"remove","path":"members[value eq 'B]"}]`, `400 members=A,B`, `400 members=A,B`},
	{"other quotes around a type", "PATCH /Users/A", `[{"op":"replace","path":"phoneNumbers[type eq 'work'].value","value":"1"}]`, `200 phoneNumbers=[{"type":"work","value":"1"}]`, `400 phoneNumbers=null`},
	{"other quotes in a filter", "GET /Users?filter=userName+eq+'A@example.com'", ``, `200 totalResults=1`, `400`},

	{"members by what is not kept", "PATCH /Groups/G", `[{"op":"remove","path":"members[display eq \"B\"]"}]`, `400 members=A,B`, `400 members=A,B`},
	{"members by their $ref", "PATCH /Groups/G", `[{"op":"remove","path":"members[$ref eq \"BASE/Users/B\"]"}]`, `204 members=A`, `204 members=A`},
	{"members by their $ref, relative to the base URL", "PATCH /Groups/G", `[{"op":"remove","path":"members[$ref eq \"/Users/B\"]"}]`, `204 members=A`, `204 members=A`},
	{"members by their $ref, relative to the group", "PATCH /Groups/G", `[{"op":"remove","path":"members[$ref eq \"../Users/B\"]"}]`, `204 members=A`, `204 members=A`},
	{"members by the $ref of another service", "PATCH /Groups/G", `[{"op":"remove","path":"members[$ref eq \"https://elsewhere.example.com/Users/B\"]"}]`, `400 members=A,B`, `400 members=A,B`},
	{"members by the $ref of a group", "PATCH /Groups/G", `[{"op":"remove","path":"members[$ref eq \"/Groups/B\"]"}]`, `400 members=A,B`, `400 members=A,B`},
	{"members by the $ref that another operation adds", "PATCH /Groups/G", `[{"op":"replace","path":"members","value":[{"value":"A"},{"value":"B","$ref":"https://elsewhere.example.com/Users/1"}]},{"op":"remove","path":"members[$ref eq \"BASE/Users/B\"]"}]`, `204 members=A`, `204 members=A`},
	{"members by all other $refs", "PATCH /Groups/G", `[{"op":"remove","path":"members[$ref ne \"BASE/Users/B\"]"}]`, `204 members=B`, `204 members=B`},

	{"removal by a part", "PATCH /Users/A", `[{"op":"add","path":"addresses","value":[{"type":"home","locality":"X"},{"type":"work","locality":"Y"}]},{"op":"remove","path":"addresses","value":[{"type":"home"}]}]`, `200 addresses=[{"locality":"Y","type":"work"}]`, `400 addresses=null`},

	{"members as JSON in strings", "PATCH /Groups/G", `[{"op":"replace","path":"members","value":["{\"value\":\"B\"}"]}]`, `204 members=B`, `400 members=A,B`},
	{"a string that only begins as JSON", "PATCH /Groups/G", `[{"op":"replace","path":"members","value":["{\"value\":B"]}]`, `400 members=A,B`, `400 members=A,B`},
	{"e-mails as JSON in strings", "PATCH /Users/A", `[{"op":"replace","path":"emails","value":["{\"value\":\"x@example.com\"}"]}]`, `200 emails=[{"value":"x@example.com"}]`, `400`},
	{"an object as JSON in a string", "PATCH /Users/A", `[{"op":"replace","value":"{\"active\":false}"}]`, `200 active=false`, `400 active=true`},

	{"active wrapped", "PATCH /Users/A", `[{"op":"replace","path":"active","value":[{"value":"false"}]}]`, `200 active=false`, `400 active=true`},
	{"title wrapped", "PATCH /Users/A", `[{"op":"replace","path":"title","value":[{"value":"Guide"}]}]`, `200 title="Guide"`, `400 title=null`},
	{"externalId wrapped", "PATCH /Users/A", `[{"op":"replace","value":{"externalId":{"value":"x7"}}}]`, `200 externalId="x7"`, `400 externalId=null`},
	{"userName wrapped", "PATCH /Users/A", `[{"op":"replace","path":"userName","value":[{"value":"new-A@example.com"}]}]`, `200 userName="new-A@example.com"`, `400 userName="A@example.com"`},
	{"an extension's attribute wrapped", "PATCH /Users/A", `[{"op":"replace","path":"ENT:department","value":[{"value":"Tours"}]}]`, `200 ENT={"department":"Tours"}`, `400 ENT=null`},
	{"a group's name wrapped", "PATCH /Groups/G", `[{"op":"replace","path":"displayName","value":[{"value":"new-G"}]}]`, `204 displayName="new-G"`, `400`},

	{"an e-mail without a value", "PUT /Users/A", `{"schemas":["USER"],"userName":"A@example.com","emails":[{"value":"","type":"work","primary":true}]}`, `200 emails=[{"primary":true,"type":"work","value":"A@example.com"}]`, `200 emails=[{"primary":true,"type":"work","value":"A@example.com"}]`},
	{"the primary of no e-mail", "PATCH /Users/A", `[{"op":"add","path":"emails[type eq \"other\"].primary","value":"True"}]`, `200 emails=[{"primary":true,"type":"work","value":"A@example.com"}]`, `400`},
	{"a telephone number without a value", "PATCH /Users/A", `[{"op":"add","path":"phoneNumbers","value":[{"type":"work","primary":true}]}]`, `200 phoneNumbers=null`, `200 phoneNumbers=null`},

	{"foreign schemas", "POST /Users", `{"schemas":["urn:scim:schemas:core:2.0","ENT"],"userName":"new-A@example.com"}`, `201 userName="new-A@example.com"`, `400`},
	{"foreign schemas of a group", "POST /Groups", `{"schemas":["urn:scim:schemas:core:1.0"],"displayName":"new-G"}`, `201 displayName="new-G"`, `400`},
	{"foreign schemas as a string", "PUT /Users/A", `{"schemas":"urn:scim:schemas:core:1.0","userName":"A@example.com","title":"Guide"}`, `200 title="Guide"`, `400 title=null`},
	{"the schema of another kind", "POST /Users", `{"schemas":["GROUP"],"userName":"new-A@example.com"}`, `400`, `400`},

	{"members that are e-mail addresses", "PATCH /Groups/G", `[{"op":"replace","path":"members","value":[{"value":"A@example.com"}]}]`, `400 members=A,B`, `400 members=A,B`},
	{"members that are URLs in a PUT", "PUT /Groups/G", `{"schemas":["GROUP"],"displayName":"G","members":[{"value":"https://example.com/Users/1"}]}`, `400 members=A,B`, `400 members=A,B`},
	{"members replaced by an empty text", "PATCH /Groups/G", `[{"op":"replace","path":"members","value":""}]`, `400 members=A,B`, `400 members=A,B`},
	{"a group's name of blanks", "PATCH /Groups/G", `[{"op":"replace","path":"displayName","value":"  "}]`, `400 members=A,B`, `400 members=A,B`},
	{"a member to remove by what is not an id", "PATCH /Groups/G", `[{"op":"remove","path":"members[value eq \"A@example.com\"]"}]`, `400 members=A,B`, `400 members=A,B`},
	{"members to remove by what is not an id, in the value", "PATCH /Groups/G", `[{"op":"remove","path":"members","value":[{"value":"A@example.com"}]}]`, `400 members=A,B`, `400 members=A,B`},
	{"a member to remove, of the right form, that nobody is", "PATCH /Groups/G", `[{"op":"remove","path":"members[value eq \"01900000-0000-7000-8000-000000000000\"]"}]`, `204 members=A,B`, `204 members=A,B`},
	{"a member of the right form that nobody is", "PATCH /Groups/G", `[{"op":"replace","path":"members","value":[{"value":"A"},{"value":"01900000-0000-7000-8000-000000000000"}]}]`, `204 members=A`, `204 members=A`},
	{"a member of a wrong type", "PUT /Groups/G", `{"schemas":["GROUP"],"displayName":"G","members":[{"value":7}]}`, `400 members=A,B`, `400 members=A,B`},
	{"a member without a value", "PUT /Groups/G", `{"schemas":["GROUP"],"displayName":"G","members":[{"display":"A"}]}`, `400 members=A,B`, `400 members=A,B`},

	{"active empty", "PATCH /Users/A", `[{"op":"replace","path":"active","value":""}]`, `400 active=true`, `400 active=true`},
	{"active an empty object", "PATCH /Users/A", `[{"op":"replace","value":{"active":{}}}]`, `400 active=true`, `400 active=true`},
	{"active an empty list", "PUT /Users/A", `{"schemas":["USER"],"userName":"A@example.com","active":[]}`, `400 active=true`, `400 active=true`},
	{"active false, then empty", "PATCH /Users/A", `[{"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":""}]`, `400 active=true`, `400 active=true`},
	{"active false, then null", "PATCH /Users/A", `[{"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":null}]`, `200 active=false`, `200 active=false`},
	{"active null", "PATCH /Users/A", `[{"op":"replace","path":"active","value":null}]`, `200 active=true`, `200 active=true`},
	{"active removed", "PATCH /Users/A", `[{"op":"remove","path":"active"}]`, `400 active=true`, `400 active=true`},
	{"a certificate that is empty", "PATCH /Users/A", `[{"op":"add","path":"x509Certificates[type eq \"work\"].value","value":""}]`, `400 x509Certificates=null`, `400 x509Certificates=null`},
	{"a primary that is empty", "PATCH /Users/A", `[{"op":"replace","path":"emails[type eq \"work\"].primary","value":""}]`, `400`, `400`},

	{"Entra ID's soft delete", "PATCH /Users/A", `[{"op":"replace","path":"active","value":false},{"op":"replace","path":"userName","value":"0123456789abcdef0123456789abcdefA@example.com"}]`, `200 active=false userName="A@example.com"`, `400 active=true userName="A@example.com"`},
	{"a userName of blanks", "PATCH /Users/A", `[{"op":"replace","path":"userName","value":"  "}]`, `400 userName="A@example.com"`, `400 userName="A@example.com"`},
}

// aSuccessHasDoneWhatItAsked runs every spelling, and the rules of answers_test.go, in an
// organisation that is lenient and in one that is strict.
func aSuccessHasDoneWhatItAsked(t *testing.T, w *wiring) {
	for mode, settings := range map[string]string{"lenient": `{"strict":false,"schemas":[` + ownSchema + `]}`, "strict": `{"strict":true,"schemas":[` + ownSchema + `]}`} {
		j, first := w.connected(t, settings)
		for i, s := range spellings {
			t.Run(mode+"/"+s.rule, func(t *testing.T) {
				want := s.lenient
				if mode == "strict" {
					want = s.strict
				}
				s.hold(t, scene{w.ready.SCIMBaseURL, first.Token, fmt.Sprintf("%s%d", mode[:1], i)}, want)
			})
		}
		client := harness.Client{Base: w.ready.SCIMBaseURL, Credential: first.Token, MediaType: harness.SCIM}
		t.Run(mode, func(t *testing.T) { holdAnswers(t, j, client, w.scimd(), mode == "strict") })
	}
}

// scene is one organisation as a row of a table sees it: names are its own.
type scene struct{ base, token, name string }

func (s spelling) hold(t *testing.T, at scene, want string) {
	created := func(path, body string) string {
		_, resource := at.ask(t, "POST", path, body)
		id := text(resource, "id")
		if id == "" {
			t.Fatalf("POST %s: %v", path, resource)
		}
		return id
	}
	user := func(name string) string {
		return created("/Users", `{"schemas":["`+userURN+`"],"userName":"`+name+at.name+`@example.com"}`)
	}
	a, b := user("a"), user("b")
	g := created("/Groups", `{"schemas":["`+groupURN+`"],"displayName":"g`+at.name+`","members":[{"value":"`+a+`"},{"value":"`+b+`"}]}`)
	words := strings.NewReplacer(
		"A@example.com", "a"+at.name+"@example.com", `new-G`, "new"+at.name, `"displayName":"G"`, `"displayName":"g`+at.name+`"`,
		`"USER`, `"`+userURN, `"GROUP`, `"`+groupURN, `"ENT`, `"`+entURN, "ENT=", entURN+"=", "BASE/Users/B", at.base+"/Users/"+b,
		"/Users/A", "/Users/"+a, "/Users/B", "/Users/"+b, "/Groups/G", "/Groups/"+g,
		`"A"`, `"`+a+`"`, `"B"`, `"`+b+`"`, `\"B\"`, `\"`+b+`\"`, `'B`, `'`+b, `“B”`, `“`+b+`”`, `:B"`, `:`+b+`"`,
		"members=A,B", "members="+a+","+b, "members=A", "members="+a, "members=B", "members="+b,
	)
	method, path, _ := strings.Cut(words.Replace(s.request), " ")
	body := words.Replace(s.body)
	if method == "PATCH" {
		body = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":` + body + `}`
	}
	status, facts, _ := strings.Cut(words.Replace(want), " ")
	got, answer := at.ask(t, method, path, body)
	if fmt.Sprint(got) != status {
		t.Fatalf("%d, want %s: %v", got, status, answer)
	}
	if got >= 400 && text(answer, "detail") == "" {
		t.Errorf("the refusal says nothing: %v", answer)
	}
	resource := answer
	if method != "POST" && method != "GET" {
		_, resource = at.ask(t, "GET", path, "")
	}
	for fact := range strings.FieldsSeq(facts) {
		attribute, value, _ := strings.Cut(fact, "=")
		is := marshal(resource[attribute])
		if attribute == "members" {
			is = members(resource)
		}
		if is != value {
			t.Errorf("%s is %s, want %s", attribute, is, value)
		}
	}
}

func members(group map[string]any) string {
	var ids []string
	list, _ := group["members"].([]any)
	for _, v := range list {
		member, _ := v.(map[string]any)
		ids = append(ids, text(member, "value"))
	}
	return strings.Join(ids, ",")
}

// ask sends a SCIM request and returns status and body of the answer.
func (at scene) ask(t *testing.T, method, path, body string) (status int, answer map[string]any) {
	t.Helper()
	a := harness.Client{Base: at.base, Credential: at.token, MediaType: harness.SCIM}.Served(t, method, path, body)
	return a.Status, a.Object()
}
