package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim/schema"
)

func TestCheckExtension(t *testing.T) {
	const good = `{"id":"urn:example:scim:schemas:extension:1.0:User","name":"Acme","attributes":[
		{"name":"badge","type":"integer"},{"name":"desk","type":"complex","subAttributes":[{"name":"room"}]},{"name":"teams","multiValued":true}]}`
	for _, c := range []struct{ rule, old, new string }{
		{"a legal schema is taken", "", ""},
		{"a URN of the IETF is reserved", "urn:example:scim", "urn:ietf:params:scim"},
		{"a URN of DevRev is reserved, in any case", "urn:example:scim", "URN:DevRev:params"},
		{"the id must be a URN", "urn:example:scim:schemas:extension:1.0:User", "acme"},
		{"a URN has no bracket", "extension:1.0", "extension[1]"},
		{"a name begins with a letter", `"badge"`, `"1badge"`},
		{"a name has no dot", `"badge"`, `"badge.no"`},
		{"a name is used once, in any case", `"teams"`, `"Badge"`},
		{"a password is not kept", `"badge"`, `"password"`},
		{"nor a seed of one-time passwords", `"badge"`, `"totpSeed"`},
		{"nor a private key", `"badge"`, `"privateKey"`},
		{"nor a token, in any case", `"badge"`, `"Access_Token"`},
		{"nor in a part of an attribute", `{"name":"room"}`, `{"name":"clientSecret"}`},
		{"a type is one of RFC 7643", `"integer"`, `"number"`},
		{"a complex attribute has sub-attributes", `,"subAttributes":[{"name":"room"}]`, ``},
		{"a sub-attribute is not complex", `{"name":"room"}`, `{"name":"room","type":"complex","subAttributes":[{"name":"x"}]}`},
		{"only complex attributes have sub-attributes", `"type":"complex"`, `"type":"string"`},
		{"nothing is required", `"badge"`, `"badge","required":true`},
		{"nothing is readOnly", `"badge"`, `"badge","mutability":"readOnly"`},
		{"nothing is unique", `"badge"`, `"badge","uniqueness":"server"`},
		{"an attribute is an object", `{"name":"teams","multiValued":true}`, `null`},
		{"there are attributes", good[strings.Index(good, `[`):], `[]}`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if c.old != "" && text == good {
				t.Fatal("the row changes nothing")
			}
			var s schema.Schema
			if err := json.Unmarshal([]byte(text), &s); err != nil {
				t.Fatal(err)
			}
			err := s.CheckExtension()
			if refused := err != nil; refused != (c.old != "") {
				t.Errorf("CheckExtension of %s: %v", text, err)
			}
		})
	}
}
