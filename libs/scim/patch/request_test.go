package patch

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	const schemas = `"schemas":["` + scim.PatchOpSchema + `"],`
	for _, tt := range []struct {
		rule, body string
		want       []Operation
		coercions  []scim.Accepted
	}{
		{
			"s3.5.2 a request", `{` + schemas + `"Operations":[{"op":"add","path":"title","value":"A"},{"op":"remove","path":"title"},{"op":"replace","value":{}}]}`,
			[]Operation{{Op: Add, Path: "title", Value: "A"}, {Op: Remove, Path: "title"}, {Op: Replace, Value: &scim.Document{}}},
			nil,
		},
		{"names in any case", `{"SCHEMAS":["` + strings.ToUpper(scim.PatchOpSchema) + `"],"operations":[{"OP":"add","Path":"title","VALUE":"A"}]}`, []Operation{{Op: Add, Path: "title", Value: "A"}}, nil},
		{"null is a value", `{` + schemas + `"Operations":[{"op":"replace","path":"title","value":null}]}`, []Operation{{Op: Replace, Path: "title"}}, nil},
		{"no path by null, an empty one or spaces", `{` + schemas + `"Operations":[{"op":"add","path":null,"value":1},{"op":"add","path":"","value":2},{"op":"add","path":" ","value":3}]}`, []Operation{{Op: Add, Value: int64(1)}, {Op: Add, Value: int64(2)}, {Op: Add, Value: int64(3)}}, nil},
		{"Entra ID: op in capitals", `{` + schemas + `"Operations":[{"op":"Add","value":1},{"op":"REPLACE","value":2}]}`, []Operation{{Op: Add, Value: int64(1)}, {Op: Replace, Value: int64(2)}}, []scim.Accepted{{Coercion: scim.CapitalOp, Path: "op"}}},
		{"no schemas", `{"Operations":[{"op":"add","value":1}]}`, []Operation{{Op: Add, Value: int64(1)}}, []scim.Accepted{{Coercion: scim.MissingSchemas, Path: "schemas"}}},
		{"other schemas", `{"schemas":["` + scim.UserSchema + `"],"Operations":[{"op":"add","value":1}]}`, []Operation{{Op: Add, Value: int64(1)}}, []scim.Accepted{{Coercion: scim.MissingSchemas, Path: "schemas"}}},
		{"one operation for the list", `{` + schemas + `"Operations":{"op":"add","path":"title","value":1}}`, []Operation{{Op: Add, Path: "title", Value: int64(1)}}, []scim.Accepted{{Coercion: scim.ListAsSingle, Path: "Operations"}}},
		{"a list of one for the value without path", `{` + schemas + `"Operations":[{"op":"add","value":[7]}]}`, []Operation{{Op: Add, Value: int64(7)}}, []scim.Accepted{{Coercion: scim.SingleAsList, Path: "value"}}},
		{"no operations", `{` + schemas + `"Operations":[]}`, nil, []scim.Accepted{{Coercion: scim.NoOperations, Path: "Operations"}}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			tol := &scim.Tolerance{}
			got, err := Decode(document(t, tt.body), tol)
			if err != nil || !reflect.DeepEqual(got.Operations, tt.want) {
				t.Errorf("got %+v, %v; want %+v", got.Operations, err, tt.want)
			}
			if !reflect.DeepEqual(tol.Accepted, tt.coercions) {
				t.Errorf("accepted %v, want %v", tol.Accepted, tt.coercions)
			}
			_, err = Decode(document(t, tt.body), &scim.Tolerance{Strict: true})
			refused, _ := errors.AsType[*scim.Error](err)
			if (refused != nil) != (tt.coercions != nil) || refused != nil && refused.Type != scim.InvalidSyntax {
				t.Errorf("strict: error %v", err)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, operations string
		want             scim.ErrorType
		detail           string
	}{
		{"s3.5.2 Operations is needed", `null`, scim.InvalidSyntax, `"Operations"`},
		{"Operations is a list", `"add"`, scim.InvalidSyntax, `"Operations"`},
		{"an operation is an object", `[{"op":"add","value":1},"remove"]`, scim.InvalidSyntax, `operation 2: it must be an object.`},
		{"s3.5.2 op is one of three", `[{"op":"move","path":"a","value":1}]`, scim.InvalidSyntax, `operation 1: "op" must be "add", "remove" or "replace", not "move".`},
		{"op is needed", `[{"path":"a","value":1}]`, scim.InvalidSyntax, `not "".`},
		{"op is a string", `[{"op":1,"path":"a","value":1}]`, scim.InvalidSyntax, `not "".`},
		{"path is a string", `[{"op":"add","path":["a"],"value":1}]`, scim.InvalidSyntax, `operation 1: "path" must be a string.`},
		{"s3.5.2.2 remove needs a path", `[{"op":"remove"}]`, scim.NoTarget, `operation 1: remove needs a "path".`},
		{"remove of an object needs a path", `[{"op":"remove","value":{"title":"a"}}]`, scim.NoTarget, `operation 1: remove needs a "path".`},
		{"add needs a value", `[{"op":"add","path":"a"}]`, scim.InvalidValue, `operation 1: add needs a "value".`},
		{"replace needs a value", `[{"op":"replace"}]`, scim.InvalidValue, `operation 1: replace needs a "value".`},
		{"1000 operations", `[` + strings.Repeat(`{"op":"add","value":1},`, MaxOperations) + `{}]`, scim.TooMany, `1000 operations, this one holds 1001`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := Decode(document(t, `{"Operations":`+tt.operations+`}`), nil)
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 400 || refused.Type != tt.want || !strings.Contains(refused.Detail, tt.detail) {
				t.Errorf("got %v, %v; want 400 %s: %s", got, err, tt.want, tt.detail)
			}
		})
	}
}
