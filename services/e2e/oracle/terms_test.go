package oracle

import (
	"regexp"
	"strings"

	"github.com/devrev/scim/libs/scim/schema"
)

// term is a comparison in the text of a filter.
type term struct {
	name    string // the path as written
	op      string // in lower case
	literal string // as written; "" with pr

	path schema.Path // what name stands for; the zero Path if nothing
}

func (t term) String() string { return strings.TrimSpace(t.name + " " + t.op + " " + t.literal) }

// target is the attribute that is compared: what a complex one compares is its value.
func (t term) target() *schema.Attribute {
	a := t.path.Target()
	if a != nil && a.Type == schema.Complex && t.op != "pr" && t.literal != "null" {
		return a.SubAttribute("value")
	}
	return a
}

const (
	word   = `[^\s()\[\]"]+`
	quoted = `"(?:[^"\\]|\\.)*"`
)

var (
	termText      = regexp.MustCompile(`(?i)(` + word + `)\s+(?:(pr)\b|(eq|ne|co|sw|ew|gt|ge|lt|le)\s+(` + quoted + `|` + word + `))`)
	valuePathText = regexp.MustCompile(`(` + word + `)\[((?:` + quoted + `|[^\]"])*)\]`)
)

// rewriteTerms returns the filter with each comparison rewritten, those in value paths among them.
func rewriteTerms(scope schema.Scope, filter string, rewrite func(term) string) string {
	var b strings.Builder
	end := 0
	for _, at := range valuePathText.FindAllStringSubmatchIndex(filter, -1) {
		b.WriteString(rewriteFlat(scope, filter[end:at[0]], rewrite))
		name, inner := filter[at[2]:at[3]], filter[at[4]:at[5]]
		if path, err := scope.Resolve(name); err == nil {
			inner = rewriteFlat(path.Attribute, inner, rewrite)
		}
		b.WriteString(name + "[" + inner + "]")
		end = at[1]
	}
	b.WriteString(rewriteFlat(scope, filter[end:], rewrite))
	return b.String()
}

// rewriteFlat is rewriteTerms for a filter without value paths.
func rewriteFlat(scope schema.Scope, filter string, rewrite func(term) string) string {
	return termText.ReplaceAllStringFunc(filter, func(text string) string {
		part := termText.FindStringSubmatch(text)
		t := term{name: part[1], op: strings.ToLower(part[2] + part[3]), literal: part[4]}
		t.path, _ = scope.Resolve(t.name) // a name that stands for nothing is for the rows to judge
		return rewrite(t)
	})
}
