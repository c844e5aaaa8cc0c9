package embedded

import (
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// narrowing holds, if narrowed, the ids in ascending order among which all matches of a filter are.
// If exact, those that are on the roll are the matches; if listed, all of them are on it.
type narrowing struct {
	narrowed, exact, listed bool
	ids                     []string
}

func among(ids ...string) narrowing { return narrowing{narrowed: true, ids: ids} }

// narrow finds an equality that all matches of e satisfy, and that index supports: the filter
// itself, a part joined by and, or such equalities joined by or. index gets the attribute and the
// value in its comparable form.
func narrow(e filter.Expr, index func(attribute, value string) narrowing) narrowing {
	switch e := e.(type) {
	case *filter.And:
		n := narrow(e.Left, index)
		if !n.narrowed {
			n = narrow(e.Right, index)
		}
		n.exact = false
		return n
	case *filter.Or:
		left, right := narrow(e.Left, index), narrow(e.Right, index)
		if !left.narrowed || !right.narrowed {
			return narrowing{}
		}
		ids := slices.Concat(left.ids, right.ids)
		slices.Sort(ids)
		return narrowing{narrowed: true, exact: left.exact && right.exact, ids: slices.Compact(ids)}
	case *filter.Comparison:
		if value, ok := e.Value.(string); ok && e.Op == filter.Equal {
			name := e.Path.Attribute.Name
			if e.Path.Extension != "" {
				name = e.Path.Extension + ":" + name
			}
			n := index(name, value)
			n.exact = n.narrowed
			return n
		}
	}
	return narrowing{}
}

// usersFor returns the users that e can match.
func (in tenant) usersFor(e filter.Expr) narrowing {
	return narrow(e, func(attribute, value string) narrowing {
		if attribute != scim.DevRevUserSchema+":state" {
			return in.usersWith(attribute, value)
		}
		n := among()
		n.listed = true
		for id := range in.userStates().rows.under(pair(value, "")) {
			n.ids = append(n.ids, id)
		}
		return n
	})
}

// goneFor returns the deleted users that e can match.
func (in tenant) goneFor(e filter.Expr) narrowing { return narrow(e, in.usersWith) }

// usersWith returns the users, deleted ones too, that have the value. A name in its comparable form
// is a NameKey: both are directory.Fold of the userName.
func (in tenant) usersWith(attribute, value string) narrowing {
	switch attribute {
	case "id":
		return among(value)
	case "userName":
		return among(string(in.userNames().get(digest(value))))
	case "externalId":
		n := among()
		for id := range in.externalIDs().under(digest(value)) {
			n.ids = append(n.ids, id)
		}
		return n
	case "groups":
		return among(texts(in.membersOf(directory.GroupID(value)))...)
	default:
		return narrowing{}
	}
}

// userLists is what leads to the users of a list, and groupLists to the groups.
func (in tenant) userLists() index {
	return index{
		in.userIndex(), in.userStates(),
		func(group string) run { return run{in.members(), pair(group, "")} },
		func(group string) int { return sizeIn(in.memberCounts().get([]byte(group))) },
	}
}

func (in tenant) groupLists() index {
	return index{
		keyed:   in.groupIndex(),
		related: func(user string) run { return run{in.memberOf(), pair(user, "")} },
		counted: func(user string) int { return len(in.groupsOf(directory.UserID(user))) },
	}
}

// groupsFor returns the groups that e can match.
func (in tenant) groupsFor(e filter.Expr) narrowing {
	return narrow(e, func(attribute, value string) narrowing {
		switch attribute {
		case "id":
			return among(value)
		case "displayName":
			return among(string(in.groupNames().get(digest(value))))
		case "members":
			return among(texts(in.groupsOf(directory.UserID(value)))...)
		default:
			return narrowing{}
		}
	})
}

func texts[ID ~string](ids []ID) []string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, string(id))
	}
	return texts
}
