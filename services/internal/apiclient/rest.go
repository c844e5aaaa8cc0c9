package apiclient

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Rest is the members of an object that this client has no field for, as they came. They go out
// again when the object is encoded, behind those that are known and in alphabetical order, so that
// a program shows what a newer service says.
type Rest map[string]json.RawMessage

// split decodes an object into known, a pointer to a struct without UnmarshalJSON, and what known
// has no field for into rest.
func split(data []byte, known any, rest *Rest) error {
	if err := json.Unmarshal(data, known); err != nil {
		return err
	}
	var all Rest
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for _, name := range names(reflect.TypeOf(known).Elem()) {
		delete(all, name)
	}
	*rest = nil
	if len(all) > 0 {
		*rest = all
	}
	return nil
}

// join encodes known, a struct without MarshalJSON, and rest behind it.
func join(known any, rest Rest) ([]byte, error) {
	data, err := json.Marshal(known)
	if err != nil || len(rest) == 0 {
		return data, err
	}
	data = data[:len(data)-1] // without its brace
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if len(data) > 1 {
			data = append(data, ',')
		}
		data = append(append(append(data, quoted...), ':'), rest[name]...)
	}
	return append(data, '}'), nil
}

// names returns the names of a struct's members on the wire.
func names(t reflect.Type) (all []string) {
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name != "":
			all = append(all, name)
		case field.Anonymous:
			all = append(all, names(field.Type)...)
		}
	}
	return all
}
