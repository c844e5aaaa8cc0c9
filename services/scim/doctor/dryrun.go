package doctor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/overlay"
)

// Bounds of a dry run.
const (
	MaxDryRun     = 1 << 20 // bytes of what describes the request
	mostDryRunOps = 100     // operations of a bulk request
	mostNamed     = 100     // members of a WouldHold
)

// dryRunRate is how many dry runs of an organisation pass, in each process.
func dryRunRate() ratelimit.Rate { return ratelimit.Rate{PerSecond: 5, Burst: 25} }

// Request is a request of the protocol that is not sent.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"` // below the SCIM base URL, with its query
	// Body is JSON as it would be sent. A string stands for a body of that text, whatever it is.
	Body    json.RawMessage   `json:"body,omitempty"`
	Headers map[string]string `json:"headers,omitempty"` // of requestHeaders
	As      As                `json:"as,omitzero"`
}

// As says who would send a request.
type As struct {
	Client token.Client `json:"client"` // okta or entra; "": one that does not name itself
}

var (
	requestMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	requestHeaders = []string{"If-Match", "If-None-Match", "Content-Type", "Content-Encoding"}
	answerHeaders  = []string{"Content-Type", "Location", "ETag", "Allow", "Accept-Encoding", "Retry-After"}
)

// Outcome is what a request would be answered with, and what it would do. A user or group that it
// would create has no id yet: in the JSON "(new)" stands for the id, "(new 2)" for the next one.
type Outcome struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"` // of answerHeaders
	Body    json.RawMessage   `json:"body,omitempty"`
	Change  *Line             `json:"change,omitempty"`  // nil: it would leave no entry, or it is a bulk request
	Changes []Line            `json:"changes,omitempty"` // of the operations of a bulk request
	// WouldHold is what the guard would hold back, or an administrator has rejected: that part of
	// the answer is the guard's.
	WouldHold []WouldHold `json:"wouldHold,omitempty"`
	// BasedOn are the entity tags of the users and groups that were read one by one, by their path:
	// at other versions the outcome may be another.
	BasedOn map[string]string `json:"basedOn"`

	created []string // ids that no one has
}

// WouldHold is a person who would stay, or a group whose members would, for now or for good.
type WouldHold struct {
	User     directory.UserID   `json:"userId,omitempty"`
	Group    directory.GroupID  `json:"groupId,omitempty"`
	Wanted   directory.Effect   `json:"wanted"`            // of a person deactivated or deleted, of members guard.Removed, of a group deleted
	Members  []directory.UserID `json:"members,omitempty"` // who would stay in the group: at most mostNamed, in ascending order
	Count    int                `json:"count,omitempty"`   // how many these are in all
	Sentence string             `json:"sentence"`
}

// Line is the entry that the activity would have.
type Line struct {
	activity.Entry

	ID       string `json:"id,omitempty"`      // none: there is no such entry
	TokenID  string `json:"tokenId,omitempty"` // none: no token was used
	Sentence string `json:"sentence"`          // the entry in words
}

// MarshalJSON writes o without the ids that were made for it.
func (o Outcome) MarshalJSON() ([]byte, error) {
	type plain Outcome
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the body stays as it is
	if err := encoder.Encode(plain(o)); err != nil {
		return nil, err
	}
	data := text.Bytes()
	for i, id := range o.created {
		mark := "(new)"
		if i > 0 {
			mark = fmt.Sprintf("(new %d)", i+1)
		}
		data = bytes.ReplaceAll(data, []byte(id), []byte(mark))
	}
	return data, nil
}

// DryRun returns what a request would do: it is played through the real protocol, on the
// organisation's terms and over its directory, and nothing of it remains. It needs no token, and
// counts none. Its errors are *scim.Error, and *Early beyond the rate.
func (d *Doctor) DryRun(ctx context.Context, org directory.Organisation, r Request) (Outcome, error) {
	header, body, err := r.read()
	if err != nil {
		return Outcome{}, err
	}
	// A Local has no errors.
	if wait, ok, _ := d.trying.Allow(ctx, string(org.Tenant), dryRunRate(), ratelimit.Cost{Slots: 1}); !ok {
		return Outcome{}, &Early{"This organisation has exceeded the rate of dry runs.", wait}
	}
	noted := &noting{}
	s, err := d.open(org, func(over directory.Store) (Guard, error) {
		var err error
		noted.Guard, err = d.Guard(over)
		return noted, err
	})
	if err != nil {
		return Outcome{}, err
	}
	a, err := s.send(ctx, r.Method, r.Path, header, body)
	if err != nil {
		return Outcome{}, errPath()
	}
	trace := s.above.Trace()
	switch {
	case ctx.Err() != nil:
		return Outcome{}, ctx.Err()
	case trace.Full:
		return Outcome{}, scim.Errorf(http.StatusRequestEntityTooLarge, "", "The request would change more than %d users, groups and memberships, which is more than a dry run can hold.", mostStaged)
	case a.status >= http.StatusInternalServerError && a.status != http.StatusNotImplemented:
		return Outcome{}, scim.Errorf(http.StatusServiceUnavailable, "", "The directory cannot be read at the moment, so what the request would do is not known. Try again.")
	}
	o := outcomeOf(a, s.told.entries, trace, r.isBulk())
	o.WouldHold = noted.held
	return o, nil
}

