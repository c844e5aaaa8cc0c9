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

// SetAttribute sets an attribute of doc by its name, as Attributes gives it, or removes it. An
// extension without attributes goes as well.
func SetAttribute(doc *scim.Document, path string, v any, there bool) {
	in, name := doc, path
	if i := strings.LastIndex(path, ":"); i >= 0 {
		in, name = doc.Sub(path[:i]), path[i+1:]
		if in == nil && there {
			in = scim.NewDocument()
			doc.Set(path[:i], in)
		}
	}
	switch {
	case there:
		in.Set(name, v)
	case in != nil:
		in.Delete(name)
		if in != doc && in.Len() == 0 {
			doc.Delete(path[:len(path)-len(name)-1])
		}
	}
}
