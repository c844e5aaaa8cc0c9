package patch_test

import (
	"fmt"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
)

// Entra ID writes operations with a capital and booleans as strings. Both are accepted as named
// coercions.
func ExampleApply() {
	users := schema.Load(strings.ToLower).User
	before := scim.NewDocument("userName", "jo@example.com", "active", true)
	body := scim.NewDocument(
		"schemas", []any{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations", []any{scim.NewDocument("op", "Replace", "path", "active", "value", "False")},
	)

	tol := &scim.Tolerance{}
	request, err := patch.Decode(body, tol)
	if err != nil {
		fmt.Println(err)
		return
	}
	after, outcomes, err := patch.Apply(before, users, request, tol)
	if err != nil {
		fmt.Println(err)
		return
	}
	active, _ := after.Get("active")
	fmt.Println(active, outcomes[0].Path, outcomes[0].Result)
	for _, accepted := range tol.Accepted {
		fmt.Println(accepted.Coercion)
	}
	// Output:
	// false active applied
	// capital_op
	// string_boolean
}
