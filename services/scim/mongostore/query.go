package mongostore

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// selector turns filters into MongoDB's language. It means what filter.Match means: where the two
// differ, this one is wrong.
type selector struct {
	// related has, for each comparison about groups or members in the filter, the _id of the
	// resources that satisfy it.
	related map[*filter.Comparison][]string
}

// compile returns the condition that e is. within is where the paths of e begin: "key." in a
// filter, "" in an element.
func (s selector) compile(e filter.Expr, within string) bson.D {
	switch e := e.(type) {
	case *filter.And:
		return bson.D{is("$and", bson.A{s.compile(e.Left, within), s.compile(e.Right, within)})}
	case *filter.Or:
		return bson.D{is("$or", bson.A{s.compile(e.Left, within), s.compile(e.Right, within)})}
	case *filter.Not:
		return bson.D{is("$nor", bson.A{s.compile(e.Filter, within)})}
	case *filter.ValuePath:
		return s.element(e, within)
	case *filter.Comparison:
		if ids, ok := s.related[e]; ok {
			return bson.D{oneOf("_id", ids)}
		}
		return compare(e, within)
	default: // nil selects all
		return bson.D{}
	}
}

// element asks for one element of a complex attribute that satisfies a filter. A single value is
// one element if it is there.
func (s selector) element(e *filter.ValuePath, within string) bson.D {
	path := within + fieldOf(e.Path)
	if e.Path.Attribute.MultiValued {
		return bson.D{is(path, bson.D{is("$elemMatch", s.compile(e.Filter, ""))})}
	}
	return bson.D{is("$and", bson.A{bson.D{exists(path, true)}, s.compile(e.Filter, path+".")})}
}

// compare matches any value at the path that compares with c.Value by c.Op.
func compare(c *filter.Comparison, within string) bson.D {
	path := within + fieldOf(c.Path)
	if c.Op == filter.Present || c.Value == nil {
		return bson.D{exists(path, c.Op != filter.Equal)}
	}
	form := formOf(c.Path.Target())
	some := anyValue(c.Path, within, form, condition(c.Op, valueOf(c.Value)))
	if c.Op != filter.NotEqual {
		return some
	}
	return bson.D{is("$or", bson.A{some, bson.D{exists(join(path, form), false)}})}
}

// anyValue asks for a value at p that satisfies condition whole: of a list, MongoDB would let one
// element satisfy one half of a condition and another element the other.
func anyValue(p schema.Path, within, form string, condition bson.D) bson.D {
	if p.Sub == nil {
		return someOf(p.Attribute, within+fieldOf(p), form, condition)
	}
	path := within + fieldOf(schema.Path{Extension: p.Extension, Attribute: p.Attribute})
	if p.Attribute.MultiValued {
		return bson.D{is(path, bson.D{is("$elemMatch", someOf(p.Sub, keyName(p.Sub.Name), form, condition))})}
	}
	return someOf(p.Sub, join(path, keyName(p.Sub.Name)), form, condition)
}

// someOf asks for a value of a, which lies at path, that satisfies condition in the given form.
func someOf(a *schema.Attribute, path, form string, condition bson.D) bson.D {
	if !a.MultiValued {
		return bson.D{is(join(path, form), condition)}
	}
	if form != "" {
		condition = bson.D{is(form, condition)}
	}
	return bson.D{is(path, bson.D{is("$elemMatch", condition)})}
}

// condition returns what op asks of one value. co and ew cannot use an index beyond the tenant;
// their text is quoted, so that it stands for itself.
func condition(op filter.Op, value any) bson.D {
	text, _ := value.(string)
	switch op {
	case filter.NotEqual:
		return bson.D{is("$ne", value), is("$exists", true)}
	case filter.Contains:
		return bson.D{is("$regex", quote(text))}
	case filter.EndsWith:
		return bson.D{is("$regex", quote(text)+`\z`)} // $ would match before a last line feed as well
	case filter.StartsWith:
		if next, ok := successor(text); ok {
			return bson.D{is("$gte", text), is("$lt", next)}
		}
		return bson.D{is("$gte", text)}
	case filter.Greater:
		return bson.D{is("$gt", value)}
	case filter.GreaterOrEqual:
		return bson.D{is("$gte", value)}
	case filter.Less:
		return bson.D{is("$lt", value)}
	case filter.LessOrEqual:
		return bson.D{is("$lte", value)}
	case filter.Equal, filter.Present: // Present has no value to stand to
	}
	return bson.D{is("$eq", value)}
}

// quote returns the regular expression of s itself. A pattern is a C string to MongoDB, which a NUL
// would end.
func quote(s string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(s), "\x00", `\x00`)
}

// successor returns the least string that is greater than all that begin with s, if there is one.
func successor(s string) (string, bool) {
	for s != "" {
		last, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
		switch last {
		case utf8.MaxRune: // is the greatest already: the one before it has to grow
		case 0xD7FF: // the surrogates after it are no characters
			return s + "\uE000", true
		default:
			return s + string(last+1), true
		}
	}
	return "", false
}

// fieldOf returns the place of p in the key or, for a sub-attribute, in an element.
func fieldOf(p schema.Path) string {
	var steps []string
	if p.Extension != "" {
		steps = append(steps, keyName(p.Extension))
	}
	for _, a := range []*schema.Attribute{p.Attribute, p.Sub} {
		if a != nil {
			steps = append(steps, keyName(a.Name))
		}
	}
	return strings.Join(steps, ".")
}

// join returns the place of a form of the values at path.
func join(path, form string) string {
	if form == "" {
		return path
	}
	return path + "." + form
}
