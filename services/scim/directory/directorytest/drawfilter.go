package directorytest

import (
	"encoding/json"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
)

// kind says which operators a term takes, and with which literals.
type kind int

const (
	stringKind kind = iota
	binaryKind
	booleanKind
	integerKind
	decimalKind
	dateTimeKind
	complexKind  // only pr
	relationKind // only eq
)

// term is an attribute that a drawn filter may name. known are literals that hit something beyond
// the words.
type term struct {
	path  string
	kind  kind
	known []string
}

func userTerms(d drawn) []term {
	ids, names, groups := []string{"no such id"}, []string{"nobody@example.com"}, []string{"no such group"}
	for _, u := range d.users {
		ids, names = append(ids, string(u.ID)), append(names, u.UserName(), u.NameKey)
	}
	for _, g := range d.groups {
		groups = append(groups, string(g.ID))
	}
	const enterprise, badge, devrev = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", badgeSchema + ":", "urn:devrev:params:scim:schemas:extension:1.0:User:"
	return []term{
		{"id", stringKind, ids},
		{"userName", stringKind, names},
		{"externalId", stringKind, nil},
		{"title", stringKind, nil},
		{"displayName", stringKind, nil},
		{"nickName", stringKind, nil},
		{"name.givenName", stringKind, nil},
		{"name.familyName", stringKind, nil},
		{"name", complexKind, nil},
		{"emails", complexKind, nil},
		{"emails.value", stringKind, nil},
		{"emails.display", stringKind, nil},
		{"emails.type", stringKind, nil},
		{"emails.primary", booleanKind, nil},
		{"active", booleanKind, nil},
		{"meta.created", dateTimeKind, nil},
		{"meta.lastModified", dateTimeKind, nil},
		{"meta.version", stringKind, []string{`W/"1"`, `W/"2"`}},
		{"meta.resourceType", stringKind, []string{"User", "user"}},
		{"schemas", stringKind, []string{scim.UserSchema, scim.EnterpriseUserSchema}},
		{"groups.value", relationKind, groups},
		{devrev + "state", stringKind, []string{"shadow", "Shadow", "active"}},
		{enterprise + "department", stringKind, nil},
		{enterprise + "manager", complexKind, nil},
		{enterprise + "manager.value", stringKind, nil},
		{badge + "number", integerKind, nil},
		{badge + "height", decimalKind, nil},
		{badge + "active", booleanKind, nil},
		{badge + "expires", dateTimeKind, nil},
		{badge + "photo", binaryKind, nil},
		{badge + "link", stringKind, nil},
		{badge + "code", stringKind, nil},
		{badge + "doors", stringKind, nil},
		{badge + "externalId", stringKind, nil},
		{badge + "groups", stringKind, nil},
	}
}

func groupTerms(d drawn) []term {
	ids, names, users := []string{"no such id"}, []string{"Nobody"}, []string{"no such user"}
	for _, g := range d.groups {
		ids, names = append(ids, string(g.ID)), append(names, g.DisplayName(), g.NameKey)
	}
	for _, u := range d.users {
		users = append(users, string(u.ID))
	}
	return []term{
		{"id", stringKind, ids},
		{"displayName", stringKind, names},
		{"externalId", stringKind, nil},
		{"meta.created", dateTimeKind, nil},
		{"meta.lastModified", dateTimeKind, nil},
		{"meta.resourceType", stringKind, []string{"Group"}},
		{"members.value", relationKind, users},
	}
}

// emailTerms are what a drawn value path speaks of.
func emailTerms() []term {
	return []term{{"value", stringKind, nil}, {"display", stringKind, nil}, {"type", stringKind, nil}, {"primary", booleanKind, nil}}
}

// drawFilter draws the text of a filter about the terms, nested at most so deep.
func drawFilter(terms []term, depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		shape := 0
		if depth > 0 {
			shape = rapid.IntRange(0, 9).Draw(t, "shape")
		}
		inner := func() string { return drawFilter(terms, depth-1).Draw(t, "inner") }
		switch shape {
		case 5, 6:
			return "(" + inner() + ") and (" + inner() + ")"
		case 7:
			return "(" + inner() + ") or (" + inner() + ")"
		case 8:
			return "not (" + inner() + ")"
		case 9:
			if !speaksOf(terms, "emails") {
				return inner()
			}
			return "emails[" + drawFilter(emailTerms(), depth-1).Draw(t, "value filter") + "]"
		default:
			return drawTerm(t, rapid.SampledFrom(terms).Draw(t, "term"))
		}
	})
}

func speaksOf(terms []term, path string) bool {
	for _, term := range terms {
		if term.path == path {
			return true
		}
	}
	return false
}

func drawTerm(t *rapid.T, about term) string {
	const equality, ordered, text = "eq ne", "eq ne gt ge lt le", "eq ne gt ge lt le co sw ew eq sw"
	draw := func(operators string, literal func() string) string {
		op := rapid.SampledFrom(strings.Fields(operators+" pr")).Draw(t, "operator")
		if op == "pr" {
			return about.path + " pr"
		}
		if (op == "eq" || op == "ne") && rapid.IntRange(0, 6).Draw(t, "null") == 0 {
			return about.path + " " + op + " null"
		}
		return about.path + " " + op + " " + literal()
	}
	switch about.kind {
	case relationKind:
		return about.path + " eq " + quoted(rapid.SampledFrom(about.known).Draw(t, "relation"))
	case complexKind:
		return about.path + " pr"
	case booleanKind:
		return draw(equality, func() string { return strconv.FormatBool(rapid.Bool().Draw(t, "boolean")) })
	case integerKind:
		return draw(ordered, func() string { return strconv.FormatInt(integer().Draw(t, "integer"), 10) })
	case decimalKind:
		return draw(ordered, func() string { return strconv.FormatFloat(decimal().Draw(t, "decimal"), 'g', -1, 64) })
	case dateTimeKind:
		return draw(ordered, func() string { return quoted(dateTime().Draw(t, "dateTime")) })
	case binaryKind:
		return draw(equality, func() string { return quoted(rapid.SampledFrom([]string{"Qq==", "qq=="}).Draw(t, "binary")) })
	case stringKind:
	}
	return draw(text, func() string {
		if len(about.known) > 0 && rapid.Bool().Draw(t, "known") {
			return quoted(rapid.SampledFrom(about.known).Draw(t, "known"))
		}
		return quoted(word().Draw(t, "string"))
	})
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return string(text)
}