// noting is a Guard that notes what it does not let pass.
type noting struct {
	Guard

	held []WouldHold
}

func (n *noting) Admit(ctx context.Context, org directory.Organisation, by activity.Request, wish guard.Wish) error {
	err := n.Guard.Admit(ctx, org, by, wish)
	refusal, ok := errors.AsType[*scim.Error](err)
	if !ok || refusal.Status >= http.StatusInternalServerError {
		return err
	}
	held := WouldHold{User: wish.User, Group: wish.Group, Wanted: wish.Wanted, Sentence: refusal.Detail}
	if wish.Group != "" {
		leaving, unread := wish.Leaving(ctx)
		if unread != nil {
			return unread
		}
		slices.Sort(leaving.Leave)
		held.Members, held.Count = leaving.Leave[:min(len(leaving.Leave), mostNamed)], len(leaving.Leave)
	}
	n.held = append(n.held, held)
	return err
}

// read checks r and returns what would be sent. Its errors are for the caller.
func (r Request) read() (header http.Header, body []byte, err error) {
	header = http.Header{"Accept": {scim.MediaType}}
	if !slices.Contains(requestMethods, r.Method) {
		return nil, nil, scim.BadRequest(scim.InvalidValue, "method must be one of %s.", strings.Join(requestMethods, ", "))
	}
	if !strings.HasPrefix(r.Path, "/") || strings.HasPrefix(r.Path, terms.SCIMPath) {
		return nil, nil, errPath()
	}
	body = r.Body
	if bytes.Equal(body, []byte("null")) {
		body = nil
	}
	var text string
	if json.Unmarshal(body, &text) == nil {
		body = []byte(text)
	}
	if len(body) > 0 {
		header.Set("Content-Type", scim.MediaType)
	}
	named := map[string]bool{}
	for name, value := range r.Headers {
		name = http.CanonicalHeaderKey(name)
		if !slices.Contains(requestHeaders, name) || named[name] {
			return nil, nil, scim.BadRequest(scim.InvalidValue, "headers may have %s, each once.", strings.Join(requestHeaders, ", "))
		}
		named[name] = true
		header.Set(name, value)
	}
	switch r.As.Client {
	case "":
	case token.ClientOkta, token.ClientEntra:
		header.Set("User-Agent", userAgents[r.As.Client])
	default:
		return nil, nil, scim.BadRequest(scim.InvalidValue, "as.client must be okta or entra.")
	}
	if r.isBulk() {
		doc, _ := scim.Decode(body, 0) // what is wrong with it, the protocol says
		if n := len(doc.List("Operations")); n > mostDryRunOps {
			return nil, nil, scim.Errorf(http.StatusRequestEntityTooLarge, "", "A dry run takes a bulk request of %d operations at most; this one has %d.", mostDryRunOps, n)
		}
	}
	return header, body, nil
}

func errPath() error {
	return scim.BadRequest(scim.InvalidValue, "path must be what follows the SCIM base URL, such as /Users/ID or /Users?filter=..., with its query encoded.")
}

// isBulk reports whether r has many operations, each with an outcome of its own.
func (r Request) isBulk() bool {
	p, _, _ := strings.Cut(r.Path, "?")
	return path.Clean(p) == "/Bulk"
}

func outcomeOf(a *answer, told []activity.Entry, trace overlay.Trace, bulk bool) Outcome {
	o := Outcome{Status: cmp.Or(a.status, http.StatusOK), Headers: map[string]string{}, BasedOn: map[string]string{}, created: trace.Created}
	for _, name := range answerHeaders {
		if value := a.header.Get(name); value != "" {
			o.Headers[name] = value
		}
	}
	if a.body.Len() > 0 {
		o.Body = a.body.Bytes() // the protocol answers with JSON alone
	}
	for id, version := range trace.Users {
		o.BasedOn["/Users/"+string(id)] = scim.ETag(version)
	}
	for id, version := range trace.Groups {
		o.BasedOn["/Groups/"+string(id)] = scim.ETag(version)
	}
	var lines []Line
	for _, e := range told {
		e.Resource.NameKey = ""
		lines = append(lines, Line{Entry: e, Sentence: e.Sentence()})
	}
	switch {
	case bulk:
		o.Changes = lines
	case len(lines) > 0:
		o.Change = &lines[0]
	}
	return o
}
