package oracle

import (
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim/schema"
)

// searchable are attributes that a drawn filter may name.
var searchable = []string{
	"userName", "id", "externalId", "title", "active", "name.givenName", "name.familyName", "name", "emails", "emails.value", "emails.type",
	"emails.primary", "meta.created", enterprise + ":department", enterprise + ":manager", "manager.value",
	acme + ":badge", acme + ":rate", acme + ":tags", "schemas", "nickName",
}

// drawSearched draws a user in the form in which filters meet one, with what the service adds.
func drawSearched(t *rapid.T) map[string]any {
	user := drawUser(t)
	user["id"] = "a"
	user["schemas"] = []any{"urn:ietf:params:scim:schemas:core:2.0:User", acme}
	user["meta"] = map[string]any{"created": dateTime().Draw(t, "created")}
	maybe(t, user, acme, drawObject(func(t *rapid.T, extension map[string]any) {
		maybe(t, extension, "badge", number())
		maybe(t, extension, "rate", number())
		maybe(t, extension, "tags", rapid.Custom(func(t *rapid.T) []any {
			return []any{text().Draw(t, "tag"), kind().Draw(t, "tag")}
		}))
	}))
	return user
}

// drawFilter draws a filter, nested at most so deep.
func drawFilter(scope schema.Scope, names []string, depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		inner := func() string { return drawFilter(scope, names, depth-1).Draw(t, "inner") }
		shape := 0
		if depth > 0 {
			shape = rapid.IntRange(0, 9).Draw(t, "shape")
		}
		switch shape {
		case 3, 4:
			return inner() + " and " + inner()
		case 5, 6:
			return inner() + " or " + inner()
		case 7:
			return "(" + inner() + ")"
		case 8:
			return "not (" + inner() + ")"
		case 9:
			path, err := scope.Resolve("emails")
			if err != nil {
				return inner()
			}
			within := []string{"value", "type", "primary", "display"}
			return "emails[" + drawFilter(path.Attribute, within, depth-1).Draw(t, "value filter") + "]"
		default:
			return drawTerm(t, scope, rapid.SampledFrom(names).Draw(t, "name"))
		}
	})
}

func drawTerm(t *rapid.T, scope schema.Scope, name string) string {
	path, err := scope.Resolve(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var literal string
	operators := "eq ne gt ge lt le pr"
	switch a := path.Target(); a.Type {
	case schema.Boolean:
		operators = "eq ne pr"
		literal = rapid.SampledFrom([]string{"true", "false", `"True"`}).Draw(t, "boolean")
	case schema.Integer, schema.Decimal:
		literal = strconv.FormatFloat(number().Draw(t, "number"), 'g', -1, 64)
	case schema.DateTime:
		literal = asJSON(dateTime().Draw(t, "dateTime"))
	case schema.Complex:
		if a.SubAttribute("value") == nil {
			return name + " pr"
		}
		fallthrough
	default:
		operators += " co sw ew eq"
		literal = asJSON(rapid.OneOf(text(), kind()).Draw(t, "text"))
	}
	switch op := rapid.SampledFrom(strings.Fields(operators)).Draw(t, "operator"); {
	case op == "pr":
		return name + " pr"
	case (op == "eq" || op == "ne") && rapid.IntRange(0, 7).Draw(t, "null") == 7:
		return name + " " + op + " null"
	default:
		return name + " " + op + " " + literal
	}
}
