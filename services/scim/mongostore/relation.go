package mongostore

import (
	"cmp"
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// relation returns the _id of all resources related to the one with the given id.
type relation func(ctx context.Context, t directory.Tenant, id string) ([]string, error)

// list is what a list with a filter shows.
type list struct {
	where
	all     bool // there is no filter
	indexed bool // an index leads to all that match and few others
}

// scans reports whether every resource has to be looked at.
func (l list) scans() bool { return !l.all && !l.indexed }

// listed selects what a list with the filter of q shows. Its comparisons about ids are answered by
// _id, those about groups or members by related.
func (s *Store) listed(ctx context.Context, t directory.Tenant, c collection, q directory.Query, related relation) (list, error) {
	e := q.Filter
	if e == nil {
		// Deleted users are found by the index and, as no tally has them, counted by it.
		return list{where: within(t, onList, is("deleted", q.Deleted)), all: !q.Deleted, indexed: q.Deleted}, nil
	}
	answers := selector{make(map[*filter.Comparison][]string)}
	for asked := range byID(e) {
		id, _ := asked.Value.(string)
		ids, err := []string{documentID(t, id)}, error(nil)
		if directory.IsRelation(asked) {
			ids, err = related(ctx, t, id)
		}
		if err != nil {
			return list{}, err
		}
		answers.related[asked] = ids
	}
	index := narrowest(c.c.Name(), e, "key.")
	// As a term of its own: of two conditions on one field side by side MongoDB may see one.
	w := within(t, cmp.Or(index, onList), is("deleted", q.Deleted), is("$and", bson.A{answers.compile(e, "key.")}))
	return list{where: w, indexed: index != ""}, nil
}

// byID returns the comparisons in e that are answered by ids: those about ids, groups or members.
func byID(e filter.Expr) iter.Seq[*filter.Comparison] {
	return func(yield func(*filter.Comparison) bool) { visit(e, yield) }
}

func visit(e filter.Expr, yield func(*filter.Comparison) bool) bool {
	switch e := e.(type) {
	case *filter.And:
		return visit(e.Left, yield) && visit(e.Right, yield)
	case *filter.Or:
		return visit(e.Left, yield) && visit(e.Right, yield)
	case *filter.Not:
		return visit(e.Filter, yield)
	case *filter.Comparison:
		return !directory.IsRelation(e) && !isID(e) || yield(e)
	default: // nil, and a value path: RelationFilter has left none about groups or members
		return true
	}
}

// idsOfMembers is the relation of users to a group.
func (s *Store) idsOfMembers(ctx context.Context, t directory.Tenant, id string) ([]string, error) {
	g, err := s.Group(ctx, t, directory.GroupID(id), true)
	ids := make([]string, len(g.Members)) // never nil, which is no list to MongoDB
	for i, u := range g.Members {
		ids[i] = documentID(t, u)
	}
	return ids, nilIfNotFound(err)
}

// idsOfGroups is the relation of groups to a user.
func (s *Store) idsOfGroups(ctx context.Context, t directory.Tenant, id string) ([]string, error) {
	groups, err := s.GroupsOf(ctx, t, []directory.UserID{directory.UserID(id)})
	ids := []string{}
	for _, g := range groups[directory.UserID(id)] {
		ids = append(ids, documentID(t, g.ID))
	}
	return ids, err
}
