package apiclient

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Diagnosis is the state of the connection to the identity provider.
type Diagnosis struct {
	Verdict  string    `json:"verdict"`
	Since    time.Time `json:"since"`
	Sentence string    `json:"sentence"`
	Client   string    `json:"client"`
	App      string    `json:"app"`
	Steps    []Step    `json:"steps"`
	Problems []struct {
		Sentence string    `json:"sentence"`
		Remedy   string    `json:"remedy"`
		Count    int       `json:"count"`
		FirstAt  time.Time `json:"firstAt"`
		LastAt   time.Time `json:"lastAt"`
		Names    []string  `json:"names"`
		Sample   string    `json:"sample"`
		Open     bool      `json:"open"`
	} `json:"problems"`
}

// Step is one thing that a connection, or the way to it, needs.
type Step struct {
	ID       string    `json:"id"`
	State    string    `json:"state"` // done, waiting, failed or skipped
	SeenAt   time.Time `json:"seenAt"`
	Sentence string    `json:"sentence"`
	Remedy   string    `json:"remedy"`
	Docs     string    `json:"docs"`
}

// Play says whose dialogue is rehearsed.
type Play struct {
	Client   string `json:"client"` // okta or entra
	App      string `json:"app,omitempty"`
	UserName string `json:"userName,omitempty"`
}

// Rehearsal is what came of a dialogue.
type Rehearsal struct {
	Client    string `json:"client"`
	App       string `json:"app"`
	Passed    bool   `json:"passed"`
	Sentence  string `json:"sentence"`
	Remedy    string `json:"remedy"`
	Exchanges []struct {
		Step     string          `json:"step"`
		Method   string          `json:"method"`
		Path     string          `json:"path"`
		Body     json.RawMessage `json:"body"`
		Status   int             `json:"status"`
		Answer   json.RawMessage `json:"answer"`
		OK       bool            `json:"ok"`
		Sentence string          `json:"sentence"`
	} `json:"exchanges"`
}

// Reach is how the public base URL looks from the service.
type Reach struct {
	BaseURL  string    `json:"baseUrl"`
	At       time.Time `json:"at"`
	Reached  bool      `json:"reached"`
	Sentence string    `json:"sentence"`
	Remedy   string    `json:"remedy"`
	Checks   []Step    `json:"checks"`
}

// Diagnose returns the state of the connection.
func (o *Organisation) Diagnose(ctx context.Context) (Diagnosis, error) {
	return ask[Diagnosis](ctx, o, request{to: directory, method: http.MethodGet, path: "/doctor"})
}

// Rehearse has an identity provider's dialogue played, of which nothing remains.
func (o *Organisation) Rehearse(ctx context.Context, play Play) (Rehearsal, error) {
	return ask[Rehearsal](ctx, o, request{to: directory, method: http.MethodPost, path: "/doctor/rehearse", body: play})
}

// Reach has the service fetch its public base URL.
func (o *Organisation) Reach(ctx context.Context) (Reach, error) {
	return ask[Reach](ctx, o, request{to: directory, method: http.MethodPost, path: "/doctor/reach"})
}

// DryRun is a request of the protocol that is not sent.
type DryRun struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // below the SCIM base URL
	Body    json.RawMessage   `json:"body,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	As      *DryRunAs         `json:"as,omitempty"`
}

// DryRunAs says who would send it.
type DryRunAs struct {
	Client string `json:"client"` // okta or entra
}

// Outcome is what a request would be answered with, and what it would do.
type Outcome struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Change  *ActivityEntry    `json:"change"`
	Changes []ActivityEntry   `json:"changes"` // of a bulk request
	BasedOn map[string]string `json:"basedOn"` // entity tags by path
	// WouldHold is what the guard would hold back, or an administrator has rejected.
	WouldHold []WouldHold `json:"wouldHold"`
}

// WouldHold is a person who would stay or, with a GroupID, a group whose members would.
type WouldHold struct {
	UserID   string `json:"userId"`
	GroupID  string `json:"groupId"`
	Wanted   string `json:"wanted"` // deactivated, deleted or removed
	Count    int    `json:"count"`  // of members
	Sentence string `json:"sentence"`
}

// DryRun returns what a request would do, which is not done.
func (o *Organisation) DryRun(ctx context.Context, asked any) (Outcome, error) {
	return ask[Outcome](ctx, o, request{to: directory, method: http.MethodPost, path: "/dry-run", body: asked})
}
