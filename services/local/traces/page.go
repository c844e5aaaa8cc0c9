package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

//go:embed page.gohtml
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// handler answers with the page. Its parameter q is the id of a trace, of a request or of an
// organisation; "" is the latest requests.
type handler struct {
	log    string // a file
	traces store
	api    apiclient.Caller
}

// view is what the page shows: one request, or a list.
type view struct {
	Query string
	Fault string // why something is not shown, in a sentence

	Lines []line // of a list
	One   *line
	Spans []span // of One; none: its trace was not kept

	Activity        []apiclient.ActivityEntry // of One
	ActivityUnknown string                    // why it is not known, in a sentence
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := h.look(r.Context(), strings.TrimSpace(r.URL.Query().Get("q")))
	var body bytes.Buffer
	if err := page.Execute(&body, v); err != nil {
		http.Error(w, "The page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	for name, value := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Cache-Control":           "no-store",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
	} {
		w.Header().Set(name, value)
	}
	_, _ = body.WriteTo(w) // the browser has gone
}

// look finds what the query asks for.
func (h handler) look(ctx context.Context, query string) view {
	v := view{Query: query}
	found, err := h.requests(ctx, query)
	if err != nil {
		v.Fault = err.Error()
	}
	if len(found) == 0 || query != found[0].TraceID && query != found[0].RequestID {
		v.Lines = found
		return v
	}
	v.One = &found[0]
	spans, err := h.traces.trace(ctx, v.One.TraceID)
	if err != nil {
		v.Fault = err.Error()
	}
	v.Spans = waterfall(spans)
	v.Activity, v.ActivityUnknown = h.activity(ctx, *v.One)
	return v
}

// requests returns the requests of the log and, where only the store of traces has them, of that;
// the latest is first. With an error, what was found without it.
func (h handler) requests(ctx context.Context, query string) ([]line, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	found, err := find(h.log, query)
	kept, storeErr := h.traces.requests(ctx, query)
	known := map[string]bool{}
	for _, l := range found {
		known[l.RequestID] = true
	}
	for _, l := range kept {
		if !known[l.RequestID] {
			known[l.RequestID] = true
			found = append(found, l)
		}
	}
	slices.SortStableFunc(found, func(a, b line) int { return b.Time.Compare(a.Time) })
	return found[:min(len(found), mostFound)], errors.Join(err, storeErr)
}

// storeTimeout bounds how long the page waits for the store of traces.
const storeTimeout = 5 * time.Second

// activityTimeout bounds how long the page waits for the activity.
const activityTimeout = 5 * time.Second

// activity returns what the organisation's activity has of the request, or a sentence that says why
// that is not known.
func (h handler) activity(ctx context.Context, l line) ([]apiclient.ActivityEntry, string) {
	if l.Organisation == "" {
		return nil, "The request belongs to no known organisation."
	}
	organisation, err := h.api.Organisation(l.Organisation)
	if err != nil {
		return nil, err.Error()
	}
	ctx, cancel := context.WithTimeout(ctx, activityTimeout)
	defer cancel()
	a, err := organisation.Activity(ctx, url.Values{"requestId": {l.RequestID}})
	if err != nil {
		return nil, "The activity cannot be read: " + err.Error()
	}
	if len(a.Activity) == 0 {
		return nil, "None. Requests that changed something and refused ones have an entry; a refused one of a kind that comes often is only counted."
	}
	return a.Activity, ""
}
