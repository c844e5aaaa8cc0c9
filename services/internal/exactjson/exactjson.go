// Package exactjson reads JSON by exact names. encoding/json takes "ORG" and "role\u017f" for org
// and roles, and the last of two members of one name, so two readers of one text may read two
// things.
package exactjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// The errors of a text in addition to those of encoding/json.
var (
	ErrEncoding = errors.New("the text is not UTF-8")
	ErrMore     = errors.New("there is more than one JSON value")
)

// UnknownError is the error of an object that has a member which is not asked for under this exact
// name.
type UnknownError struct{ Name string }

// Error gives the name.
func (e *UnknownError) Error() string { return fmt.Sprintf("unknown member %q", e.Name) }

// RepeatedError is the error of an object that has two members of one name.
type RepeatedError struct{ Name string }

// Error gives the name.
func (e *RepeatedError) Error() string { return fmt.Sprintf("repeated member %q", e.Name) }

// Unmarshal reads data, one JSON value, into what the pointer leads to, as json.Unmarshal does.
// Members of objects that become structs must have the exact name of a field, and no object may
// have one name twice. The error is one of the above or of encoding/json.
func Unmarshal(data []byte, into any) error {
	if err := check(data, reflect.TypeOf(into)); err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// Members returns the members of data, one JSON object, by name. No object in it may have one name
// twice.
func Members(data []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	err := Unmarshal(data, &members)
	return members, err
}

func check(data []byte, t reflect.Type) error {
	if !utf8.Valid(data) {
		return ErrEncoding
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := walk(d, t); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrMore
	}
	return nil
}

// walk reads the next value, which is to become a t; nil: whatever it is.
func walk(d *json.Decoder, t reflect.Type) error {
	begin, err := d.Token()
	if err != nil {
		return err
	}
	t = inner(t)
	switch begin {
	case json.Delim('{'):
		fields := fieldsOf(t)
		seen := map[string]bool{}
		for d.More() {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string) // the decoder sees to it
			field, known := fields[name]
			switch {
			case seen[name]:
				return &RepeatedError{name}
			case fields != nil && !known:
				return &UnknownError{name}
			}
			seen[name] = true
			if err := walk(d, field); err != nil {
				return err
			}
		}
	case json.Delim('['):
		var element reflect.Type
		if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			element = t.Elem()
		}
		for d.More() {
			if err := walk(d, element); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token() // the closing bracket
	return err
}

// inner returns what a pointer leads to, and nil for a type that reads its JSON itself.
func inner(t reflect.Type) reflect.Type {
	for t != nil {
		switch {
		case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
			return nil
		case t.Kind() != reflect.Pointer:
			return t
		}
		t = t.Elem()
	}
	return nil
}

// fieldsOf returns the types of a struct's fields by the names that encoding/json gives them; nil
// if t is none.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	fields := make(map[string]reflect.Type, t.NumField())
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case name == "":
			fields[field.Name] = field.Type
		default:
			fields[name] = field.Type
		}
	}
	return fields
}
