package issuer_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/token/issuer"
)

func TestNewSchemas(t *testing.T) {
	const good = `{"id":"urn:example:scim:schemas:extension:1.0:User","name":"Acme","attributes":[{"name":"badge","type":"integer"}]}`
	many := strings.Repeat(good+",", 8) + good
	for _, c := range []struct {
		rule, list string
		ok         bool
	}{
		{"no schemas are legal", `[]`, true},
		{"a legal schema is taken", `[` + good + `]`, true},
		{"a URN is used once, in any case", `[` + good + `,` + strings.Replace(good, "extension", "EXTENSION", 1) + `]`, false},
		{"a schema is an object", `[null]`, false},
		{"eight schemas are enough", `[` + many + `]`, false},
		{"what schema.CheckExtension refuses is refused", `[{"id":"acme"}]`, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var list []*schema.Schema
			assert.NilError(t, json.Unmarshal([]byte(c.list), &list))
			text, err := issuer.NewSchemas(list)
			if _, invalid := errors.AsType[*issuer.Invalid](err); invalid == c.ok {
				t.Fatalf("NewSchemas: %v", err)
			}
			if !c.ok {
				return
			}
			back, err := text.List()
			if again, _ := issuer.NewSchemas(back); err != nil || again != text {
				t.Errorf("the schemas come back as %q, %v; want %q", again, err, text)
			}
		})
	}
}
