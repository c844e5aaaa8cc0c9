package apiclient

import (
	"bytes"
	"cmp"
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

// maxAnswer bounds what is read of an answer, in bytes. The longest are lists of tokens and pages
// of the audit.
const maxAnswer = 16 << 20

// service is one of the two that the API consists of.
type service bool

const (
	tokens    service = false
	directory service = true
)

// request is one call.
type request struct {
	to           service
	method, path string // the path begins with a slash, after the API's or, once of has it, the organisation's
	query        url.Values
	accept       string      // "": JSON
	body         any         // nil: none; bytes are sent as they are
	media        string      // of the body; "": JSON
	header       http.Header // beside what every request has
}

// of is the request about the organisation.
func (o *Organisation) of(r request) request {
	r.path = "/organisations/" + o.id + r.path
	return r
}

// nothing is what an answer without a body is read into.
type nothing struct{}

// ask sends a request about an organisation and reads the answer.
func ask[T any](ctx context.Context, o *Organisation, r request) (T, error) {
	return call[T](ctx, o.caller, o.of(r))
}

// call sends r and reads the answer.
func call[T any](ctx context.Context, c Caller, r request) (T, error) {
	return retry(ctx, c.client.config, func(ctx context.Context) (T, error) {
		resp, err := c.attempt(ctx, r)
		if err != nil {
			var none T
			return none, err
		}
		defer func() { _ = resp.Body.Close() }()
		return read[T](resp, c.verbatim)
	})
}

// stream sends r and returns the answer's body once it begins. It may take as long as it likes, if
// it does not fall silent.
func (c Caller) stream(ctx context.Context, r request) (io.ReadCloser, error) {
	return retry(ctx, c.client.config, func(context.Context) (io.ReadCloser, error) {
		resp, err := c.attempt(ctx, r) //nolint:bodyclose // the caller closes what it reads
		if err != nil {
			return nil, err
		}
		return body{resp.Body, c.client.config.Timeout}, nil
	})
}

// body is an answer that is read piece by piece.
type body struct {
	io.ReadCloser
	patience time.Duration // with one piece
}

// Read distinguishes an answer that breaks off, or falls silent, from one that ends.
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
func (c Caller) attempt(ctx context.Context, r request) (*http.Response, error) {
	req, err := c.compose(ctx, r)
	if err != nil {
		return nil, final(err)
	}
	resp, err := c.client.http.Do(req)
	if err != nil {
		return nil, lost(err)
	}
	if resp.StatusCode < http.StatusMultipleChoices {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, refusal(resp)
}

func (c Caller) compose(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		data, raw := r.body.([]byte)
		if !raw {
			var err error
			if data, err = json.Marshal(r.body); err != nil {
				return nil, fmt.Errorf("encode the request: %w", err)
			}
		}
		body = bytes.NewReader(data)
	}
	address := c.client.tokens + r.path
	if r.to == directory {
		address = c.client.directory + r.path
	}
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	credential, err := c.credential()
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Authorization", "Bearer "+credential)
	req.Header.Set("User-Agent", c.client.config.UserAgent)
	req.Header.Set("Accept", cmp.Or(r.accept, jsonType))
	if r.body != nil {
		req.Header.Set("Content-Type", cmp.Or(r.media, jsonType))
	}
	return req, nil
}

// versioned is an answer that has a version, which comes in a header.
type versioned interface{ setVersion(etag string) }

func read[T any](resp *http.Response, verbatim *json.RawMessage) (answer T, err error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer, lost(err)
	}
	if _, unread := any(answer).(nothing); unread {
		return answer, nil
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return answer, final(&UnexpectedResponse{Status: resp.StatusCode})
	}
	if verbatim != nil {
		*verbatim = data
	}
	if v, ok := any(&answer).(versioned); ok {
		v.setVersion(resp.Header.Get("ETag"))
	}
	return answer, nil
}
