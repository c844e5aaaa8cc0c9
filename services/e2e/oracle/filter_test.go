package oracle

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
)

// filters are fixed cases. differs names the rows of knownFilters that explain the difference, in
// their order there; without it the oracle agrees.
var filters = []struct {
	rule     string
	resource string // in testdata
	filter   string
	differs  []string
}{
	{rule: "Okta looks a user up by userName", resource: "user", filter: `userName eq "bjensen@example.com"`},
	{rule: "Okta looks a group up by displayName", resource: "group", filter: `displayName eq "Tour Guides"`},
	{rule: "Entra ID looks for a random name", resource: "user", filter: `userName eq "6cf4dd1b-6f1d-4f9c-9c8f-3c1d4d5c3c6e"`},
	{rule: "Entra ID matches by externalId", resource: "user", filter: `externalId eq "00ujl29u0le5T6Aj10h7"`},
	{rule: "Entra ID matches by a value path", resource: "user", filter: `emails[type eq "work"].value eq "bjensen@example.com"`},
	{rule: "Entra ID asks for a member", resource: "group", filter: `id eq "0198f0a2-7c1e-7b7a-9a55-3f1f0a6c2d77" and members.value eq "2819c223"`},
	{rule: "pr of an extension's attribute", resource: "user", filter: enterprise + `:department pr`},
	{rule: "names, operators and keywords in any case", resource: "user", filter: `USERNAME SW "bjensen" AND NOT (Title Pr) OR active EQ true`},
	{rule: "and binds closer than or", resource: "user", filter: `active eq true or title eq "x" and userName eq "x"`},
	{rule: "not binds closer than and", resource: "user", filter: `not (title eq "x") and active eq true`},
	{rule: "spaces", resource: "user", filter: `(  title   co "Guide"  )and (active eq true )`},
	{rule: "a sub-attribute of any element", resource: "user", filter: `emails.value ew "example.org" and emails.type eq "work"`},
	{rule: "ne of several values wants one that differs", resource: "user", filter: `emails.type ne "work"`},
	{rule: "numbers compare by value", resource: "user", filter: acme + `:rate eq 15e-1 and ` + acme + `:badge ge 7.0`},
	{rule: "substrings", resource: "user", filter: `name.familyName co "ense" and name.givenName sw "Barb" and title ew "Guide"`},
	{rule: "a quotation mark in a string", resource: "user", filter: `title eq "a\"b" or meta.version eq "W/\"2\""`},

	{rule: "an unknown attribute is no answer", resource: "user", filter: `userType2 eq "x"`, differs: []string{"unknown attribute"}},
	{rule: "nor is the password", resource: "user", filter: `password pr`, differs: []string{"attribute that is never returned"}},
	{rule: "booleans have no order", resource: "user", filter: `active gt false`, differs: []string{"operator that the type does not have"}},
	{rule: "numbers have no substrings", resource: "user", filter: acme + `:badge sw 7`, differs: []string{"operator that the type does not have"}},
	{rule: "null has no order", resource: "user", filter: `title ge null`, differs: []string{"operator that the type does not have"}},
	{rule: "a name is no value", resource: "user", filter: `name eq "Barbara"`, differs: []string{"complex attribute without value"}},
	{rule: "a boolean is no text", resource: "user", filter: `active eq "yes"`, differs: []string{"literal of another type"}},
	{rule: "a text is no date", resource: "user", filter: `meta.created gt "yesterday"`, differs: []string{"literal of another type"}},
	{rule: "not wants parentheses", resource: "user", filter: `not title pr`, differs: []string{"not without parentheses"}},
	{rule: "Entra ID's value path is of one element", resource: "user", filter: `emails[type eq "work"].value eq "babs@example.org"`, differs: []string{"comparison of a value path", "one value at a time"}},
	{rule: "the core schema's URN", resource: "user", filter: scim.UserSchema + `:userName eq "bjensen@example.com"`, differs: []string{"attribute named by the URN of the core schema"}},
	{rule: "Entra ID asks for a manager", resource: "user", filter: `manager eq "26118915"`, differs: []string{"extension's attribute without URN", "complex attribute compared"}},
	{rule: "Entra ID's documents have no quotation marks", resource: "user", filter: `externalId eq 00ujl29u0le5T6Aj10h7`, differs: []string{"string without quotation marks"}},
	{rule: "a number without quotation marks is a string's too", resource: "user", filter: enterprise + `:employeeNumber eq 701984`, differs: []string{"string without quotation marks"}},
	{rule: "Entra ID's booleans", resource: "user", filter: `active eq "True" and roles[primary eq "True"]`, differs: []string{"string for a boolean"}},
	{rule: "Entra ID's numbers", resource: "user", filter: acme + `:badge eq "7"`, differs: []string{"string for a number"}},
	{rule: "no value is null", resource: "user", filter: `nickName eq null`, differs: []string{"null"}},
	{rule: "a value is not null", resource: "user", filter: `title ne null`},
	{rule: "no value is not the one", resource: "user", filter: `nickName ne "Babs"`, differs: []string{"ne where there is no value"}},
	{rule: "an element without type is of no other type", resource: "user", filter: `roles.type ne "work"`, differs: []string{"ne where there is no value"}},
	{rule: "emails co", resource: "user", filter: `emails co "example.org"`, differs: []string{"complex attribute compared"}},
	{rule: "an instant in another zone", resource: "user", filter: `meta.created eq "2026-01-31T13:00:00.5+01:00"`, differs: []string{"dateTime"}},
	{rule: "fractions of a second", resource: "user", filter: `meta.created gt "2026-01-31T12:00:00Z"`, differs: []string{"dateTime"}},
	{rule: "userName in any case", resource: "user", filter: `userName eq "BJensen@Example.com"`, differs: []string{"case"}},
	{rule: "order without case", resource: "user", filter: `title lt "tour guidance"`, differs: []string{"case"}},
	{rule: "id in the case it has", resource: "user", filter: `id eq "0198F0A2-7C1E-7B7A-9A55-3F1F0A6C2D10"`},
	{rule: "a number below zero", resource: "user", filter: acme + `:badge gt -1 and active eq true`, differs: []string{"negative number"}},
	{rule: "an escaped letter", resource: "user", filter: `title eq "\u0054our Guide"`, differs: []string{"escape sequences"}},
	{rule: "the members' URIs", resource: "group", filter: `members.$ref co "902c246b"`, differs: []string{"$ref"}},
	{rule: "a value path is of one element", resource: "user", filter: `emails[type eq "home" and primary eq true]`, differs: []string{"one value at a time"}},
	{rule: "one value of several", resource: "user", filter: acme + `:tags eq "north" and schemas eq "` + enterprise + `"`, differs: []string{"one value at a time"}},
}

