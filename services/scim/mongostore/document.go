package mongostore

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/libs/scim"
)

// A document is stored as it was written, members in their order, except for their names: a dot
// parts the steps of a path in MongoDB, a dollar sign begins an operator and NUL ends a name. All
// three occur ("...:core:2.0:User", "$ref"), so they are percent-encoded.
var (
	escapes   = strings.NewReplacer("%", "%25", ".", "%2E", "$", "%24", "\x00", "%00")
	unescapes = strings.NewReplacer("%25", "%", "%2E", ".", "%24", "$", "%00", "\x00")
)

func encode(d *scim.Document) bson.D {
	members := make(bson.D, 0, d.Len())
	for name, value := range d.All() {
		members = append(members, is(escapes.Replace(name), encodeValue(value)))
	}
	return members
}

func encodeValue(v any) any {
	switch v := v.(type) {
	case *scim.Document:
		return encode(v)
	case []any:
		list := make(bson.A, len(v))
		for i, e := range v {
			list[i] = encodeValue(e)
		}
		return list
	default: // nil, bool, string, int64 and float64 are BSON's as well
		return v
	}
}

func decode(members bson.D) *scim.Document {
	d := scim.NewDocument()
	for _, m := range members {
		d.Set(unescapes.Replace(m.Key), decodeValue(m.Value))
	}
	return d
}

func decodeValue(v any) any {
	switch v := v.(type) {
	case bson.D:
		return decode(v)
	case bson.A:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = decodeValue(e)
		}
		return list
	default:
		return v
	}
}
