package embedded

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// A user or group is stored as two lines of JSON: its own fields, then its Document. A list decodes every one of a tenant, and
// apart the two take half the time that encoding/json takes to find the one inside the other.

func encodeUser(u directory.User) ([]byte, error) {
	doc := u.Document
	u.Document = nil
	return encodeLines(u, doc)
}

func decodeUser(lines []byte) (u directory.User, err error) {
	u.Document, err = decodeLines(lines, &u)
	return u, err
}

// encodeGroup leaves the members out: they are memberships.
func encodeGroup(g directory.Group) ([]byte, error) {
	doc := g.Document
	g.Document, g.Members = nil, nil
	return encodeLines(g, doc)
}

func decodeGroup(lines []byte) (g directory.Group, err error) {
	g.Document, err = decodeLines(lines, &g)
	return g, err
}

func encodeLines(own any, doc *scim.Document) ([]byte, error) {
	first, err := json.Marshal(own)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	second, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return append(append(first, '\n'), second...), nil
}

func decodeLines(lines []byte, own any) (*scim.Document, error) {
	first, second, _ := bytes.Cut(lines, []byte("\n"))
	if err := json.Unmarshal(first, own); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	doc, err := scim.Decode(second, 0)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return doc, nil
}
