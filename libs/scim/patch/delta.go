package patch

import (
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// MemberDelta is a change of a group's members, in a form that can be applied without reading them:
// if Reset, all members are removed, then Remove is removed, then Add is added. Removing a
// non-member and adding a member change nothing.
//
// Add and Remove hold ids of members as the client wrote them, each once and in one of the two
// only, in the order in which they first came; with Reset there is no Remove. Nested holds those of
// Add that the client calls groups, which the domain may refuse.
type MemberDelta struct {
	Reset  bool
	Add    []string
	Remove []string
	Nested []string
}

// Empty reports whether d changes no group at all.
func (d MemberDelta) Empty() bool {
	return !d.Reset && len(d.Add) == 0 && len(d.Remove) == 0
}

// memberChanges composes a MemberDelta step by step. The last operation on an id counts, since
// neither operation depends on the members before it; so the cost is that of the ids named, never
// that of the group.
type memberChanges struct {
	reset bool
	order []string
	last  map[string]memberChange
}

// memberChange is the last thing done to one id: put in as this element, or taken out.
type memberChange struct {
	in      bool
	element *scim.Document // as the client sent it, nil for a bare id
}

func newMemberChanges() *memberChanges {
	return &memberChanges{last: make(map[string]memberChange)}
}

func (c *memberChanges) set(id string, change memberChange) {
	if _, known := c.last[id]; !known {
		c.order = append(c.order, id)
	}
	c.last[id] = change
}

func (c *memberChanges) add(m member)     { c.set(m.id, memberChange{in: true, element: m.element}) }
func (c *memberChanges) remove(id string) { c.set(id, memberChange{}) }

func (c *memberChanges) clear() {
	*c = *newMemberChanges()
	c.reset = true
}

// delta returns the changes in normal form.
func (c *memberChanges) delta() MemberDelta {
	d := MemberDelta{Reset: c.reset}
	for _, id := range c.order {
		switch change := c.last[id]; {
		case change.in:
			d.Add = append(d.Add, id)
			if strings.EqualFold(change.element.String("type"), "Group") {
				d.Nested = append(d.Nested, id)
			}
		case !c.reset:
			d.Remove = append(d.Remove, id)
		}
	}
	return d
}

// applied yields the elements that the changes leave of the current members; at is
// Request.MembersAt.
func (c *memberChanges) applied(current []*scim.Document, at string) []*scim.Document {
	var left []*scim.Document
	if !c.reset {
		for _, element := range current {
			if _, changed := c.last[element.String("value")]; !changed {
				left = append(left, element)
			}
		}
	}
	for _, id := range c.order {
		if change := c.last[id]; change.in {
			element := scim.NewDocument("value", id, "type", "User")
			for name, v := range change.element.All() {
				if v != nil {
					element.Set(name, v)
				}
			}
			if at != "" {
				element.Set("$ref", at+id) // whatever the client wrote
			}
			left = append(left, element)
		}
	}
	return left
}
