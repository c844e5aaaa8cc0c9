// Package demo plays an identity provider of a local run, so that there is something to see.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Okta sends what Okta's app from the catalogue sends: users by POST and PUT, states and groups by
// PATCH. It is one connection.
type Okta struct {
	BaseURL string // the SCIM base URL
	Token   string
	Client  *http.Client // nil: http.DefaultClient
}

// Person is a person in Okta's directory.
type Person struct {
	ExternalID          string // Okta's id, 00u...
	UserName            string
	GivenName, LastName string
	DisplayName         string // "": given and last name
	Title, Department   string // "" is not sent
}

// Answer is the service's response.
type Answer struct {
	Status int
	ID     string // of the resource
	Detail string // of a refusal
}

// TestCredentials does what the button "Test API Credentials" does.
func (o Okta) TestCredentials(ctx context.Context) (Answer, error) {
	if answer, err := o.send(ctx, http.MethodGet, "/Users?startIndex=1&count=2", nil); err != nil || answer.Status != http.StatusOK {
		return answer, err
	}
	return o.send(ctx, http.MethodGet, "/Groups?startIndex=1&count=100", nil)
}

// Assign looks for the person and, as there is none, creates one.
func (o Okta) Assign(ctx context.Context, p Person) (Answer, error) {
	query := url.Values{"filter": {fmt.Sprintf("userName eq %q", p.UserName)}, "startIndex": {"1"}, "count": {"100"}}
	if answer, err := o.send(ctx, http.MethodGet, "/Users?"+query.Encode(), nil); err != nil || answer.Status != http.StatusOK {
		return answer, err
	}
	return o.send(ctx, http.MethodPost, "/Users", p.document(map[string]any{"active": true, "groups": []any{}, "password": "1mz050nq"}))
}

// Update reads the person and writes the profile of now.
func (o Okta) Update(ctx context.Context, id string, p Person) (Answer, error) {
	if answer, err := o.send(ctx, http.MethodGet, "/Users/"+id, nil); err != nil || answer.Status != http.StatusOK {
		return answer, err
	}
	return o.send(ctx, http.MethodPut, "/Users/"+id, p.document(map[string]any{"id": id, "active": true}))
}

// Deactivate is what an unassignment does; Reactivate takes it back.
func (o Okta) Deactivate(ctx context.Context, id string) (Answer, error) {
	return o.active(ctx, id, false)
}

// Reactivate does what another assignment does to a deactivated person.
func (o Okta) Reactivate(ctx context.Context, id string) (Answer, error) {
	return o.active(ctx, id, true)
}

func (o Okta) active(ctx context.Context, id string, active bool) (Answer, error) {
	return o.send(ctx, http.MethodPatch, "/Users/"+id, operations(map[string]any{"op": "replace", "value": map[string]any{"active": active}}))
}

// PushGroup creates a group with these members.
func (o Okta) PushGroup(ctx context.Context, name string, members ...string) (Answer, error) {
	return o.send(ctx, http.MethodPost, "/Groups", map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": name, "members": refs(members),
	})
}

// RenameGroup renames a pushed group.
func (o Okta) RenameGroup(ctx context.Context, id, name string) (Answer, error) {
	return o.send(ctx, http.MethodPatch, "/Groups/"+id, operations(map[string]any{"op": "replace", "value": map[string]any{"id": id, "displayName": name}}))
}

// AddMembers and RemoveMember change who is in a pushed group.
func (o Okta) AddMembers(ctx context.Context, id string, members ...string) (Answer, error) {
	return o.send(ctx, http.MethodPatch, "/Groups/"+id, operations(map[string]any{"op": "add", "path": "members", "value": refs(members)}))
}

// RemoveMember takes a person out of a pushed group.
func (o Okta) RemoveMember(ctx context.Context, id, member string) (Answer, error) {
	return o.send(ctx, http.MethodPatch, "/Groups/"+id, operations(map[string]any{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", member)}))
}

func (p Person) document(more map[string]any) map[string]any {
	display := p.DisplayName
	if display == "" {
		display = p.GivenName + " " + p.LastName
	}
	schemas := []string{"urn:ietf:params:scim:schemas:core:2.0:User"}
	if p.Department != "" {
		const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
		schemas = append(schemas, enterprise)
		more[enterprise] = map[string]any{"department": p.Department}
	}
	if p.Title != "" {
		more["title"] = p.Title
	}
	more["schemas"], more["userName"], more["displayName"], more["externalId"], more["locale"] = schemas, p.UserName, display, p.ExternalID, "en-US"
	more["name"] = map[string]any{"givenName": p.GivenName, "familyName": p.LastName}
	more["emails"] = []any{map[string]any{"primary": true, "value": p.UserName, "type": "work"}}
	return more
}

func operations(all ...map[string]any) map[string]any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": all}
}

func refs(ids []string) []any {
	all := []any{}
	for _, id := range ids {
		all = append(all, map[string]any{"value": id})
	}
	return all
}

// send makes one request as Okta does. An error is a lost answer; a refusal is an answer.
func (o Okta) send(ctx context.Context, method, path string, body any) (a Answer, err error) {
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return a, fmt.Errorf("encode the body of %s: %w", method, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, o.BaseURL+path, bytes.NewReader(data))
	if err != nil {
		return a, fmt.Errorf("make %s: %w", method, err)
	}
	req.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	req.Header.Set("Accept", "application/scim+json")
	req.Header.Set("Authorization", "Bearer "+o.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	client := o.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return a, fmt.Errorf("play Okta: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if data, err = io.ReadAll(resp.Body); err != nil {
		return a, fmt.Errorf("play Okta: %w", err)
	}
	var said struct{ ID, Detail string }
	if len(data) > 0 {
		if err := json.Unmarshal(data, &said); err != nil {
			return a, fmt.Errorf("play Okta: read the answer to %s: %w", method, err)
		}
	}
	return Answer{resp.StatusCode, said.ID, said.Detail}, nil
}
