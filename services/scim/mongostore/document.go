package mongostore

import (
	"fmt"
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

// document is a scim.Document in a document of MongoDB. It is read where the driver has it, with no
// other form in between: a page has a hundred of them.
type document struct{ *scim.Document } //nolint:recvcheck // a value is written, and read into a pointer

// IsZero has a missing document left out.
func (d document) IsZero() bool { return d.Document == nil }

// MarshalBSONValue implements bson.ValueMarshaler.
func (d document) MarshalBSONValue() (typ byte, data []byte, err error) {
	t, data, err := bson.MarshalValue(encode(d.Document))
	return byte(t), data, err
}

// UnmarshalBSONValue implements bson.ValueUnmarshaler.
func (d *document) UnmarshalBSONValue(typ byte, data []byte) (err error) {
	d.Document, err = decode(bson.RawValue{Type: bson.Type(typ), Value: data}.Document())
	return err
}

// decode copies what it takes out of raw.
func decode(raw bson.Raw) (*scim.Document, error) {
	members, err := raw.Elements()
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	d := scim.NewSized(len(members))
	for _, m := range members {
		value, err := decodeValue(m.Value())
		if err != nil {
			return nil, err
		}
		d.Set(unescaped(m.Key()), value)
	}
	return d, nil
}

func decodeValue(v bson.RawValue) (any, error) {
	switch v.Type {
	case bson.TypeString:
		return v.StringValue(), nil
	case bson.TypeEmbeddedDocument:
		return decode(v.Document())
	case bson.TypeArray:
		elements, err := v.Array().Values()
		if err != nil {
			return nil, fmt.Errorf("decode: %w", err)
		}
		list := make([]any, len(elements))
		for i, e := range elements {
			if list[i], err = decodeValue(e); err != nil {
				return nil, err
			}
		}
		return list, nil
	case bson.TypeBoolean:
		return v.Boolean(), nil
	case bson.TypeInt64:
		return v.Int64(), nil
	case bson.TypeDouble:
		return v.Double(), nil
	case bson.TypeNull:
		return nil, nil //nolint:nilnil // null is nil
	default:
		return nil, fmt.Errorf("decode: a document holds no %s", v.Type)
	}
}

func unescaped(name string) string {
	if strings.Contains(name, "%") {
		return unescapes.Replace(name)
	}
	return name
}
