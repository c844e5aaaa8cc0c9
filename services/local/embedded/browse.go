package embedded

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// A list for people reads what it shows. If an index names few resources among which all matches
// are, these are read and sorted. Otherwise there are many, and the keys of the order are walked
// until the page is full.

// index is what leads to the resources of a list without reading them.
type index struct {
	keyed

	states  roll                // of users: <state> 0 <id>
	related func(id string) run // those that are related to a group or user; nil: there are none
	counted func(id string) int // how many these are
}

// run is a part of a table, whose keys end with ids: those that begin with prefix.
type run struct {
	table  table
	prefix []byte
}

// browse returns the page that q, which has Browse, asks for.
func (l listing[T]) browse(ctx context.Context, q directory.Query) (directory.Page[T], error) {
	if ids, few := l.index.few(q.Filter, q.Browse); few {
		return l.ofMatches(ctx, q, among(ids...))
	}
	if path := q.Sort.Path; ordered(q) && (!l.index.has(path) || path.Attribute.MultiValued) {
		return l.ofMatches(ctx, q, narrowing{})
	}
	page, whole, err := l.walk(ctx, q)
	if err == nil && !whole {
		return l.ofMatches(ctx, q, narrowing{})
	}
	return page, err
}

// walk reads resources in the order of q until the page is full, or enough are read. It is not
// whole if it met a key that was cut off, which has lost its place in the order.
func (l listing[T]) walk(ctx context.Context, q directory.Query) (page directory.Page[T], whole bool, err error) {
	keys, from := l.index.inOrder(q, l.roll)
	isCut := func(key []byte) bool { return ordered(q) && isCut(q.Sort.Path, key) }
	if from != nil && isCut(from) {
		return page, false, nil
	}
	looked, read, skipped, all := 0, 0, 0, true
	var last directory.Position
	for key := range keys.beyond(from, q.Sort.Descending) {
		switch {
		case len(page.Items) == q.Limit:
			all = false
		case read == q.Browse || looked == keysToARead*q.Browse:
			page.Rest, all = &last, false
		}
		if !all {
			break
		}
		if isCut(key) {
			return page, false, nil
		}
		if err := ctx.Err(); err != nil {
			return page, true, err
		}
		looked++
		last = placeIn(key, q.Sort.Path)
		value := l.roll.get(last.ID)
		if value == nil || !l.index.may(q.Filter, last.ID) {
			continue
		}
		read++
		item, err := l.decode(value)
		if err != nil {
			return page, true, err
		}
		if !filter.Match(q.Filter, l.view(item)) {
			continue
		}
		if skipped++; skipped > q.Skip {
			page.Items = append(page.Items, item)
		}
	}
	if n, known := l.index.count(q.Filter, l.roll); known {
		page.Total = n
		return page, true, nil
	}
	page.Total = min(skipped, q.Skip) + len(page.Items)
	page.AtLeast = !all || q.After != nil
	return page, true, nil
}

// keysToARead is how many keys are looked at in the time in which one resource is read.
const keysToARead = 10

// placeIn returns the place of a key in the order of path.
func placeIn(key []byte, path schema.Path) directory.Position {
	at := directory.Position{ID: idIn(key)}
	if path.Attribute == nil {
		return at
	}
	at.Key = at.ID
	if path.String() == "id" {
		return at
	}
	value := string(key[len(keysWith(path, "")):bytes.LastIndexByte(key, 0)])
	at.Key = value
	if value == noKeyValue {
		at.Key = nil
	} else if t, ok := path.Target().Comparable(value); ok {
		at.Key = t // of a time; the comparable form of a text is its own
	}
	return at
}

// may reports whether the resource with this id can match e, by what is known of its state and its
// relations.
func (x index) may(e filter.Expr, id string) bool {
	switch e := e.(type) {
	case *filter.And:
		return x.may(e.Left, id) && x.may(e.Right, id)
	case *filter.Comparison:
		value, ok := e.Value.(string)
		if ok && (directory.IsRelation(e) || e.Op == filter.Equal && x.isState(e.Path)) {
			keys, _ := x.named(e, value)
			return keys.table.has(append(bytes.Clone(keys.prefix), id...))
		}
	}
	return true
}

// few returns the ids, in ascending order, of all that an index names for e, unless there is no
// index or they are more than most.
func (x index) few(e filter.Expr, most int) ([]string, bool) {
	switch e := e.(type) {
	case *filter.And:
		if ids, ok := x.few(e.Left, most); ok {
			return ids, true
		}
		return x.few(e.Right, most)
	case *filter.Or:
		left, ok := x.few(e.Left, most)
		if !ok {
			return nil, false
		}
		right, ok := x.few(e.Right, most)
		ids := slices.Concat(left, right)
		slices.Sort(ids)
		ids = slices.Compact(ids)
		return ids, ok && len(ids) <= most
	case *filter.Comparison:
		value, ok := e.Value.(string)
		if !ok {
			return nil, false
		}
		if e.Op == filter.Equal && e.Path.String() == "id" {
			return []string{value}, true
		}
		keys, ok := x.named(e, value)
		if !ok {
			return nil, false
		}
		var ids []string
		for key := range keys.beyond(nil, false) {
			if len(ids) == most {
				return nil, false
			}
			ids = append(ids, idIn(key))
		}
		slices.Sort(ids)
		return slices.Compact(ids), true
	}
	return nil, false
}

