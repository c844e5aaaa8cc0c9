package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const jsonType = "application/json"

// maxAnswer bounds what is read of an answer, in bytes. The longest are lists of tokens and pages of the audit.
const maxAnswer = 16 << 20

// request is one call.
type request struct {
	method, path string // the path begins with a slash, after the organisation's
	query        url.Values
	accept       string // "": JSON
	body         any    // nil: none
	key          string // Idempotency-Key, "": none
}

// nothing is what an answer without a body is read into.
type nothing struct{}

// call sends r and reads the answer.
func call[T any](ctx context.Context, c *Client, r request) (T, error) {
	return retry(ctx, c.config.Timeout, func(ctx context.Context) (T, error) {
		resp, err := c.attempt(ctx, r)
		if err != nil {
			var none T
			return none, err
		}
		defer func() { _ = resp.Body.Close() }()
		return read[T](resp)
	})
}

// stream sends r and returns the answer's body once it begins. It may take as long as it likes, if it does not fall silent.
func (c *Client) stream(ctx context.Context, r request) (io.ReadCloser, error) {
	return retry(ctx, c.config.Timeout, func(context.Context) (io.ReadCloser, error) {
		resp, err := c.attempt(ctx, r) //nolint:bodyclose // the caller closes what it reads
		if err != nil {
			return nil, err
		}
		return body{resp.Body, c.config.Timeout}, nil
	})
}

// body is an answer that is read piece by piece.
type body struct {
	io.ReadCloser
	patience time.Duration // with one piece
}

// Read tells an answer that breaks off, or falls silent, from one that ends.
func (b body) Read(p []byte) (n int, err error) {
	silence := time.AfterFunc(b.patience, func() { _ = b.Close() })
	n, err = b.ReadCloser.Read(p)
	switch inTime := silence.Stop(); {
	case !inTime:
		return n, &NoAnswer{context.DeadlineExceeded}
	case err != nil && !errors.Is(err, io.EOF):
		return n, &NoAnswer{err}
	default:
		return n, err
	}
}

// attempt sends r once and returns the answer if it is not a refusal.
func (c *Client) attempt(ctx context.Context, r request) (*http.Response, error) {
	req, err := c.compose(ctx, r)
	if err != nil {
		return nil, final(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, lost(err)
	}
	if resp.StatusCode < http.StatusMultipleChoices {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, refusal(resp)
}

func (c *Client) compose(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		data, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	credential, err := c.config.Credential()
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+credential)
	req.Header.Set("User-Agent", c.config.UserAgent)
	req.Header.Set("Accept", jsonType)
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	return req, nil
}

func read[T any](resp *http.Response) (answer T, err error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer, lost(err)
	}
	if _, unread := any(answer).(nothing); unread {
		return answer, nil
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return answer, final(&Stranger{Status: resp.StatusCode})
	}
	return answer, nil
}
