package doctor

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/overlay"
)

// Protocol returns the protocol as the organisation's identity provider meets it, over this
// directory. It tells the entries of its activity to the store, and asks the guard given.
type Protocol func(org directory.Organisation, over directory.Store, told activity.Store, guard Guard) (http.Handler, error)

// Guard decides in the place of the guard about what requests wish; guard.Preview fits.
type Guard interface {
	Admit(ctx context.Context, org directory.Organisation, by activity.Request, wish guard.Wish) error
	Note(ctx context.Context, org directory.Organisation, by activity.Request, made *directory.Change) error
}

// unguarded has every wish pass: the people of a rehearsal are nobody.
type unguarded struct{}

func (unguarded) Admit(context.Context, directory.Organisation, activity.Request, guard.Wish) error {
	return nil
}

func (unguarded) Note(context.Context, directory.Organisation, activity.Request, *directory.Change) error {
	return nil
}

// mostStaged bounds the writes of users, groups and memberships on one stage.
const mostStaged = 1000

// userAgents are how clients name themselves.
var userAgents = map[token.Client]string{token.ClientOkta: "Okta SCIM Client 1.0.0", token.ClientEntra: "AzureAD SCIM"}

// stage is where requests are played that leave nothing behind: the protocol as it is, over a
// directory that keeps its writes in memory.
type stage struct {
	protocol http.Handler
	above    *overlay.Store
	told     *recorder
}

// open returns a stage on the terms of the organisation; guarding gives its guard.
func (d *Doctor) open(org directory.Organisation, guarding func(over directory.Store) (Guard, error)) (*stage, error) {
	s := &stage{above: overlay.New(d.Directory, mostStaged), told: &recorder{}}
	guard, err := guarding(s.above)
	if err == nil {
		s.protocol, err = d.Protocol(org, s.above, s.told, guard)
	}
	if err != nil {
		return nil, fmt.Errorf("make the protocol of a stage: %w", err)
	}
	return s, nil
}

// send plays one request. The path is below the SCIM base URL, with its query; the error is that it
// cannot be read.
func (s *stage) send(ctx context.Context, method, path string, header http.Header, body []byte) (*answer, error) {
	target, err := url.ParseRequestURI(terms.SCIMPath + path)
	if err != nil {
		return nil, err
	}
	header = header.Clone()
	header.Set("Authorization", "Bearer staged")
	req := &http.Request{
		Method: method, URL: target, RequestURI: target.RequestURI(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: http.NoBody,
	}
	if len(body) > 0 {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	s.told.entries = nil
	a := &answer{header: http.Header{}}
	s.protocol.ServeHTTP(a, req.WithContext(ctx))
	return a, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(data)
}

// recorder is the activity.Store of a stage, which only writes to it. It holds the entries of the
// latest request.
type recorder struct {
	activity.Store

	entries []activity.Entry
}

func (r *recorder) Record(_ context.Context, _ directory.Tenant, e activity.Entry, _ []activity.Moved) error {
	r.entries = append(r.entries, e)
	return nil
}
