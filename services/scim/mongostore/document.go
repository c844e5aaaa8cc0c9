package mongostore

import (
	"encoding/binary"
	"fmt"
	"math"
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
	if err := valid(raw); err != nil {
		return nil, err
	}
	return reader{raw, string(raw)}.document(0)
}

// valid looks at one level of a document, the sizes of those in it included.
func valid(raw bson.Raw) error {
	if err := raw.Validate(); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// reader reads a document where it is. Names and strings are parts of one copy of all of it.
type reader struct {
	raw  bson.Raw
	text string
}

// document reads the valid document that begins at an offset.
func (r reader) document(at int) (*scim.Document, error) {
	n, err := r.len(at)
	if err != nil {
		return nil, err
	}
	d := scim.NewSized(n)
	if err := r.each(at, func(name string, value any) { d.Set(unescaped(name), value) }); err != nil {
		return nil, err
	}
	return d, nil
}

func (r reader) array(at int) ([]any, error) {
	n, err := r.len(at)
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, n)
	err = r.each(at, func(_ string, value any) { list = append(list, value) })
	return list, err
}

// len returns how many elements the valid document or array has that begins at an offset.
func (r reader) len(at int) (n int, err error) {
	for at += 4; r.raw[at] != 0; n++ {
		of := bson.Type(r.raw[at])
		at += 1 + strings.IndexByte(r.text[at+1:], 0) + 1
		size, err := r.size(of, at)
		if err != nil {
			return 0, err
		}
		at += size
	}
	return n, nil
}

// each calls do with the elements of the valid document or array that begins at an offset.
func (r reader) each(at int, do func(name string, value any)) error {
	for at += 4; r.raw[at] != 0; {
		of := bson.Type(r.raw[at])
		name, _, _ := strings.Cut(r.text[at+1:], "\x00")
		at += 1 + len(name) + 1
		size, err := r.size(of, at)
		if err != nil {
			return err
		}
		value, err := r.value(of, at)
		if err != nil {
			return err
		}
		do(name, value)
		at += size
	}
	return nil
}

// size returns of how many bytes the value at an offset is.
func (r reader) size(of bson.Type, at int) (int, error) {
	switch of {
	case bson.TypeString:
		return 4 + r.number(at), nil
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return r.number(at), nil
	case bson.TypeBoolean:
		return 1, nil
	case bson.TypeInt64, bson.TypeDouble:
		return 8, nil
	case bson.TypeNull:
		return 0, nil
	default:
		return 0, fmt.Errorf("decode: a document holds no %s", of)
	}
}

// value reads the value at an offset, nil for null.
func (r reader) value(of bson.Type, at int) (v any, err error) {
	switch of {
	case bson.TypeString:
		return r.text[at+4 : at+4+r.number(at)-1], nil
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		if err := valid(r.raw[at : at+r.number(at)]); err != nil {
			return nil, err
		}
		if of == bson.TypeArray {
			return r.array(at)
		}
		return r.document(at)
	case bson.TypeBoolean:
		return r.raw[at] == 1, nil
	case bson.TypeInt64:
		return int64(binary.LittleEndian.Uint64(r.raw[at:])), nil //nolint:gosec // the same bits
	case bson.TypeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(r.raw[at:])), nil
	case bson.TypeNull:
		return nil, nil
	default:
		return nil, fmt.Errorf("decode: a document holds no %s", of)
	}
}

// number reads a size, which BSON writes in four bytes.
func (r reader) number(at int) int { return int(int32(binary.LittleEndian.Uint32(r.raw[at:]))) } //nolint:gosec // the same bits

func unescaped(name string) string {
	if strings.Contains(name, "%") {
		return unescapes.Replace(name)
	}
	return name
}
