package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"go.etcd.io/bbolt"
)

// serveFloor answers as little as can be answered, until ctx is done: GET /bare, a body of the size
// that is asked for; and, with a MongoDB, /calls/OPERATION, the same after the commands that the
// product sends for it. It prints its address.
func serveFloor(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("floor", flag.ContinueOnError)
	uri := flags.String("mongodb", "", "connection string")
	if err := flags.Parse(args); err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	answer := func(c *gin.Context) {
		size, _ := strconv.Atoi(c.Query("bytes")) // of this program's own request
		c.Data(http.StatusOK, "application/scim+json", body(size))
	}
	engine.GET("/bare", answer)
	if *uri != "" {
		db, err := floorDatabase(*uri)
		if err != nil {
			return err
		}
		calls, err := newCalls(ctx, db, floorUsers)
		if err != nil {
			return err
		}
		for name, call := range calls.byName() {
			var n atomic.Int64
			engine.GET("/calls/"+name, func(c *gin.Context) { //nolint:contextcheck // it has that of the request
				if err := call(c.Request.Context(), int(n.Add(1))); err != nil {
					c.String(http.StatusInternalServerError, "%v", err)
					return
				}
				answer(c)
			})
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: engine, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if _, err := fmt.Fprintln(stdout, listener.Addr()); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// mostBytes is how large an answer of the floor can be.
const mostBytes = 1 << 20

var filler = bytes.Repeat([]byte("x"), mostBytes)

func body(size int) []byte { return filler[:min(size, mostBytes)] }

// asFloor returns the operation that asks the floor at path for answers of a size.
func asFloor(path string, size, requests int) func(w *worker, n int) error {
	path = fmt.Sprintf("%s?bytes=%d", path, size)
	return func(w *worker, _ int) error {
		for range requests {
			answer, err := w.do(http.StatusOK, "GET", path, "")
			if err != nil {
				return err
			}
			if len(answer) != size {
				return fmt.Errorf("the floor answered with %d bytes, want %d", len(answer), size)
			}
		}
		return nil
	}
}

// commitRate returns how many commits of a kilobyte bbolt acknowledges in a second to so many
// callers, with its own batching.
func commitRate(ctx context.Context, folder string, callers int, each time.Duration) (float64, error) {
	db, err := bbolt.Open(filepath.Join(folder, "floor.db"), 0o600, nil)
	if err != nil {
		return 0, fmt.Errorf("open: %w", err)
	}
	db.MaxBatchDelay = 500 * time.Microsecond // as long as the product waits for others
	var done atomic.Int64
	var failed atomic.Pointer[error]
	start := time.Now()
	value := bytes.Repeat([]byte("x"), 1000)
	wait := make(chan struct{})
	for caller := range callers {
		go func() {
			defer func() { wait <- struct{}{} }()
			for i := 0; time.Since(start) < each && ctx.Err() == nil; i++ {
				key := fmt.Appendf(nil, "%012d-%d", i, caller)
				err := db.Batch(func(tx *bbolt.Tx) error {
					b, err := tx.CreateBucketIfNotExists([]byte("floor"))
					if err != nil {
						return err
					}
					return b.Put(key, value)
				})
				if err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		}()
	}
	for range callers {
		<-wait
	}
	rate := float64(done.Load()) / time.Since(start).Seconds()
	err = errors.Join(ctx.Err(), db.Close())
	if f := failed.Load(); f != nil {
		err = errors.Join(err, *f)
	}
	return rate, err
}
