package apiclient

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// retry does attempt until it succeeds, what went wrong is final, or the time is over. The service
// asks for patience with Retry-After; after a lost connection the pauses grow from a fifth of a
// second to three.
func retry[T any](ctx context.Context, config Config, attempt func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, config.Timeout)
	defer cancel()
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = 200*time.Millisecond, 2, 3*time.Second
	var last error
	result, err := backoff.Retry(limited, func() (T, error) {
		var result T
		if result, last = attempt(limited); last != nil && config.Once {
			return result, final(last)
		}
		return result, last
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(config.Timeout))
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	default:
		return result, causeOf(last)
	}
}

// final marks what no repetition mends.
func final(err error) error { return backoff.Permanent(err) }

// lost is the error of a request that has no whole answer. A certificate does not change from one
// attempt to the next.
func lost(err error) error {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return final(&NoAnswer{err})
	}
	return &NoAnswer{err}
}

// refusal reads the answer that is one. It is final unless the service asks for patience, which is
// a second or more.
func refusal(resp *http.Response) error {
	err := problemOf(resp)
	seconds, malformed := strconv.Atoi(resp.Header.Get("Retry-After"))
	if p, ok := errors.AsType[*Problem](err); ok && malformed == nil {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	if resp.StatusCode != http.StatusServiceUnavailable || malformed != nil {
		return final(err)
	}
	return errors.Join(err, backoff.RetryAfter(max(seconds, 1)))
}

// causeOf takes away what was for retry alone.
func causeOf(err error) error {
	if permanent, ok := errors.AsType[*backoff.PermanentError](err); ok {
		return permanent.Err
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if s, ok := errors.AsType[*UnexpectedResponse](err); ok {
		return s
	}
	return err
}
