package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// target is where requests go.
type target struct {
	addr  string // host:port
	base  string // before each path
	token string
}

// worker is one client with a connection of its own. It is lean, since it shares the machine with
// what it measures.
type worker struct {
	target
	number int // of the worker, from 0
	conn   net.Conn
	in     *bufio.Reader
	out    bytes.Buffer
	body   bytes.Buffer

	requests, bytes int // so far
}

func (t target) worker(ctx context.Context, number int) (*worker, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", t.addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &worker{target: t, number: number, conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// do sends a request and returns the body of the answer, which must have the given status. The body
// is valid until the next call.
func (w *worker) do(status int, method, path, body string) ([]byte, error) {
	w.out.Reset()
	fmt.Fprintf(&w.out, "%s %s%s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n", method, w.base, path, w.token, len(body))
	if body != "" {
		w.out.WriteString("Content-Type: application/scim+json\r\n")
	}
	w.out.WriteString("\r\n" + body)
	if err := w.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if _, err := w.conn.Write(w.out.Bytes()); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	answer, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	w.body.Reset()
	_, err = io.Copy(&w.body, answer.Body)
	_ = answer.Body.Close()
	if err == nil && answer.StatusCode != status {
		err = fmt.Errorf("answered with %d %s, want %d", answer.StatusCode, w.body.String(), status)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	w.requests++
	w.bytes += w.body.Len()
	return w.body.Bytes(), nil
}

// holds is do for an answer that must hold these texts.
func (w *worker) holds(status int, method, path, body string, texts ...string) error {
	answer, err := w.do(status, method, path, body)
	for _, text := range texts {
		if err == nil && !bytes.Contains(answer, []byte(text)) {
			err = fmt.Errorf("%s %s: the answer lacks %s: %.400s", method, path, text, answer)
		}
	}
	return err
}

// pace is what came of driving an operation for a while.
type pace struct {
	PerSecond float64
	P50, P99  time.Duration
	done      int // operations
	requests  int
	bytes     int // of all answers
}

// perRequest returns the mean size of an answer.
func (p pace) perRequest() int { return p.bytes / max(p.requests, 1) }

// drive has workers do the operation, each the next one when the last is done, first unmeasured for
// a sixth of the time. before and after are called around what is measured.
func drive(ctx context.Context, t target, clients int, each time.Duration, do func(w *worker, n int) error, before, after func()) (pace, error) {
	workers := make([]*worker, clients)
	for i := range workers {
		w, err := t.worker(ctx, i)
		if err != nil {
			return pace{}, err
		}
		defer func() { _ = w.conn.Close() }()
		workers[i] = w
	}
	n := 0
	if _, err := round(ctx, workers, &n, each/6, do); err != nil {
		return pace{}, err
	}
	for _, w := range workers {
		w.requests, w.bytes = 0, 0
	}
	before()
	p, err := round(ctx, workers, &n, each, do)
	after()
	return p, err
}

// round drives for a while. n is how many times each worker has done the operation before.
func round(ctx context.Context, workers []*worker, n *int, each time.Duration, do func(w *worker, n int) error) (pace, error) {
	start, first := time.Now(), *n
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() {
			var own []time.Duration
			i := first
			for ; time.Since(start) < each && ctx.Err() == nil; i++ {
				begin := time.Now()
				if err := do(w, i); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				own = append(own, time.Since(begin))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
			*n = max(*n, i)
		})
	}
	all.Wait()
	seconds := time.Since(start).Seconds()
	if failed == nil {
		failed = ctx.Err()
	}
	if failed != nil || len(took) == 0 {
		return pace{}, failed
	}
	slices.Sort(took)
	p := pace{PerSecond: float64(len(took)) / seconds, P50: took[len(took)/2], P99: took[len(took)*99/100], done: len(took)}
	for _, w := range workers {
		p.requests += w.requests
		p.bytes += w.bytes
	}
	return p, nil
}