// named returns the keys of all resources that can satisfy the comparison, and whether there is an
// index for it.
func (x index) named(e *filter.Comparison, value string) (run, bool) {
	switch {
	case directory.IsRelation(e):
		if x.related == nil {
			return run{}, true
		}
		return x.related(value), true
	case e.Op == filter.Equal && x.isState(e.Path):
		return run{x.states.rows, pair(value, "")}, true
	case !x.has(e.Path):
		return run{}, false
	case e.Op == filter.Equal && len(keyValue(value)) < maxKeyValue:
		return run{x.keys, keyOf(e.Path, keyValue(value), "")}, true
	case e.Op == filter.Equal || e.Op == filter.StartsWith:
		return run{x.keys, keysWith(e.Path, keyValue(value))}, true
	default:
		return run{}, false
	}
}

func (x index) isState(path schema.Path) bool {
	return x.states.rows.bucket != nil && path.Attribute != nil && path.Attribute.Name == "state" && x.has(path)
}

// count returns how many match e, if that is known without reading them.
func (x index) count(e filter.Expr, all roll) (int, bool) {
	if e == nil {
		return all.len(), true
	}
	asked, ok := e.(*filter.Comparison)
	if !ok {
		return 0, false
	}
	value, ok := asked.Value.(string)
	switch {
	case !ok:
		return 0, false
	case directory.IsRelation(asked):
		if x.related == nil {
			return 0, true
		}
		return x.counted(value), true
	case asked.Op == filter.Equal && x.isState(asked.Path):
		return x.states.lenUnder(pair(value, "")), true
	default:
		return 0, false
	}
}

// inOrder returns the keys that are to be walked for q, and the one behind which the page begins,
// nil if it begins with the first.
func (x index) inOrder(q directory.Query, all roll) (keys run, from []byte) {
	keys = firstRun(x.demanded(q.Filter), run{table: all.rows})
	if ordered(q) {
		keys = run{x.keys, keysWith(q.Sort.Path, "")}
	}
	if q.After == nil {
		return keys, nil
	}
	from = append(bytes.Clone(keys.prefix), q.After.ID...)
	if ordered(q) {
		value := noKeyValue
		if q.After.Key != nil {
			value = keyValue(q.After.Key)
		}
		from = keyOf(q.Sort.Path, value, q.After.ID)
	}
	return keys, from
}

// ordered reports whether the order of q is that of an attribute's keys; otherwise it is that of
// ids.
func ordered(q directory.Query) bool {
	return q.Sort.Path.Attribute != nil && q.Sort.Path.String() != "id"
}

// demanded returns the keys, in the order of ids, of those that satisfy a term which e demands.
func (x index) demanded(e filter.Expr) run {
	switch e := e.(type) {
	case *filter.And:
		return firstRun(x.demanded(e.Left), x.demanded(e.Right))
	case *filter.Comparison:
		if value, ok := e.Value.(string); ok && (directory.IsRelation(e) || e.Op == filter.Equal && x.isState(e.Path)) {
			keys, _ := x.named(e, value)
			return keys
		}
	}
	return run{}
}

// firstRun returns the first of two that is one.
func firstRun(a, b run) run {
	if a.table.bucket != nil {
		return a
	}
	return b
}

// beyond yields the keys behind from, all if that is nil, in their order or backwards. The table
// must not change during the iteration.
func (r run) beyond(from []byte, backwards bool) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if r.table.bucket == nil {
			return
		}
		cursor := r.table.bucket.Cursor()
		step := cursor.Next
		var key []byte
		if backwards {
			step = cursor.Prev
			if from == nil {
				from = append(bytes.Clone(r.prefix), 0xff, 0xff) // behind every id, and behind 0xff 0 and an id
			}
			if key, _ = cursor.Seek(from); key == nil {
				key, _ = cursor.Last()
			} else {
				key, _ = cursor.Prev()
			}
		} else if key, _ = cursor.Seek(slices.MaxFunc([][]byte{r.prefix, from}, bytes.Compare)); bytes.Equal(key, from) && from != nil {
			key, _ = step()
		}
		for ; key != nil && bytes.HasPrefix(key, r.prefix) && yield(key); key, _ = step() {
		}
	}
}
