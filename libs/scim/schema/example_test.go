package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

func ExampleParseProjection() {
	users := schema.Load(strings.ToLower).User
	user := scim.NewDocument("id", "7", "userName", "jo@example.com", "title", "Guide", "active", true)

	projection, err := schema.ParseProjection(users, "userName,title", "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	shown, err := json.Marshal(projection.Apply(users, user))
	if err != nil {
		fmt.Println(err)
		return
	}
	// id is always returned (RFC 7643 section 3.1).
	fmt.Println(string(shown))
	// Output: {"id":"7","userName":"jo@example.com","title":"Guide"}
}
