package directorytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/devrev/scim/services/scim/directory"
)

// waitModel says in which groups of one organisation who is a member and who waits, by the rules of
// docs/waiting.md alone.
type waitModel struct {
	matchByExternalID, matchByUserName, forgetGroups bool

	people []*modelPerson
	groups [2]*modelGroup
}

type modelPerson struct {
	id, userName, externalID string
	here                     bool
}

type modelGroup struct {
	privileged bool
	in         map[*modelPerson]bool
	waits      map[string]modelWait // by value
}

type modelWait struct {
	reason directory.WaitingReason
	count  int
}

func newModelGroup() *modelGroup {
	return &modelGroup{in: map[*modelPerson]bool{}, waits: map[string]modelWait{}}
}

func (m *waitModel) matches() bool { return m.matchByExternalID || m.matchByUserName }

// means returns those whom a value means, of whom some have been deleted.
func (m *waitModel) means(value string) (here, gone []*modelPerson) {
	for _, p := range m.people {
		if p.id == value && p.here {
			return []*modelPerson{p}, nil
		}
		byExternalID := m.matchByExternalID && p.externalID == value
		byUserName := m.matchByUserName && strings.EqualFold(p.userName, value)
		switch {
		case !byExternalID && !byUserName:
		case p.here:
			here = append(here, p)
		default:
			gone = append(gone, p)
		}
	}
	return here, gone
}

// add adds values to a group or, with reset, in the place of all its members.
func (m *waitModel) add(g *modelGroup, values []string, reset bool) {
	var known []*modelPerson
	var unknown []string
	for _, value := range values {
		here, _ := m.means(value)
		if len(here) == 1 && (here[0].id == value || !g.privileged || g.in[here[0]]) {
			known = append(known, here[0])
			delete(g.waits, value)
			delete(g.waits, here[0].id)
		} else {
			unknown = append(unknown, value)
		}
	}
	if reset {
		g.in = map[*modelPerson]bool{}
		maps.DeleteFunc(g.waits, func(value string, _ modelWait) bool { return !slices.Contains(unknown, value) })
	}
	for _, p := range known {
		g.in[p] = true
	}
	for _, value := range unknown {
		w, waits := g.waits[value]
		if !waits {
			w.reason = directory.WaitsUnknown
			if slices.ContainsFunc(m.people, func(p *modelPerson) bool { return p.id == value }) {
				w.reason = directory.WaitsDeleted
			}
		}
		w.count++
		g.waits[value] = w
		m.match(g, value)
	}
}

// match looks whether the one whom a value means becomes a member now.
func (m *waitModel) match(g *modelGroup, value string) {
	w := g.waits[value]
	switch here, _ := m.means(value); {
	case len(here) == 0:
		return
	case len(here) > 1:
		w.reason = directory.WaitsAmbiguous
	case here[0].id == value && w.reason == directory.WaitsDeleted || !g.privileged || g.in[here[0]]:
		g.in[here[0]] = true
		delete(g.waits, value)
		return
	default:
		w.reason = directory.WaitsApproval
	}
	g.waits[value] = w
}

func (m *waitModel) remove(g *modelGroup, values []string) {
	for _, value := range values {
		delete(g.waits, value)
		here, gone := m.means(value)
		if len(here) == 1 {
			gone = append(gone, here[0])
		}
		for _, p := range gone {
			delete(g.in, p)
			delete(g.waits, p.id)
		}
	}
}

func (m *waitModel) delete(p *modelPerson) {
	p.here = false
	for _, g := range m.groups {
		if g.in[p] && !m.forgetGroups {
			g.waits[p.id] = modelWait{reason: directory.WaitsDeleted}
		}
		delete(g.in, p)
	}
}

// comeBack has a person come back; another reports that it may be another one, of whom the groups
// from before are none.
func (m *waitModel) comeBack(p *modelPerson, another bool) {
	p.here = true
	for _, g := range m.groups {
		if w, waits := g.waits[p.id]; waits && w.count == 0 && (another || m.forgetGroups) {
			delete(g.waits, p.id)
		}
		if _, waits := g.waits[p.id]; waits {
			m.match(g, p.id)
		}
		for value := range maps.Clone(g.waits) {
			if m.matchByExternalID && strings.EqualFold(value, p.externalID) || m.matchByUserName && strings.EqualFold(value, p.userName) {
				m.match(g, value)
			}
		}
	}
}

// letIn reports whether an administrator may let in who is meant by a value.
func (m *waitModel) letIn(g *modelGroup, value string) bool {
	here, _ := m.means(value)
	if _, waits := g.waits[value]; !waits || len(here) != 1 {
		return false
	}
	g.in[here[0]] = true
	delete(g.waits, value)
	return true
}

// memberIDs returns the ids of the members, sorted.
func (g *modelGroup) memberIDs() []directory.UserID {
	ids := []directory.UserID{}
	for p := range g.in {
		ids = append(ids, directory.UserID(p.id))
	}
	slices.Sort(ids)
	return ids
}

// waiting returns what waits, each in words, sorted.
func (g *modelGroup) waiting() []string {
	var all []string
	for value, w := range g.waits {
		all = append(all, inWords(value, w.reason, w.count))
	}
	slices.Sort(all)
	return all
}

func inWords(value string, reason directory.WaitingReason, count int) string {
	return fmt.Sprintf("%s as %s, added %d times", value, reason, count)
}
