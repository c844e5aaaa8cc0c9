package filter_test

import (
	"fmt"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

func Example() {
	users := schema.Load(strings.ToLower).User
	user := scim.NewDocument("userName", "Jo@Example.com", "active", true)

	// userName is caseExact false (RFC 7643 section 4.1), so the letters' case does not matter.
	expr, err := filter.Parse(`userName eq "jo@example.com" and active eq true`, users, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filter.Match(expr, user))

	// A filter that cannot be answered is refused when it is parsed.
	_, err = filter.Parse(`shoeSize eq 44`, users, nil)
	fmt.Println(err != nil)
	// Output:
	// true
	// true
}
