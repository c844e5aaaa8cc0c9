package mongostore

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// A list for people reads what it shows. If an index names few resources among which all matches
// are, these are read and sorted. Otherwise there are many, and an index of the order is read in
// stretches, and the matches among each, until the page is full.
//
// Whom a group has as members is told by the memberships alone, as in GroupsOf.

// browsing is a list for people on its way.
type browsing[D any] struct {
	store  *Store
	in     collection
	tenant directory.Tenant
	query  directory.Query
	hidden bson.D         // fields to leave out
	id     func(D) string // the _id
}

// page returns the page that the query asks for.
func (b browsing[D]) page(ctx context.Context) (directory.Page[D], error) {
	next, ok := b.order()
	if asked, alone := b.query.Filter.(*filter.Comparison); ok && alone && b.noted(asked) && b.inCreationOrder() {
		return b.walk(ctx, next) // an index has those who satisfy it in the order asked for
	}
	ids, few, err := b.few(ctx, b.query.Filter)
	if err != nil {
		return directory.Page[D]{}, err
	}
	if few {
		w, err := b.among(ctx, ids, nil)
		if err != nil {
			return directory.Page[D]{}, err
		}
		return pageOfMatches[D](ctx, b.in, w, b.query, b.hidden)
	}
	if !ok {
		return directory.Page[D]{}, errNoOrder
	}
	return b.walk(ctx, next)
}

// errNoOrder is of an order that no index has.
var errNoOrder = errors.New("no index has the order")

// stretch returns the next n places of an order, behind after if that is set.
type stretch func(ctx context.Context, after *directory.Position, n int) ([]directory.Position, error)

// walk reads stretches until the page is full. The first is as long as the page, each other one as
// long as fills it if it has as many matches as those before.
func (b browsing[D]) walk(ctx context.Context, next stretch) (page directory.Page[D], err error) {
	q := b.query
	after, skip, read, found, ended, more := q.After, q.Skip, 0, 0, false, false
	for n := q.Skip + q.Limit; len(page.Items) < q.Limit && !ended; n = toFill(q.Skip+q.Limit-found, read, found) {
		if read >= q.Browse {
			page.Rest = after
			break
		}
		n = min(n, q.Browse-read)
		places, err := next(ctx, after, n)
		if err != nil {
			return page, err
		}
		matches, err := b.matches(ctx, places)
		if err != nil {
			return page, err
		}
		found += len(matches)
		for _, at := range places {
			d, ok := matches[documentID(b.tenant, at.ID)]
			switch {
			case !ok:
			case skip > 0:
				skip--
			case len(page.Items) == q.Limit:
				more = true
			default:
				page.Items = append(page.Items, d)
			}
		}
		if ended = len(places) < n; !ended {
			read += n
			after = &places[n-1]
		}
	}
	if q.NoTotal {
		return page, nil
	}
	total, known, err := b.count(ctx)
	if !known {
		total = max(total, q.Skip-skip+len(page.Items))
		page.AtLeast = more || !ended || q.After != nil
	}
	page.Total = total
	return page, err
}

// toFill returns how many more have to be read for so many missing ones, where found of those read
// did match; half as many more, since matches do not lie evenly.
func toFill(missing, read, found int) int {
	if found == 0 {
		return math.MaxInt
	}
	return max(missing, missing*read*3/2/found)
}

// matches returns, by _id, those at these places whom the filter lets through.
func (b browsing[D]) matches(ctx context.Context, places []directory.Position) (map[string]D, error) {
	if len(places) == 0 {
		return nil, nil
	}
	ids := make([]string, len(places))
	for i, at := range places {
		ids[i] = documentID(b.tenant, at.ID)
	}
	w, err := b.among(ctx, ids, b.membersOf())
	if err != nil {
		return nil, err
	}
	found, err := all[D](ctx, b.in, w, b.hidden)
	byID := make(map[string]D, len(found))
	for _, d := range found {
		byID[b.id(d)] = d
	}
	return byID, err
}

