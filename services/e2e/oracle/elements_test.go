package oracle

import "testing"

// TestElementsMeet holds what happens when operations leave elements of one identity behind.
func TestElementsMeet(t *testing.T) {
	checkPatches(t, []patchCase{
		{
			rule: "s3.5.2 an element that is there already and does not claim to be primary leaves that to the new one", resource: "user",
			operations: `{"op":"add","path":"emails","value":[{"value":"b@example.net","primary":true},{"value":"bjensen@example.com","type":"work"}]}`,
			differs:    []string{"primary", "the same element"},
		},
		{
			rule: "s3.5.2 an operation finds one element where the one before it made two equal", resource: "user",
			operations: `{"op":"replace","path":"emails[type pr]","value":{"type":"work","value":"b@example.net"}},{"op":"replace","path":"emails[type eq \"work\"].primary","value":true}`,
			differs:    []string{"replace of selected elements", "duplicates"},
		},
	})
}
