package apiclient

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// UndoAsked is what is to be taken back: one of the first five.
type UndoAsked struct {
	Entries   []string `json:"entries,omitempty"`
	RequestID string   `json:"requestId,omitempty"`
	Push      string   `json:"push,omitempty"` // an entry of it
	Undo      string   `json:"undo,omitempty"`
	As        string   `json:"as,omitempty"` // a dry run
	Since     string   `json:"since,omitempty"`
	Until     string   `json:"until,omitempty"`
	Client    string   `json:"client,omitempty"` // with Since
	Effects   []string `json:"effects,omitempty"`
	Only      []string `json:"only,omitempty"`
	DryRun    bool     `json:"dryRun,omitempty"`
}

// Undo is an undo, or the dry run of one, with a page of its results.
type Undo struct {
	ID       string         `json:"id"`
	At       time.Time      `json:"at"`
	Actor    string         `json:"actor"`
	DryRun   bool           `json:"dryRun"`
	State    string         `json:"state"` // planning, running or done
	Total    int            `json:"total"`
	Users    int            `json:"users"` // of Total
	Settled  int            `json:"settled"`
	Counts   map[string]int `json:"counts"` // by outcome
	Undoes   string         `json:"undoes"`
	UndoneBy string         `json:"undoneBy"`
	Hidden   bool           `json:"hidden"`
	TooMany  bool           `json:"tooMany"`
	Told     []string       `json:"told"`
	Results  []UndoResult   `json:"results"`
	Next     string         `json:"next"`
}

// UndoResult is what became of a user or group.
type UndoResult struct {
	Resource Resource `json:"resource"`
	Name     string   `json:"name"`
	Outcome  string   `json:"outcome"` // undone, partly, conflict, no-effect or waits; "": its turn has not come
	State    struct {
		Is      string `json:"is"`
		Becomes string `json:"becomes"`
	} `json:"state"`
	Attributes []struct {
		Attribute string          `json:"attribute"`
		Is        json.RawMessage `json:"is"`
		Becomes   json.RawMessage `json:"becomes"`
	} `json:"attributes"`
	MembersAdded   int            `json:"membersAdded"`
	MembersRemoved int            `json:"membersRemoved"`
	Conflicts      []UndoConflict `json:"conflicts"`
	Hidden         bool           `json:"hidden"`
	Entry          string         `json:"entry"`
}

// UndoConflict is what does not go back.
type UndoConflict struct {
	What      string          `json:"what"`
	Attribute string          `json:"attribute"`
	Is        json.RawMessage `json:"is"`
	Left      json.RawMessage `json:"left"`
	Was       json.RawMessage `json:"was"`
	Holder    string          `json:"holder"` // who has the name
	User      string          `json:"user"`   // the member
	Why       string          `json:"why"`
}

// StartUndo begins to take back what asked says, and returns the id of the undo.
func (o *Organisation) StartUndo(ctx context.Context, asked UndoAsked) (string, error) {
	r := request{to: directory, method: http.MethodPost, path: "/undo", body: asked, header: http.Header{}}
	r.header.Set("Idempotency-Key", rand.Text()) // of which a repetition begins no other
	begun, err := ask[struct {
		Undo string `json:"undo"`
	}](ctx, o, r)
	return begun.Undo, err
}

// Undo returns an undo with the results behind the given place; "" is the beginning.
func (o *Organisation) Undo(ctx context.Context, id, after string) (Undo, error) {
	query := url.Values{}
	if after != "" {
		query.Set("after", after)
	}
	return ask[Undo](ctx, o, request{to: directory, method: http.MethodGet, path: "/undo/" + url.PathEscape(id), query: query})
}
