package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Head is the last entry of an organisation, to which the next one is linked. It is zero before the
// first.
type Head struct {
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at,omitzero"` // of the entry
}

// Head returns e as the head for the next entry.
func (e Entry) Head() Head { return Head{e.Seq, e.Hash, e.At} }

// Link returns e as the next entry after before, whatever its place in a chain was.
func Link(before Head, e Entry) Entry {
	e.Seq, e.Prev, e.PrevAt = before.Seq+1, before.Hash, before.At
	e.Hash = e.digest()
	return e
}

// The hashed text contains a version, so that another encoding of an entry cannot give the same
// hash. An entry has the first that covers it: the second covers Changes, which follow the fields
// of the first, and the third UserID, which is between the two.
const (
	chainVersion        = "v1"
	chainVersionChanges = "v2"
	chainVersionUser    = "v3"
)

// digest is the SHA-256, in hex, of the version and all fields of e except Hash, each as a
// netstring: its length in bytes, a colon, its bytes, a comma. So no two entries are encoded alike.
// Numbers are decimal, times milliseconds since 1970, and "" if zero.
func (e Entry) digest() string {
	version := chainVersion
	switch {
	case e.UserID != "":
		version = chainVersionUser
	case len(e.Changes) > 0:
		version = chainVersionChanges
	}
	fields := []string{
		version, e.Prev, instant(e.PrevAt), strconv.FormatInt(e.Seq, 10),
		e.ID, instant(e.At), e.Org, string(e.Action), e.TokenID, e.OtherID, e.Source, string(e.Result), e.Once,
		e.Caller.Subject, e.Caller.Address, e.Caller.TraceID,
	}
	if e.UserID != "" {
		fields = append(fields, e.UserID)
	}
	for _, c := range e.Changes {
		fields = append(fields, c.Member, c.Before, c.After)
	}
	var b strings.Builder
	for _, field := range fields {
		b.WriteString(strconv.Itoa(len(field)) + ":" + field + ",")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
