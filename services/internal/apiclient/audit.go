package apiclient

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Entry is what somebody asked for, before it was done. Hash covers all other members, and the hash
// of the entry before. Those from before there was a chain have no Seq and no Hash.
type Entry struct {
	ID           string    `json:"id"`
	Seq          int64     `json:"seq,omitempty"`
	At           time.Time `json:"at"`
	Organisation string    `json:"organisation"`
	Action       string    `json:"action"`
	Result       string    `json:"result"`
	TokenID      string    `json:"tokenId,omitempty"`
	OtherID      string    `json:"otherId,omitempty"`
	Source       string    `json:"source,omitempty"` // of a leaked token
	Actor        string    `json:"actor"`
	Address      string    `json:"address,omitempty"`
	TraceID      string    `json:"traceId,omitempty"`
	Hash         string    `json:"hash,omitempty"`
	Changes      []Change  `json:"changes,omitempty"` // what the act changed, where the action does not say it all
}

// Change is one member that an act changed.
type Change struct {
	Member string `json:"member"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Head is the last entry of an audit. A kept head shows later whether what led to it was
// changed.
type Head struct {
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at,omitzero"`
}

// AuditPage is a part of the audit, latest first.
type AuditPage struct {
	Audit []Entry `json:"audit"`
	Head  Head    `json:"head"`
	Next  string  `json:"next"` // After of the next page; "": this is the last
}

// AuditQuery selects entries. What is zero, except for the limit, selects all.
type AuditQuery struct {
	Limit        int // 0: none, the answer has the head alone. The service has a most
	After        string
	Action       string
	TokenID      string
	Since, Until time.Time
}

// Audit returns a page.
func (o *Organisation) Audit(ctx context.Context, q AuditQuery) (AuditPage, error) {
	return ask[AuditPage](ctx, o, request{method: http.MethodGet, path: "/scim/audit", query: q.values()})
}

// ExportAudit returns all entries, oldest first, a JSON object in each line. The caller closes it.
func (o *Organisation) ExportAudit(ctx context.Context) (io.ReadCloser, error) {
	return o.caller.stream(ctx, o.of(request{method: http.MethodGet, path: "/scim/audit", accept: "application/x-ndjson"}))
}

func (q AuditQuery) values() url.Values {
	values := url.Values{}
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	set("limit", strconv.Itoa(q.Limit))
	set("after", q.After)
	set("action", q.Action)
	set("tokenId", q.TokenID)
	if !q.Since.IsZero() {
		set("since", q.Since.Format(time.RFC3339))
	}
	if !q.Until.IsZero() {
		set("until", q.Until.Format(time.RFC3339))
	}
	return values
}

// Verification is what the service finds when it checks the whole audit.
type Verification struct {
	Intact    bool     `json:"intact"`
	Entries   int      `json:"entries"`
	From      int64    `json:"from"`
	To        int64    `json:"to"`
	Unchained int      `json:"unchained"`
	Faults    []string `json:"faults"`
}

// VerifyAudit has the service check the whole audit.
func (o *Organisation) VerifyAudit(ctx context.Context) (Verification, error) {
	return ask[Verification](ctx, o, request{method: http.MethodGet, path: "/scim/audit/verify"})
}