func TestFilter(t *testing.T) {
	t.Parallel()
	o := start(t)
	for _, c := range filters {
		t.Run(c.rule, func(t *testing.T) {
			var tol scim.Tolerance
			needed, ours := explainFilter(t, o, resource(t, c.resource), c.filter, &tol)
			checkExplained(t, needed, c.differs, ours, tol)
		})
	}
}

func TestDrawnFilters(t *testing.T) {
	t.Parallel()
	o := start(t)
	var agreed, matched, all int
	rapid.Check(t, func(t *rapid.T) {
		resource := drawSearched(t)
		drawn := drawFilter(types.User, searchable, 4).Draw(t, "filter")
		needed, ours := explainFilter(t, o, resource, drawn, nil)
		all++
		if len(needed) == 0 {
			agreed++
		}
		if ours.Matches {
			matched++
		}
		if e, err := filter.Parse(drawn, types.User, nil); err == nil {
			if formatted := filter.Format(e); !same(ours, told(knownFilters, o.filter)(resource, formatted)) {
				t.Fatalf("%s\nis formatted as\n%s\nof which the oracle makes something else on %s", drawn, formatted, asJSON(resource))
			}
		}
	})
	t.Logf("seed %s: %d filters, of which %d match and %d need no explanation", seed(), all, matched, agreed)
	if agreed < all/4 || matched < all/5 || matched > all*4/5 {
		t.Error("the draw is one-sided")
	}
}

// explainFilter fails unless the oracle comes to our answer, which it returns with the rows that it
// takes.
func explainFilter(t tb, o *oracle, resource map[string]any, text string, tol *scim.Tolerance) ([]known[string], answer) {
	t.Helper()
	ours := match(t, resource, text, tol)
	needed, ok := explain(knownFilters, func(rows []known[string]) bool {
		return same(ours, told(rows, o.filter)(resource, text))
	})
	if !ok {
		t.Fatalf("%s\non %s\n-ours +oracle, told of all that is known:\n%s",
			text, asJSON(resource), cmp.Diff(ours, told(knownFilters, o.filter)(resource, text)))
	}
	return needed, ours
}

// match returns our answer.
func match(t tb, resource map[string]any, text string, tol *scim.Tolerance) answer {
	t.Helper()
	e, err := filter.Parse(text, typeOf(resource), tol)
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		return answer{Refused: refused.Type}
	}
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return answer{Matches: filter.Match(e, document(t, resource))}
}

// resource returns one of testdata.
func resource(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	assert.NilError(t, err)
	return object(t, string(text))
}
