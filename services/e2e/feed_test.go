package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/e2e/harness"
)

// follower reads the events of an organisation with a cursor, as a program does that keeps a copy.
type follower struct {
	api     harness.Client
	org     string // its path
	next    int64
	seen    map[string]string // each event as it was told, by its id
	version map[string]int64  // of each resource, by its id: the last one told
}

func follow(api harness.Client, org string) *follower {
	return &follower{api: api, org: org, seen: map[string]string{}, version: map[string]int64{}}
}

// path is where the next events are.
func (f *follower) path() string { return fmt.Sprintf("%s/events?after=%d&limit=200", f.org, f.next) }

// read reads what is new.
func (f *follower) read(t *testing.T) {
	t.Helper()
	for f.take(t, f.api.Want(t, http.StatusOK, "GET", f.path(), nil)) {
		if t.Failed() {
			return
		}
	}
}

// take takes a page of what is new, and reports whether there is more. Each event has the next
// number, was not seen before, and is of the last version of its resource or of the next one.
func (f *follower) take(t *testing.T, a harness.Answer) (more bool) {
	t.Helper()
	var page struct {
		Events []json.RawMessage
		Next   int64
		More   bool
	}
	a.Into(t, &page)
	for _, raw := range page.Events {
		var e struct {
			Seq      int64
			ID       string
			Version  int64
			Resource struct{ ID string }
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Errorf("read an event: %v", err)
		}
		if f.next++; e.Seq != f.next {
			t.Errorf("event %d follows event %d", e.Seq, f.next-1)
			return false
		}
		if _, is := f.seen[e.ID]; is {
			t.Errorf("event %s is told again as %d", e.ID, e.Seq)
		}
		if last := f.version[e.Resource.ID]; e.Version != last && e.Version != last+1 {
			t.Errorf("version %d of %s is told after %d", e.Version, e.Resource.ID, last)
		}
		f.seen[e.ID], f.version[e.Resource.ID] = string(raw), e.Version
	}
	if page.Next != f.next {
		t.Errorf("next is %d behind event %d", page.Next, f.next)
		return false
	}
	return page.More
}

// keepOn reads what is new until stop, from one of the programs that serve at the addresses after
// the other; one that does not answer is asked again.
func (f *follower) keepOn(t *testing.T, stop <-chan struct{}, addresses []string) {
	t.Helper()
	api := f.api
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond): // as a program that asks now and then
		}
		api.Base = addresses[n%len(addresses)]
		if a := api.Try(t, "GET", f.path(), nil); a.Status == http.StatusOK {
			f.take(t, a)
		}
		if t.Failed() {
			return
		}
	}
}

// same reads everything from the beginning, which has to be what was told before.
func (f *follower) same(t *testing.T) {
	t.Helper()
	again := follow(f.api, f.org)
	again.read(t)
	if diff := cmp.Diff(f.seen, again.seen); diff != "" {
		t.Errorf("what was told, and what is told from the beginning (-was +is):\n%s", diff)
	}
}

// whole reads on until the last version told of each user and group is that of the snapshot.
// Nothing may change meanwhile.
func (f *follower) whole(t *testing.T) {
	t.Helper()
	behind := ""
	defer func() {
		if behind != "" {
			t.Log(behind)
		}
	}()
	harness.Eventually(t, "all that changed is told", func() bool {
		f.read(t)
		behind = f.behind(t)
		return behind == ""
	})
}

// behind compares what was told with the snapshot, and says what was not told yet.
func (f *follower) behind(t *testing.T) string {
	t.Helper()
	snapshot, ended := f.api.Want(t, http.StatusOK, "GET", f.org+"/snapshot", nil), false
	for text := range strings.Lines(string(snapshot.Body)) {
		type resource struct {
			ID      string
			Version int64
		}
		var line struct {
			User, Group *resource
			End         *struct{}
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("read the snapshot: %v", err)
		}
		for _, r := range []*resource{line.User, line.Group} {
			if r != nil && f.version[r.ID] != r.Version {
				return fmt.Sprintf("%s has version %d, told is %d", r.ID, r.Version, f.version[r.ID])
			}
		}
		ended = ended || line.End != nil
	}
	if !ended {
		t.Fatal("the snapshot is not whole")
	}
	return ""
}

// after goes on with the all-in-one as it runs now, whose directory must be told of whole.
func (f *follower) after(t *testing.T, run *harness.AllInOne) *follower {
	t.Helper()
	org := "/organisations/" + run.Ready.Orgs[0].Org
	if f == nil {
		f = follow(harness.Client{}, org)
	}
	f.api = harness.Client{Base: run.Ready.APIBaseURL, Credential: run.Ready.PlatformCredential}
	f.whole(t)
	return f
}
