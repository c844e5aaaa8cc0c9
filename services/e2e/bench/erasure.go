package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/local"
)

// An organisation that was removed is kept for beforeErasure here, the least that tokend takes; its
// variable is keeping.
const (
	keeping       = "TOKEND_ERASE_AFTER"
	beforeErasure = time.Minute
)

// leavingMembers is how many of the leavers are in a group, at most. They are pushed, which takes
// longer than the rest.
const leavingMembers = 10_000

// The neighbour asks as an identity provider does, with a pause after each request.
const (
	neighbour      = "neighbour"
	neighbourUsers = 1000
	neighbourCalm  = 2 * time.Minute // about as long as an erasure, so that both have as many moments
	neighbourPause = 10 * time.Millisecond
	neighbourWorst = 10 * time.Second // the window of its own row
)

// noticed is what the neighbour noticed of an erasure on a wiring.
type noticed struct {
	Wiring       string
	Erased       time.Duration // how long the erasure took
	Calm, During spell
}

// spell is the whole of a time, and the worst window in it.
type spell struct{ all, worst stretch }

// stretch is how long the requests of a while took.
type stretch struct{ P50, P99, Max time.Duration }

// erasures removes an organisation of so many users on each wiring, and measures the requests of a
// neighbour before its erasure and during it.
func (s settings) erasures(ctx context.Context, users int, progress io.Writer) (rows []noticed, err error) {
	if err := os.Setenv(keeping, beforeErasure.String()); err != nil {
		return nil, fmt.Errorf("set %s: %w", keeping, err)
	}
	for _, wiring := range strings.Split(s.wirings, ",") {
		row, failed := s.erasureOn(ctx, wiring, users, progress)
		if err = errors.Join(err, failed); failed == nil {
			rows = append(rows, row)
		}
	}
	return rows, err
}

func (s settings) erasureOn(ctx context.Context, wiring string, users int, progress io.Writer) (row noticed, err error) {
	row.Wiring = wiring
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return row, fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	begin, ok := wirings()[wiring]
	if !ok {
		return row, fmt.Errorf("there is no wiring %s", wiring)
	}
	var leavers []person
	run, err := begin(ctx, folder, func(path string) (err error) {
		leavers, err = fillFile(ctx, path, users, storedUser)
		return err
	})
	defer func() { err = errors.Join(err, run.end()) }()
	if err == nil && run.mongodb != "" {
		leavers, err = run.fillMongoDB(ctx, users)
	}
	if err == nil {
		_, err = fillGroup(ctx, run.product, "Everybody", leavers[:min(users, leavingMembers)])
	}
	if err != nil {
		return row, err
	}
	platform := local.Platform{BaseURL: run.ready.APIBaseURL, Credential: run.ready.PlatformCredential}
	next := run.product
	if next.token, err = platform.Prepare(ctx, neighbour, "email", true); err != nil {
		return row, err
	}
	people, err := populate(ctx, next, neighbourUsers, 1)
	if err != nil {
		return row, err
	}
	client, err := apiclient.New(apiclient.Config{BaseURL: run.ready.APIBaseURL, Timeout: time.Minute, Once: true, UserAgent: "bench"})
	if err != nil {
		return row, err
	}
	api, err := client.As(func() (string, error) { return run.ready.PlatformCredential, nil }).Organisation(organisation)
	if err != nil {
		return row, err
	}

	_, _ = fmt.Fprintf(progress, "%s: %d users and their group are there; the neighbour asks\n", wiring, users)
	start := time.Now()
	calm, err := people.ask(ctx, next, func() (bool, error) { return time.Since(start) > neighbourCalm, nil })
	if err != nil {
		return row, err
	}
	row.Calm = spellOf(calm)
	if _, err := api.Remove(ctx); err != nil {
		return row, err
	}
	_, _ = fmt.Fprintf(progress, "%s: the organisation is removed; its erasure begins in a minute or two\n", wiring)
	var erasing time.Time
	during, err := people.ask(ctx, next, func() (bool, error) {
		o, err := api.Terms(ctx)
		if err != nil || o.Leaving == nil {
			return false, errors.Join(err, errors.New("the organisation does not leave"))
		}
		if o.Leaving.State != apiclient.Grace && erasing.IsZero() {
			erasing = time.Now()
		}
		return o.Leaving.State == apiclient.Erased, nil
	})
	if err != nil {
		return row, err
	}
	row.Erased = time.Since(erasing)
	row.During = spellOf(slices.DeleteFunc(during, func(a asked) bool { return a.at.Before(erasing) }))
	return row, nil
}

// asked is one request of the neighbour.
type asked struct {
	at   time.Time
	took time.Duration
}

// ask has the people's identity provider look somebody up, list, change and read, one request after
// the other, until done says so, which is asked every second.
func (p *population) ask(ctx context.Context, t target, done func() (bool, error)) (all []asked, err error) {
	w, err := t.worker(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.conn.Close() }()
	ended, failed := make(chan struct{}), error(nil)
	go func() {
		defer close(ended)
		for is := false; !is && failed == nil && ctx.Err() == nil; {
			time.Sleep(time.Second)
			is, failed = done()
		}
	}()
	for n := 0; ; n++ {
		select {
		case <-ended:
			return all, errors.Join(failed, ctx.Err())
		case <-time.After(neighbourPause):
		}
		u := p.users[n*17%len(p.users)]
		begin := time.Now()
		switch n % 4 {
		case 0:
			err = w.lookUp(u.name, 1, u.id)
		case 1:
			err = w.holds(http.StatusOK, "GET", "/Users?startIndex=1&count=100", "", `"itemsPerPage":100`)
		case 2:
			err = w.holds(http.StatusOK, "PATCH", "/Users/"+u.id, patchBody("replace", "title", fmt.Sprintf("%q", fmt.Sprint("Title ", n))), u.id)
		default:
			err = w.holds(http.StatusOK, "GET", "/Users/"+u.id, "", u.id)
		}
		if err != nil {
			return all, err
		}
		all = append(all, asked{begin, time.Since(begin)})
	}
}

// spellOf sums up requests, in the order in which they were sent. A window with fewer than a
// hundred has no 99th percentile, and is not looked at.
func spellOf(all []asked) (s spell) {
	if len(all) == 0 {
		return s
	}
	s.all = stretchOf(all)
	last := 0
	for first := range all {
		for last < len(all) && all[last].at.Sub(all[first].at) <= neighbourWorst {
			last++
		}
		if last-first < 100 {
			continue
		}
		if window := stretchOf(all[first:last]); window.P99 > s.worst.P99 {
			s.worst = window
		}
	}
	return s
}

func stretchOf(some []asked) stretch {
	took := make([]time.Duration, len(some))
	for i, a := range some {
		took[i] = a.took
	}
	slices.Sort(took)
	return stretch{took[len(took)/2], took[len(took)*99/100], took[len(took)-1]}
}

// printErasures prints the rows as a table.
func printErasures(out io.Writer, rows []noticed) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "wiring\terased in s\tthe neighbour's requests, ms\tp50\tp99\tmax\t")
	for _, r := range rows {
		for _, part := range []struct {
			name string
			stretch
		}{{"before", r.Calm.all}, {"during", r.During.all}, {"before, worst 10 s", r.Calm.worst}, {"during, worst 10 s", r.During.worst}} {
			_, _ = fmt.Fprintf(t, "%s\t%.0f\t%s\t%.1f\t%.1f\t%.1f\t\n", r.Wiring, r.Erased.Seconds(), part.name, millis(part.P50), millis(part.P99), millis(part.Max))
		}
	}
	return t.Flush()
}