// among selects, of the given _ids, those whom the filter lets through. All of them satisfy its
// term known, unless that is nil.
func (b browsing[D]) among(ctx context.Context, ids []string, known *filter.Comparison) (where, error) {
	answers := selector{make(map[*filter.Comparison][]string)}
	for asked := range byID(b.query.Filter) {
		id, _ := asked.Value.(string)
		related := []string{documentID(b.tenant, id)}
		switch {
		case asked == known:
			related = ids
		case directory.IsRelation(asked):
			var err error
			if related, err = b.related(ctx, id, ids); err != nil {
				return where{}, err
			}
		}
		answers.related[asked] = related
	}
	w := within(b.tenant, onList, is("deleted", b.query.Deleted))
	if asked := b.demanded(b.query.Filter, false); asked != nil { // of the others, the index says so
		ix, _ := orderIndex(b.in.c.Name(), asked.Path)
		w = within(b.tenant, ix.name, w.terms...).and(compare(asked, "key.")...)
	}
	return w.and(is("$and", bson.A{bson.D{oneOf("_id", ids)}, answers.compile(b.query.Filter, "key.")})), nil
}

// inCreationOrder reports whether the order is that of ids, ascending.
func (b browsing[D]) inCreationOrder() bool {
	return b.query.Sort.Path.Attribute == nil && !b.query.Sort.Descending
}

// noted reports whether it stands somewhere how many satisfy the comparison: users who are in a
// state, or members of a group.
func (b browsing[D]) noted(asked *filter.Comparison) bool {
	_, ofState := stateAsked(asked)
	return b.in.c.Name() == usersName && !b.query.Deleted && (ofState || directory.IsRelation(asked))
}

// notedNumber returns how many satisfy the comparison, which is noted.
func (b browsing[D]) notedNumber(ctx context.Context, asked *filter.Comparison) (int, error) {
	if state, ok := stateAsked(asked); ok {
		states, err := b.store.states(ctx, b.tenant)
		return states[state], err
	}
	id, _ := asked.Value.(string)
	group := directory.GroupID(id)
	counts, err := b.store.CountMembers(ctx, b.tenant, []directory.GroupID{group})
	return counts[text(group)], err
}

// related returns which of the resources are members of the group with this id or, for groups, all
// that have the user with this id.
func (b browsing[D]) related(ctx context.Context, id string, ids []string) ([]string, error) {
	if b.in.c.Name() == groupsName {
		return b.store.idsOfGroups(ctx, b.tenant, id)
	}
	users := make([]directory.UserID, len(ids))
	for i, id := range ids {
		users[i] = resourceID[directory.UserID](id)
	}
	members, err := b.store.membersAmong(ctx, b.tenant, text(directory.GroupID(id)), users)
	return documentIDs(b.tenant, members), err
}

// few returns the _ids of all that an index names for e, unless there is no index or they are more
// than a page may read.
func (b browsing[D]) few(ctx context.Context, e filter.Expr) (ids []string, few bool, err error) {
	most := b.query.Browse
	switch e := e.(type) {
	case *filter.And:
		if ids, few, err = b.few(ctx, e.Left); few || err != nil {
			return ids, few, err
		}
		return b.few(ctx, e.Right)
	case *filter.Or:
		left, few, err := b.few(ctx, e.Left)
		if !few || err != nil {
			return nil, false, err
		}
		right, few, err := b.few(ctx, e.Right)
		ids := append(left, right...) // never nil, which is no list to MongoDB
		slices.Sort(ids)
		ids = slices.Compact(ids)
		return ids, few && len(ids) <= most, err
	case *filter.Comparison:
		if b.noted(e) {
			if n, err := b.notedNumber(ctx, e); err != nil || n > most {
				return nil, false, err
			}
		}
		ids, err = b.named(ctx, e, most+1)
	}
	if err != nil || ids == nil || len(ids) > most {
		return nil, false, err
	}
	return ids, true, nil
}

// named returns the _ids of those that satisfy the comparison, at most so many; nil if there is no
// index for it.
func (b browsing[D]) named(ctx context.Context, e *filter.Comparison, most int) ([]string, error) {
	id, _ := e.Value.(string)
	switch {
	case isID(e):
		return []string{documentID(b.tenant, id)}, nil
	case directory.IsRelation(e) && b.in.c.Name() == groupsName:
		return b.store.idsOfGroups(ctx, b.tenant, id)
	case directory.IsRelation(e):
		members, err := b.store.membersAfter(ctx, b.tenant, text(directory.GroupID(id)), nil, most)
		return documentIDs(b.tenant, members), err
	}
	index := narrowest(b.in.c.Name(), e, "key.")
	if index == "" {
		return nil, nil
	}
	ids := []string{}
	w := within(b.tenant, index, is("deleted", b.query.Deleted)).and(compare(e, "key.")...)
	err := b.in.each(ctx, w, bson.D{is("_id", 1)}, func(d bson.Raw) { ids = append(ids, d.Lookup("_id").StringValue()) }, once(most))
	return ids, err
}

