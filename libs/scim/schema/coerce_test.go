package schema

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// attribute returns what path names in a user of the registry with the custom extension.
func attribute(t *testing.T, path string) *Attribute {
	t.Helper()
	p, err := Load(nil).With(custom).User.Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	return p.Target()
}

func TestCoerce(t *testing.T) {
	t.Parallel()
	doc := scim.NewDocument
	tests := []struct {
		rule, path string
		in, want   any
		accepted   []scim.Accepted
	}{
		{"a value of the right type stays", "title", "Boss", "Boss", nil},
		{"s2.5 null is absent", "title", nil, nil, nil},
		{"s2.5 an empty list is absent", "emails", []any{}, nil, nil},
		{"an empty string is absent", "title", "", nil, nil},
		{"an empty object is absent", "name", doc(), nil, nil},
		{"an object of absent values is absent", "manager", doc("value", "", "$ref", nil), nil, nil},
		{"a list of absent values is absent", "emails", []any{nil, "", doc("value", "")}, nil, nil},

		{"a boolean", "active", false, false, nil},
		{"Entra's True is true", "active", "True", true, []scim.Accepted{{Coercion: scim.StringBoolean, Path: "active"}}},
		{"Entra's False is false", "active", "False", false, []scim.Accepted{{Coercion: scim.StringBoolean, Path: "active"}}},
		{"false in small letters too", "active", "false", false, []scim.Accepted{{Coercion: scim.StringBoolean, Path: "active"}}},
		{"an integer", "badge", int64(7), int64(7), nil},
		{"an integer in a string", "badge", "-7", int64(-7), []scim.Accepted{{Coercion: scim.StringNumber, Path: "badge"}}},
		{"a decimal", "weight", 7.5, 7.5, nil},
		{"a decimal without fraction", "weight", int64(7), 7.0, nil},
		{"a decimal in a string", "weight", "7.5", 7.5, []scim.Accepted{{Coercion: scim.StringNumber, Path: "weight"}}},
		{"a dateTime stays as written", "hired", "2026-01-31T12:00:00.10+02:00", "2026-01-31T12:00:00.10+02:00", nil},
		{"binary stays as written", "photo", "aGk=", "aGk=", nil},
		{"s2.3.6 binary needs no padding", "photo", "aGk", "aGk", nil},
		{"a reference", "page", "https://example.com/", "https://example.com/", nil},

		{"a list of one for a single value", "title", []any{"Boss"}, "Boss", []scim.Accepted{{Coercion: scim.SingleAsList, Path: "title"}}},
		{"a list of one object for a single object", "manager", []any{doc("$ref", nil, "value", "7")}, doc("value", "7"), []scim.Accepted{{Coercion: scim.SingleAsList, Path: "manager"}}},
		{"a list of nothing for a single value", "title", []any{nil}, nil, []scim.Accepted{{Coercion: scim.SingleAsList, Path: "title"}}},
		{"a value for a list", "tags", "x", []any{"x"}, []scim.Accepted{{Coercion: scim.ListAsSingle, Path: "tags"}}},
		{"an object for a list", "emails", doc("value", "a"), []any{doc("value", "a")}, []scim.Accepted{{Coercion: scim.ListAsSingle, Path: "emails"}}},
		{"a string for an object with value", "manager", "7", doc("value", "7"), []scim.Accepted{{Coercion: scim.ValueForComplex, Path: "manager"}}},
		{"strings for elements with value", "emails", []any{"a", doc("value", "b")}, []any{doc("value", "a"), doc("value", "b")}, []scim.Accepted{{Coercion: scim.ValueForComplex, Path: "emails"}}},
		{"a string for a list of objects with value", "emails", "a", []any{doc("value", "a")}, []scim.Accepted{{Coercion: scim.ListAsSingle, Path: "emails"}, {Coercion: scim.ValueForComplex, Path: "emails"}}},

		{"s2.1 sub-attributes get their names", "emails", []any{doc("VALUE", "a", "Type", "work")}, []any{doc("value", "a", "type", "work")}, nil},
		{"sub-attributes are coerced", "emails", []any{doc("value", "a", "primary", "True")}, []any{doc("value", "a", "primary", true)}, []scim.Accepted{{Coercion: scim.StringBoolean, Path: "emails.primary"}}},
		{"s7 a readOnly sub-attribute is dropped in silence", "manager", doc("value", "7", "displayName", "M"), doc("value", "7"), nil},
		{"an unknown sub-attribute is dropped", "name", doc("givenName", "a", "foo", "b"), doc("givenName", "a"), []scim.Accepted{{Coercion: scim.UnknownIgnored, Path: "name.foo"}}},
		{"s2.3 a canonical value is only a suggestion", "emails", []any{doc("value", "a", "type", "Arbeit")}, []any{doc("value", "a", "type", "Arbeit")}, nil},
		{"JSON in a string is a string", "roles", []any{doc("value", `{"id":"1"}`)}, []any{doc("value", `{"id":"1"}`)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			a := attribute(t, tt.path)
			before := scim.CloneValue(tt.in)
			var tol scim.Tolerance
			got, err := a.Coerce(tt.path, tt.in, &tol)
			if err != nil {
				t.Fatalf("Coerce: %v", err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
			if !reflect.DeepEqual(tol.Accepted, tt.accepted) {
				t.Errorf("accepted %v, want %v", tol.Accepted, tt.accepted)
			}
			if !scim.EqualValues(tt.in, before) {
				t.Error("the input was changed")
			}
			if unnoted, err := a.Coerce(tt.path, tt.in, nil); err != nil || !reflect.DeepEqual(unnoted, tt.want) {
				t.Errorf("without a tolerance %#v, %v; want the same", unnoted, err)
			}
			strict, err := a.Coerce(tt.path, tt.in, &scim.Tolerance{Strict: true})
			if refused := err != nil; refused != (len(tt.accepted) > 0) {
				t.Errorf("strict: %#v, %v; want refused exactly what needed a coercion", strict, err)
			}
		})
	}
}

func TestCoerceRefuses(t *testing.T) {
	t.Parallel()
	doc := scim.NewDocument
	tests := []struct {
		rule, path string
		in         any
		detail     string
	}{
		{"a number for a string", "title", int64(4711), `"title" must be a string.`},
		{"a boolean for a string", "title", true, `"title" must be a string.`},
		{"an object for a string", "title", doc("value", "4711", "type", "work"), `"title" must be a string.`},
		{"several values for one", "title", []any{"4711", "4712"}, `"title" must be a string.`},
		{"a list in a list of one", "title", []any{[]any{"4711"}}, `"title" must be a string.`},
		{"another word for a boolean", "active", "4711", `"active" must be true or false.`},
		{"a number for a boolean", "active", int64(1), `"active" must be true or false.`},
		{"a fraction for an integer", "badge", 4711.5, `"badge" must be an integer.`},
		{"s2.3.4 an integer with a fraction part", "badge", 4711.0, `"badge" must be an integer.`},
		{"a word for an integer", "badge", "4711x", `"badge" must be an integer.`},
		{"a word for a decimal", "weight", "NaN", `"weight" must be a number.`},
		{"a boolean for a decimal", "weight", true, `"weight" must be a number.`},
		{"a date for a dateTime", "hired", "4711-01-01", `"hired" must be a string such as "2026-01-31T12:00:00Z".`},
		{"a number for a dateTime", "hired", int64(4711), `"hired" must be a string such as`},
		{"not base64", "photo", "4711!", `"photo" must be a string in base64.`},
		{"a number for a reference", "page", int64(4711), `"page" must be a string that holds a URI.`},
		{"a string for an object without value", "name", "4711", `"name" must be an object.`},
		{"a number for an element", "emails", []any{int64(4711)}, `"emails.value" must be a string.`},
		{"a number for a list", "emails", int64(4711), `"emails.value" must be a string.`},
		{"a list for an element", "emails", []any{[]any{"4711"}}, `"emails" must be a list, each element an object.`},
		{"a list for an element of strings", "tags", []any{[]any{"4711"}}, `"tags" must be a list, each element a string.`},
		{"an object for a sub-attribute", "name", doc("givenName", doc("x", "4711")), `"name.givenName" must be a string.`},
		{"a wrong sub-attribute of an element", "emails", []any{doc("value", "4711", "primary", "4711")}, `"emails.primary" must be true or false.`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := attribute(t, tt.path).Coerce(tt.path, tt.in, nil)
			refusal, ok := errors.AsType[*scim.Error](err)
			if !ok || got != nil || refusal.Status != 400 || refusal.Type != scim.InvalidValue {
				t.Fatalf("Coerce = %#v, %v; want 400 invalidValue", got, err)
			}
			if !strings.HasPrefix(refusal.Detail, tt.detail) {
				t.Errorf("Detail %q, want %q", refusal.Detail, tt.detail)
			}
			if strings.Contains(refusal.Detail, "4711") {
				t.Errorf("Detail %q contains the value", refusal.Detail)
			}
		})
	}
}
