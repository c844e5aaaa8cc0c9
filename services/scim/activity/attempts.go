package activity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// mostAttempts is how many refused creates of one name are returned.
const mostAttempts = 20

// Attempts returns the latest refused creates of a userName, in whatever case it came, latest
// first. Those are missing that came when so many names were refused at once that they were only
// counted, and those without a legible userName.
func (l *Log) Attempts(ctx context.Context, org directory.Organisation, userName string) ([]Entry, error) {
	key := l.keyOf(org, userName)
	if key == "" {
		return nil, nil
	}
	return l.List(ctx, org, Query{Resource: Resource{Type: org.Schemas.User.Name, NameKey: key}, Limit: mostAttempts})
}

// keyOf returns the keyed hash of a userName in the entries of the organisation, "" for none.
// Without the log's key it does not lead to the name, so that the organisation may hide names and
// still ask for one.
func (l *Log) keyOf(org directory.Organisation, userName string) string {
	if userName == "" {
		return ""
	}
	h := hmac.New(sha256.New, l.nameKey)
	h.Write([]byte(org.Tenant + "\x00")) // which no organisation's id holds
	h.Write([]byte(directory.Fold(userName)))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// Attempted describes a refused create of a name to the administrator, with what to do about it.
func (e *Entry) Attempted() (sentence, remedy string) {
	sentence = fmt.Sprintf("The identity provider last asked to create it on %s (token %s, request %s) and was refused: %s",
		directory.Timestamp(e.At), e.TokenID, e.RequestID, e.Refusal.Detail)
	switch {
	case e.Refusal.Status == http.StatusForbidden:
		remedy = "Give the identity provider an API token that may write. Then have it send the person again."
	case e.Refusal.Status == http.StatusTooManyRequests:
		remedy = "The identity provider sends the person again on its own. If it does not, have it send the person again."
	case e.Refusal.Type == scim.Uniqueness:
		remedy = "Another user or group has the value that must be unique: the sentence names it. Change it on one side, then have the identity provider send the person again."
	default:
		remedy = "Correct what the sentence names in the identity provider: the person's profile or the attribute mapping. Then have it send the person again."
	}
	return sentence, remedy
}
