package directory

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Changed returns the names of the attributes in which two documents differ, in ascending order:
// those of an extension after its URN and a colon. A nil document has no attributes.
func Changed(before, after *scim.Document) []string {
	was, is := Attributes(before), Attributes(after)
	var changed []string
	for path, v := range is {
		if old, ok := was[path]; !ok || !scim.EqualValues(old, v) {
			changed = append(changed, path)
		}
	}
	for path := range was {
		if _, ok := is[path]; !ok {
			changed = append(changed, path)
		}
	}
	slices.Sort(changed)
	return changed
}

// Attributes returns the values of a document's attributes by their names, as Changed gives them.
func Attributes(doc *scim.Document) map[string]any {
	values := make(map[string]any, doc.Len())
	for name, v := range doc.All() {
		extension, ok := v.(*scim.Document)
		if !ok || !strings.Contains(name, ":") {
			values[name] = v
			continue
		}
		for attribute, v := range extension.All() {
			values[name+":"+attribute] = v
		}
	}
	return values
}