// once asks for so many documents in one command, after which MongoDB keeps no cursor.
func once(n int) *options.FindOptionsBuilder {
	return options.Find().SetLimit(int64(n)).SetBatchSize(int32(n + 1)) //nolint:gosec // a few thousand
}

// order returns what reads the order of the query, if an index has it.
func (b browsing[D]) order() (stretch, bool) {
	path := b.query.Sort.Path
	if path.Attribute != nil && path.String() != "id" {
		ix, ok := orderIndex(b.in.c.Name(), path)
		return b.byAttribute(ix, path), ok
	}
	w := within(b.tenant, onList, is("deleted", b.query.Deleted))
	if asked := b.membersOf(); asked != nil {
		group, _ := asked.Value.(string)
		return b.byMembership(text(directory.GroupID(group))), true
	}
	if asked := b.demanded(b.query.Filter, false); asked != nil {
		ix, _ := orderIndex(b.in.c.Name(), asked.Path)
		w = within(b.tenant, ix.name, is("deleted", b.query.Deleted)).and(compare(asked, "key.")...)
	}
	return b.byID(w), true
}

// membersOf returns the term by whose index of a group's members the order is read, nil if it is
// read otherwise.
func (b browsing[D]) membersOf() *filter.Comparison {
	path := b.query.Sort.Path
	if b.in.c.Name() != usersName || b.query.Sort.Descending || path.Attribute != nil && path.String() != "id" {
		return nil
	}
	if asked := b.demanded(b.query.Filter, true); asked != nil && directory.IsRelation(asked) {
		return asked
	}
	return nil
}

// demanded returns a term that e demands whose index is in the order of _id; one of a group's
// members only if relations are asked for.
func (b browsing[D]) demanded(e filter.Expr, relations bool) *filter.Comparison {
	switch e := e.(type) {
	case *filter.And:
		if left := b.demanded(e.Left, relations); left != nil {
			return left
		}
		return b.demanded(e.Right, relations)
	case *filter.Comparison:
		_, ok := orderIndex(b.in.c.Name(), e.Path)
		if relations && directory.IsRelation(e) || ok && e.Op == filter.Equal && e.Value != nil {
			return e
		}
	}
	return nil
}

// byID reads the order of _id among those whom w selects by an index that has it.
func (b browsing[D]) byID(w where) stretch {
	return func(ctx context.Context, after *directory.Position, n int) ([]directory.Position, error) {
		w, direction := w, 1
		if b.query.Sort.Descending {
			direction = -1
		}
		if after != nil {
			w = w.and(beyond("_id", documentID(b.tenant, after.ID), direction))
		}
		var places []directory.Position
		err := b.in.each(ctx, w, bson.D{is("_id", 1)}, func(d bson.Raw) {
			id := resourceID[string](d.Lookup("_id").StringValue())
			places = append(places, directory.Position{ID: id})
			if b.query.Sort.Path.Attribute != nil {
				places[len(places)-1].Key = id
			}
		}, once(n).SetSort(bson.D{is("_id", direction)}))
		return places, err
	}
}

// byMembership reads the members of a group in the order of their ids.
func (b browsing[D]) byMembership(group directory.GroupID) stretch {
	return func(ctx context.Context, after *directory.Position, n int) ([]directory.Position, error) {
		members, err := b.store.membersAfter(ctx, b.tenant, group, after, n)
		places := make([]directory.Position, len(members))
		for i, id := range members {
			places[i].ID = string(id)
			if b.query.Sort.Path.Attribute != nil {
				places[i].Key = string(id)
			}
		}
		return places, err
	}
}

// byAttribute reads the order of a single attribute: the rest of those with the value that after
// has, those with values behind it, and those without one, who are last.
func (b browsing[D]) byAttribute(ix index, path schema.Path) stretch {
	return func(ctx context.Context, after *directory.Position, n int) ([]directory.Position, error) {
		var places []directory.Position
		direction := 1
		if b.query.Sort.Descending {
			direction = -1
		}
		for _, terms := range b.parts(ix.attribute(), after, direction) {
			if left := n - len(places); left > 0 {
				w := within(b.tenant, ix.name, is("deleted", b.query.Deleted)).and(terms...)
				order := bson.D{is(ix.attribute(), direction), is("_id", direction)}
				err := b.in.each(ctx, w, bson.D{is("_id", 1), is(ix.attribute(), 1)}, func(d bson.Raw) {
					value := d.Lookup(strings.Split(ix.attribute(), ".")...)
					places = append(places, directory.Position{ID: resourceID[string](d.Lookup("_id").StringValue()), Key: sortKey(path, value)})
				}, once(left).SetSort(order))
				if err != nil {
					return nil, err
				}
			}
		}
		return places, nil
	}
}

