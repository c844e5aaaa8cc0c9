package embedded

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// A user or group is stored as its own fields, then its Document as JSON. The fields stand in a
// record of their own, without names: a list decodes a hundred of them for a page, and every one of
// a tenant for a filter.
//
//	record = version byte, number of the version, created, modified (varints; times in Unix milliseconds),
//	         flags byte, then id, NameKey, state, each as length (varint) and bytes
//
// Files of earlier versions have a line of JSON in the place of the record, which begins with a
// brace.
const recordVersion = 1

// The flags of a user, and that of a group.
const (
	signedIn = 1 << iota
	deleted
)

const privileged = 1

var errNoRecord = errors.New("decode: this is no record of a user or group")

func encodeUser(u directory.User) ([]byte, error) {
	var flags byte
	if u.SignedIn {
		flags |= signedIn
	}
	if u.Deleted {
		flags |= deleted
	}
	return encodeRecord(u.Version, u.Created, u.Modified, flags, u.Document, string(u.ID), u.NameKey, string(u.State))
}

func decodeUser(value []byte) (u directory.User, err error) {
	if len(value) > 0 && value[0] == '{' {
		u.Document, err = decodeLines(value, &u)
		return u, err
	}
	r := reader{rest: value}
	u.Version, u.Created, u.Modified = r.head()
	flags := r.byte()
	u.ID, u.NameKey, u.State = directory.UserID(r.text()), r.text(), directory.State(r.text())
	u.SignedIn, u.Deleted = flags&signedIn != 0, flags&deleted != 0
	u.Document, err = r.document()
	return u, err
}

// encodeGroup leaves the members out: they are memberships.
func encodeGroup(g directory.Group) ([]byte, error) {
	var flags byte
	if g.Privileged {
		flags = privileged
	}
	return encodeRecord(g.Version, g.Created, g.Modified, flags, g.Document, string(g.ID), g.NameKey, "")
}

func decodeGroup(value []byte) (g directory.Group, err error) {
	if len(value) > 0 && value[0] == '{' {
		g.Document, err = decodeLines(value, &g)
		return g, err
	}
	r := reader{rest: value}
	g.Version, g.Created, g.Modified = r.head()
	g.Privileged = r.byte()&privileged != 0
	g.ID, g.NameKey = directory.GroupID(r.text()), r.text()
	_ = r.text()
	g.Document, err = r.document()
	return g, err
}

func encodeRecord(version int64, created, modified time.Time, flags byte, doc *scim.Document, texts ...string) ([]byte, error) {
	to := append(make([]byte, 0, 1024), recordVersion)
	for _, n := range []int64{version, created.UnixMilli(), modified.UnixMilli()} {
		to = binary.AppendVarint(to, n)
	}
	to = append(to, flags)
	for _, text := range texts {
		to = append(binary.AppendUvarint(to, uint64(len(text))), text...)
	}
	to, err := doc.AppendJSON(to)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return to, nil
}

// reader reads a record from its beginning. A missing part is zero, and is remembered.
type reader struct {
	rest  []byte
	wrong bool
}

func (r *reader) head() (version int64, created, modified time.Time) {
	r.wrong = r.byte() != recordVersion
	return r.number(), time.UnixMilli(r.number()).UTC(), time.UnixMilli(r.number()).UTC()
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.wrong = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.wrong = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) text() string { return string(r.span()) }

// span is text without a copy of it.
func (r *reader) span() []byte {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) { //nolint:gosec // size is within rest
		r.wrong = true
		return nil
	}
	span := r.rest[size : size+int(n)] //nolint:gosec // not more than there is
	r.rest = r.rest[size+int(n):]      //nolint:gosec // the same
	return span
}

// document reads what follows the record.
func (r *reader) document() (*scim.Document, error) {
	if r.wrong {
		return nil, errNoRecord
	}
	doc, err := scim.Decode(r.rest, 0)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return doc, nil
}

// decodeLines reads what earlier versions stored: the fields in own as JSON, then the document.
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
