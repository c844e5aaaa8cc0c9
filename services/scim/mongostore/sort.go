package mongostore

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// ordered returns the stages that bring resources into the order of s and leave those that come
// after the given position, if one is.
//
// The value to sort by is computed for each resource that the filter lets through, which no index
// can help: identity providers do not sort, people do, and seldom.
func ordered(t directory.Tenant, s directory.Sort, after *directory.Position) []bson.D {
	direction := 1
	if s.Descending {
		direction = -1
	}
	stages := []bson.D{
		{is("$set", bson.D{is("rank", bson.D{is("$ifNull", bson.A{sortValue(s.Path), nil})})})},
		{is("$set", bson.D{is("unranked", bson.D{is("$eq", bson.A{"$rank", nil})})})},
	}
	if after != nil {
		stages = append(stages, bson.D{is("$match", behind(t, s, *after))})
	}
	return append(stages, bson.D{is("$sort", bson.D{is("unranked", direction), is("rank", direction), is("_id", direction)})})
}

// behind selects what comes after the position in the order of s: those without a rank are last, or
// first where it descends.
func behind(t directory.Tenant, s directory.Sort, after directory.Position) bson.D {
	later := bson.D{above("_id", documentID(t, after.ID))}
	if s.Descending {
		later = bson.D{below("_id", documentID(t, after.ID))}
	}
	unranked := bson.D{is("unranked", true)}
	level := unranked
	var beyond []any
	if after.Key == nil {
		if s.Descending {
			beyond = append(beyond, bson.D{is("unranked", false)})
		}
	} else {
		key, operator := valueOf(after.Key), "$gt"
		if s.Descending {
			operator = "$lt" // which no resource without a rank satisfies: it compares values of one type
		} else {
			beyond = append(beyond, unranked)
		}
		beyond = append(beyond, bson.D{is("rank", bson.D{is(operator, key)})})
		level = bson.D{is("rank", bson.D{is("$eq", key)})}
	}
	return bson.D{is("$or", append(bson.A{bson.D{is("$and", bson.A{level, later})}}, beyond...))}
}

// sortValue returns the expression for what directory.SortKey returns.
func sortValue(p schema.Path) any {
	elements := any("$key." + fieldOf(schema.Path{Extension: p.Extension, Attribute: p.Attribute}))
	if p.Attribute.MultiValued && p.Attribute.Type == schema.Complex {
		elements = primaryOr(elements)
	}
	path := "$$elements"
	if p.Sub != nil {
		path = join(path, keyName(p.Sub.Name))
	}
	// Of a list, a path gives the list of what is at its end, without what is missing; twice, if
	// the sub-attribute is a list itself.
	value := any(join(path, formOf(p.Target())))
	if p.Sub != nil && p.Sub.MultiValued {
		value = firstOf(value)
	}
	return bson.D{is("$let", bson.D{is("vars", bson.D{is("elements", elements)}), is("in", firstOf(value))})}
}

// primaryOr returns the primary one of the elements, in a list, or all if none is.
func primaryOr(elements any) any {
	primary := bson.D{is("$filter", bson.D{
		is("input", bson.D{is("$ifNull", bson.A{elements, bson.A{}})}),
		is("cond", bson.D{is("$eq", bson.A{"$$this.primary", true})}),
		is("limit", 1),
	})}
	return bson.D{is("$let", bson.D{
		is("vars", bson.D{is("primary", primary)}),
		is("in", bson.D{is("$cond", bson.A{bson.D{is("$eq", bson.A{"$$primary", bson.A{}})}, elements, "$$primary"})}),
	})}
}

// firstOf returns the first of a list, or the value itself if it is none.
func firstOf(value any) any {
	return bson.D{is("$let", bson.D{
		is("vars", bson.D{is("value", value)}),
		is("in", bson.D{is("$cond", bson.A{bson.D{is("$isArray", "$$value")}, bson.D{is("$first", "$$value")}, "$$value"})}),
	})}
}