// parts are the conditions of what follows one another in the order of a field, whose values are
// texts.
func (b browsing[D]) parts(field string, after *directory.Position, direction int) []bson.D {
	valued, none := bson.D{is(field, bson.D{is("$gte", "")})}, bson.D{exists(field, false)}
	if after == nil {
		if direction < 0 {
			return []bson.D{none, valued}
		}
		return []bson.D{valued, none}
	}
	behind := beyond("_id", documentID(b.tenant, after.ID), direction)
	var parts []bson.D
	switch {
	case after.Key == nil:
		parts = append(parts, append(none, behind))
		if direction < 0 {
			parts = append(parts, valued)
		}
	default:
		key := valueOf(after.Key)
		parts = append(parts, bson.D{is(field, key), behind}, bson.D{beyond(field, key, direction)})
		if direction > 0 {
			parts = append(parts, none)
		}
	}
	return parts
}

// beyond demands a value behind the given one in a direction; of one type, as MongoDB compares.
func beyond(field string, value any, direction int) bson.E {
	if direction < 0 {
		return below(field, value)
	}
	return above(field, value)
}

// sortKey returns what directory.SortKey returns of a value in the form in which the key has it.
func sortKey(path schema.Path, value bson.RawValue) any {
	text, ok := value.StringValueOK()
	if !ok {
		return nil
	}
	if path.Target().Type != schema.DateTime {
		return text
	}
	if t, err := time.Parse(instantLayout, text); err == nil {
		return t
	}
	return nil
}

// orderIndex returns the index that has the resources of a list in the order of a single attribute.
func orderIndex(collection string, path schema.Path) (index, bool) {
	if path.Attribute == nil || path.Attribute.MultiValued {
		return index{}, false
	}
	field := join("key."+fieldOf(path), formOf(path.Target()))
	for _, ix := range indexes() {
		if ix.collection == collection && ix.listed() && ix.attribute() == field {
			return ix, true
		}
	}
	return index{}, false
}

// count returns how many match, if that is noted or an index knows it: all, those in a state, the
// members of a group or, counted no further than Browse, those with one value. It is known if it is
// exact.
func (b browsing[D]) count(ctx context.Context) (n int, known bool, err error) {
	if b.query.Filter == nil && !b.query.Deleted {
		all, err := b.in.tally(ctx, b.tenant, 0)
		return all.Shown, true, err
	}
	asked, ok := b.query.Filter.(*filter.Comparison)
	switch {
	case ok && b.noted(asked):
		n, err = b.notedNumber(ctx, asked)
		return n, true, err
	case !ok || b.demanded(asked, false) == nil:
		return 0, false, nil
	}
	ix, _ := orderIndex(b.in.c.Name(), asked.Path)
	n, err = b.in.count(ctx, within(b.tenant, ix.name, is("deleted", b.query.Deleted)).and(compare(asked, "key.")...), b.query.Browse+1)
	return n, n <= b.query.Browse, err
}

// membersAfter returns the next n members of the group by their ids, from the memberships alone.
func (s *Store) membersAfter(
	ctx context.Context, t directory.Tenant, g directory.GroupID, after *directory.Position, n int,
) (members []directory.UserID, err error) {
	members = []directory.UserID{}
	w := within(t, onGroup, is("group", g), is("in", true))
	if after != nil {
		w = w.and(above("user", text(after.ID)))
	}
	err = s.memberships.each(ctx, w, bson.D{is("_id", 0), is("user", 1)}, func(m bson.Raw) {
		members = append(members, directory.UserID(m.Lookup("user").StringValue()))
	}, once(n).SetSort(bson.D{is("user", 1)}))
	return members, err
}

func documentIDs[ID ~string](t directory.Tenant, ids []ID) []string {
	documents := make([]string, len(ids))
	for i, id := range ids {
		documents[i] = documentID(t, id)
	}
	return documents
}
