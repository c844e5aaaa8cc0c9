package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

// follower reads the events of an organisation with a cursor, as a program does that keeps a copy.
type follower struct {
	api     harness.Client
	org     string // its path
	next    int64
	seen    map[string]bool
	version map[string]int64 // of each resource, by its id: the last one told
}

func follow(api harness.Client, org string) *follower {
	return &follower{api: api, org: org, seen: map[string]bool{}, version: map[string]int64{}}
}

// read reads what is new. Each event has the next number, was not seen before, and is of the same
// or a later version of its resource.
func (f *follower) read(t *testing.T) {
	t.Helper()
	for more := true; more; {
		var page struct {
			Events []struct {
				Seq      int64
				ID       string
				Version  int64
				Resource struct{ ID string }
			}
			Next int64
			More bool
		}
		f.api.Want(t, http.StatusOK, "GET", fmt.Sprintf("%s/events?after=%d&limit=200", f.org, f.next), nil).Into(t, &page)
		for _, e := range page.Events {
			if f.next++; e.Seq != f.next {
				t.Fatalf("event %d follows event %d", e.Seq, f.next-1)
			}
			if f.seen[e.ID] {
				t.Errorf("event %s is told again as %d", e.ID, e.Seq)
			}
			if last := f.version[e.Resource.ID]; e.Version < last {
				t.Errorf("version %d of %s is told after %d", e.Version, e.Resource.ID, last)
			}
			f.seen[e.ID], f.version[e.Resource.ID] = true, e.Version
		}
		if page.Next != f.next {
			t.Fatalf("next is %d behind event %d", page.Next, f.next)
		}
		more = page.More
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
