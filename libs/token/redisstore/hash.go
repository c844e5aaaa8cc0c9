package redisstore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/libs/token"
)

// The fields of the hashes; doc.go has the table.
const (
	fieldOrg            = "org"
	fieldGeneration     = "gen"
	fieldKid            = "kid"
	fieldMAC            = "h"
	fieldScopes         = "scp" // separated by spaces, as in RFC 6749 section 3.3
	fieldName           = "name"
	fieldIssuer         = "by"
	fieldRequest        = "req"
	fieldIssuedAt       = "iat"
	fieldExpiresAt      = "exp"
	fieldRevokedAt      = "rev"
	fieldLeakedAt       = "leak" // only in the record of a leaked token
	fieldReplaces       = "rep"  // this and the next are there in the record of a token that took another one's place
	fieldReplacedExpiry = "term" // and nowhere else
	fieldEnabled        = "on"
	settingPrefix       = "set:"
)

// recordFields is a new record.
func recordFields(r token.Record) []any {
	scopes := make([]string, len(r.Scopes))
	for i, s := range r.Scopes {
		scopes[i] = string(s)
	}
	fields := []any{
		fieldOrg, r.Org,
		fieldKid, r.Kid,
		fieldMAC, r.MAC,
		fieldScopes, strings.Join(scopes, " "),
		fieldName, r.Name,
		fieldIssuer, r.Issuer,
		fieldRequest, r.Request,
		fieldGeneration, r.Generation,
		fieldIssuedAt, millis(r.IssuedAt),
		fieldExpiresAt, millis(r.ExpiresAt),
		fieldRevokedAt, millis(r.RevokedAt),
	}
	if !r.LeakedAt.IsZero() {
		fields = append(fields, fieldLeakedAt, millis(r.LeakedAt))
	}
	return fields
}

// readRecord reads what recordFields and the scripts wrote. Without fields there is no record:
// ErrNotFound.
func readRecord(tag, id string, fields map[string]string) (token.Record, error) {
	if len(fields) == 0 {
		return token.Record{}, token.ErrNotFound
	}
	n := numbers{fields: fields}
	r := token.Record{
		Org:        fields[fieldOrg],
		Tag:        tag,
		ID:         id,
		Name:       fields[fieldName],
		Kid:        fields[fieldKid],
		MAC:        []byte(fields[fieldMAC]),
		Issuer:     fields[fieldIssuer],
		Request:    fields[fieldRequest],
		Generation: n.get(fieldGeneration),
		IssuedAt:   moment(n.get(fieldIssuedAt)),
		ExpiresAt:  moment(n.get(fieldExpiresAt)),
		RevokedAt:  moment(n.get(fieldRevokedAt)),
		Replaces:   fields[fieldReplaces],
	}
	if fields[fieldLeakedAt] != "" {
		r.LeakedAt = moment(n.get(fieldLeakedAt))
	}
	if r.Replaces != "" {
		r.ReplacedExpiry = moment(n.get(fieldReplacedExpiry))
	}
	for s := range strings.FieldsSeq(fields[fieldScopes]) {
		r.Scopes = append(r.Scopes, token.Scope(s))
	}
	if n.err != nil {
		return token.Record{}, fmt.Errorf("record of token %s: %w", id, n.err)
	}
	return r, nil
}

func organisationFields(o token.Organisation) []any {
	fields := []any{fieldOrg, o.ID, fieldEnabled, o.Enabled, fieldGeneration, o.Generation}
	for name, value := range o.Settings {
		fields = append(fields, settingPrefix+name, value)
	}
	return fields
}

// readOrganisation reads what organisationFields wrote. Without fields there is no copy:
// ErrNotFound.
func readOrganisation(tag string, fields map[string]string) (token.Organisation, error) {
	if len(fields) == 0 {
		return token.Organisation{}, token.ErrNotFound
	}
	n := numbers{fields: fields}
	o := token.Organisation{
		ID:         fields[fieldOrg],
		Tag:        tag,
		Enabled:    n.get(fieldEnabled) != 0,
		Generation: n.get(fieldGeneration),
		Settings:   make(map[string]string),
	}
	for field, value := range fields {
		if name, ok := strings.CutPrefix(field, settingPrefix); ok {
			o.Settings[name] = value
		}
	}
	if n.err != nil {
		return token.Organisation{}, fmt.Errorf("copy of organisation %s: %w", o.ID, n.err)
	}
	return o, nil
}

// numbers reads the numbers of a hash and keeps the first field that is not a number: a damaged
// record must not count as one that never expires.
type numbers struct {
	fields map[string]string
	err    error
}

func (n *numbers) get(field string) int64 {
	number, err := strconv.ParseInt(n.fields[field], 10, 64)
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("field %s is not a number", field)
	}
	return number
}

// millis is t in the form that Redis keeps; 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
