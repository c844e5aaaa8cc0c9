package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Platform announces organisations as DevRev's platform does, through the API.
type Platform struct {
	BaseURL    string // with terms.APIPath
	Credential string
	Client     *http.Client
}

// issued is the part of the API's answers that a run needs.
type issued struct {
	Enabled bool   `json:"enabled"`
	Token   secret `json:"token"`
}

type secret struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

type listed struct {
	Tokens []struct {
		ID       string    `json:"id"`
		State    string    `json:"state"`
		IssuedAt time.Time `json:"issuedAt"`
	} `json:"tokens"`
}

// Prepare sees to it that org is there with single sign-on and SCIM on. It returns a token where
// SCIM was enabled just now, or if fresh is set; then the older of two live tokens makes room. Else
// it returns "".
func (p Platform) Prepare(ctx context.Context, org, userNameFormat string, fresh bool) (string, error) {
	announced := map[string]any{
		"sso":            map[string]any{"enabled": true, "connection": org + "-sso"},
		"userNameFormat": userNameFormat,
	}
	if err := p.call(ctx, http.MethodPut, "/organisations/"+org, announced, nil); err != nil {
		return "", err
	}
	scim := "/organisations/" + org + "/scim"
	var answer issued
	if err := p.call(ctx, http.MethodGet, scim, nil, &answer); err != nil {
		return "", err
	}
	if !answer.Enabled {
		err := p.call(ctx, http.MethodPost, scim+"/enable", nil, &answer)
		if !errors.Is(err, errUnavailable) {
			return answer.Token.Token, err
		}
		fresh = true // it may be enabled, with a token that no one received
	}
	if !fresh {
		return "", nil
	}
	return p.issue(ctx, scim)
}

// SignIn reports that the person of this user name has signed in.
func (p Platform) SignIn(ctx context.Context, org, userName string) error {
	return p.call(ctx, http.MethodPost, "/organisations/"+org+"/sign-ins", map[string]any{"userName": userName}, nil)
}

// issue returns a token. A failed attempt may have created a token that no one received, for which
// the next has to make room.
func (p Platform) issue(ctx context.Context, scim string) (string, error) {
	for tries := 1; ; tries++ {
		if err := p.makeRoom(ctx, scim+"/tokens"); err != nil {
			return "", err
		}
		var token secret
		err := p.call(ctx, http.MethodPost, scim+"/tokens", map[string]any{"name": "local run"}, &token)
		if !errors.Is(err, errUnavailable) || tries == maxTries {
			return token.Token, err
		}
	}
}

// makeRoom revokes the oldest live token if there are two, which is all an organisation may have.
func (p Platform) makeRoom(ctx context.Context, tokens string) error {
	var list listed
	if err := p.call(ctx, http.MethodGet, tokens, nil, &list); err != nil {
		return err
	}
	live, oldest := 0, ""
	for _, t := range list.Tokens { // latest first
		if t.State == "live" {
			live, oldest = live+1, t.ID
		}
	}
	if live < 2 {
		return nil
	}
	return p.call(ctx, http.MethodDelete, tokens+"/"+oldest, nil, nil)
}

// errUnavailable is the error of a call that may have been done, and may be made again.
var errUnavailable = errors.New("unavailable")

// maxTries bounds how often a call is made that changes nothing when it is made again.
const maxTries = 5

// call makes a call, again where that is safe and the answer is 503: a busy machine keeps a replica
// waiting.
func (p Platform) call(ctx context.Context, method, path string, body, answer any) error {
	for tries := 1; ; tries++ {
		err := p.callOnce(ctx, method, path, body, answer)
		if !errors.Is(err, errUnavailable) || method == http.MethodPost || tries == maxTries {
			return err
		}
	}
}

func (p Platform) callOnce(ctx context.Context, method, path string, body, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the body of %s %s: %w", method, path, err)
	}
	if body == nil {
		data = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, p.BaseURL+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("make %s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Credential)
	req.Header.Set("Content-Type", "application/json")
	client := p.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("prepare the organisations: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if data, err = io.ReadAll(resp.Body); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	if resp.StatusCode == http.StatusServiceUnavailable {
		return fmt.Errorf("%s %s: %w: %s", method, path, errUnavailable, data)
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s was answered with %d: %s", method, path, resp.StatusCode, data)
	}
	if answer == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return nil
}
