package embedded

import (
	"bytes"
	"slices"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// keyed is the index of a list: for each attribute by which people search or sort it, a key for
// each value of each resource, and one for having no value.
//
//	key = name of the attribute, 0, value, 0, id
//
// A value is written in its comparable form. None has a NUL, as no document has, so keys sort as
// values do, then as ids; and none begins with 0xff, as all are UTF-8.
type keyed struct {
	attributes []schema.Path
	keys       table
}

// maxKeyValue bounds a value in a key; those of bbolt have at most 32 KiB. What is longer is cut
// off, so order and equality are not to be had from such a key.
const maxKeyValue = 1000

const noKeyValue = "\xff"

// of returns the keys of a resource in ascending order.
func (x keyed) of(id string, resource *scim.Document) [][]byte {
	var keys [][]byte
	for _, path := range x.attributes {
		found := len(keys)
		for _, value := range path.Values(resource) {
			if key, ok := path.Target().Comparable(value); ok {
				keys = append(keys, keyOf(path, keyValue(key), id))
			}
		}
		if len(keys) == found {
			keys = append(keys, keyOf(path, noKeyValue, id))
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// change replaces the keys of a resource; nil is one that is not in the list.
func (x keyed) change(id string, before, after *scim.Document) error {
	var old, next [][]byte
	if before != nil {
		old = x.of(id, before)
	}
	if after != nil {
		next = x.of(id, after)
	}
	for _, key := range old {
		if _, stays := slices.BinarySearchFunc(next, key, bytes.Compare); !stays {
			if err := x.keys.delete(key); err != nil {
				return err
			}
		}
	}
	for _, key := range next {
		if _, there := slices.BinarySearchFunc(old, key, bytes.Compare); !there {
			if err := x.keys.put(key, noValue()); err != nil {
				return err
			}
		}
	}
	return nil
}

// has reports whether path is an attribute of the index.
func (x keyed) has(path schema.Path) bool {
	return path.Attribute != nil && slices.ContainsFunc(x.attributes, func(p schema.Path) bool { return p.String() == path.String() })
}

// keysWith is the beginning of all keys of an attribute whose value begins so.
func keysWith(path schema.Path, value string) []byte { return []byte(path.String() + "\x00" + value) }

func keyOf(path schema.Path, value, id string) []byte {
	return append(keysWith(path, value), "\x00"+id...)
}

// keyValue returns a text or a time, in comparable form, as keys have it.
func keyValue(v any) string {
	text, _ := v.(string)
	if at, ok := v.(time.Time); ok {
		text = at.UTC().Format("2006-01-02T15:04:05.000000000Z")
	}
	return text[:min(len(text), maxKeyValue)]
}

// idIn returns the id at the end of a key. No id has a NUL.
func idIn(key []byte) string { return string(key[bytes.LastIndexByte(key, 0)+1:]) }

// isCut reports whether the value in a key of the attribute was cut off.
func isCut(path schema.Path, key []byte) bool {
	return bytes.LastIndexByte(key, 0)-len(path.String())-1 >= maxKeyValue
}

var (
	userKeys  = directory.UserKeys()
	groupKeys = directory.GroupKeys()
)
