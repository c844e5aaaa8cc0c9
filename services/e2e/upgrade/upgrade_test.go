package upgrade

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// TestTheReleaseBeforeAndThisOneRunSideBySide updates a running product from the release that
// UPGRADE_FROM names, a git ref, to this tree, and takes the update back, under load: no request
// fails, and each program reads what the other wrote.
func TestTheReleaseBeforeAndThisOneRunSideBySide(t *testing.T) {
	ref := os.Getenv("UPGRADE_FROM")
	if ref == "" {
		t.Skip("UPGRADE_FROM names no release: run make test-upgrade")
	}
	folders := map[string]string{"before": build(t, ref), "this": harness.Programs(t, "tokend", "scimd")}
	log := harness.NewLog(t)
	stack, err := devstack.Start(t.Context(), devstack.Config{
		Options: local.Options{Addr: "127.0.0.1:0", Data: t.TempDir(), Orgs: []string{harness.Unique("acme")}, UserNameFormat: "email", JSON: true},
		Bin:     folders["before"], Logs: log.File, RedisURL: redistest.Start(t).URL(), MongoURI: mongotest.URI(t), Database: fmt.Sprintf("upgrade_%d", time.Now().UnixNano()),
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Text(t))
	}
	t.Cleanup(func() {
		if err := stack.Stop(); err != nil {
			t.Error(err)
		}
	})
	r := &rollout{T: t, stack: stack, folders: folders, log: log, org: "/api/v1/organisations/" + stack.Ready.Orgs[0].Org, credential: stack.Ready.PlatformCredential, token: stack.Ready.Orgs[0].Token}
	r.scimds, r.tokends = []*member{{Process: stack.Scimd, release: "before"}}, []*member{{Process: stack.Tokend, release: "before"}}
	r.add("scimd", "before")

	stop := r.load()
	r.phase("all of the release before")
	for _, release := range []string{"this", "before"} { // the update, and the way back
		r.add("scimd", release)
		r.add("tokend", release)
		r.phase("one of " + release + " beside the others")
		r.add("scimd", release)
		for _, m := range r.others(release) {
			r.take(m)
		}
		r.phase("all of " + release)
	}
	stop()
	t.Logf("%d requests, %d failed; %d users and %d tokens written", r.sent.Load(), r.failed.Load(), r.written.Load(), r.issued.Load())
	if r.failed.Load() > 0 || r.written.Load() == 0 || r.issued.Load() == 0 {
		t.Error("an update is noticed, or there was no load")
	}
}

// build returns a folder with the programs of a git ref.
func build(t *testing.T, ref string) string {
	t.Helper()
	tree, bin := filepath.Join(t.TempDir(), "tree"), t.TempDir()
	run := func(folder, name string, args ...string) {
		command := exec.CommandContext(t.Context(), name, args...)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	run("../../..", "git", "worktree", "add", "--detach", tree, ref)
	t.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), "git", "worktree", "remove", "--force", tree).Run()
	})
	for _, program := range []string{"tokend", "scimd"} {
		folder := map[string]string{"tokend": "./token/cmd/tokend", "scimd": "./scim/cmd/scimd"}[program]
		run(filepath.Join(tree, "services"), "go", "build", "-buildvcs=false", "-o", filepath.Join(bin, program), folder)
	}
	return bin
}

// member is a process that requests are sent to.
type member struct {
	*devstack.Process
	release string
	pending sync.WaitGroup
}

// rollout is a product whose processes come and go as behind a load balancer.
type rollout struct {
	*testing.T
	stack      *devstack.Stack
	folders    map[string]string
	log        harness.Log
	org        string
	credential string

	mu              sync.Mutex
	scimds, tokends []*member
	next            int
	token           string // that the identity provider has
	users           []string

	sent, failed, written, issued atomic.Int64
}

// add starts one more process of a release, and then sends requests to it.
func (r *rollout) add(program, release string) {
	r.Helper()
	p, err := r.stack.NewProgram(r.folders[release], program)
	if err == nil {
		err = p.Start(r.Context())
	}
	if err != nil {
		r.Fatalf("%s of %s: %v\n%s", program, release, err, r.log.Text(r.T))
	}
	r.Cleanup(p.Kill)
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := (&member{Process: p, release: release}); program == "scimd" {
		r.scimds = append(r.scimds, m)
	} else {
		r.tokends = append(r.tokends, m)
	}
}

// others returns the processes that are not of the release.
func (r *rollout) others(release string) (found []*member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range append(append([]*member{}, r.scimds...), r.tokends...) {
		if m.release != release {
			found = append(found, m)
		}
	}
	return found
}

// take sends no more requests to a process, and ends it once those that it has are answered.
func (r *rollout) take(gone *member) {
	r.Helper()
	r.mu.Lock()
	for _, list := range []*[]*member{&r.scimds, &r.tokends} {
		var left []*member
		for _, m := range *list {
			if m != gone {
				left = append(left, m)
			}
		}
		*list = left
	}
	r.mu.Unlock()
	gone.pending.Wait()
	if err := gone.Stop(); err != nil {
		r.Error(err)
	}
}

// pick returns the next process of a list; the caller ends with pending.Done.
func (r *rollout) pick(list *[]*member) *member {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	m := (*list)[r.next%len(*list)]
	m.pending.Add(1)
	return m
}

// scim sends a request of the identity provider to one scimd after the other.
func (r *rollout) scim(method, path string, body any, want int) harness.Answer {
	m := r.pick(&r.scimds)
	defer m.pending.Done()
	r.mu.Lock()
	token := r.token
	r.mu.Unlock()
	return r.send(harness.Client{Base: "http://" + m.Addr() + "/scim/v2", Credential: token, MediaType: harness.SCIM}, m.release, method, path, body, want)
}

// api sends a request of the platform to one tokend after the other.
func (r *rollout) api(method, path string, body any, want int) harness.Answer {
	m := r.pick(&r.tokends)
	defer m.pending.Done()
	return r.send(harness.Client{Base: "http://" + m.Addr() + r.org, Credential: r.credential, MediaType: harness.JSON}, m.release, method, path, body, want)
}

func (r *rollout) send(c harness.Client, release, method, path string, body any, want int) harness.Answer {
	r.Helper()
	a := c.Try(r.T, method, path, body)
	if r.sent.Add(1); a.Status != want {
		r.failed.Add(1)
		r.Errorf("%s %s of %s: %d, want %d: %.500s", method, path, release, a.Status, want, a.Body)
	}
	return a
}

// load provisions users and rotates tokens until stop is called.
func (r *rollout) load() (stop func()) {
	var clients sync.WaitGroup
	done := make(chan struct{})
	until := func(pause time.Duration, do func(n int)) {
		clients.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				case <-time.After(pause):
					do(n)
				}
			}
		})
	}
	for client := range 4 {
		until(20*time.Millisecond, func(n int) { r.provision(fmt.Sprintf("user-%d-%d@example.com", client, n)) })
	}
	until(200*time.Millisecond, func(int) { r.rotate() })
	return func() {
		close(done)
		clients.Wait()
	}
}

// provision writes a user, and reads each write at another process.
func (r *rollout) provision(name string) {
	id := r.scim("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`","externalId":"`+name+`"}`, 201).Text("id")
	if id == "" {
		return
	}
	r.scim("GET", "/Users/"+id, nil, 200)
	r.scim("PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"changed"}]}`, 200)
	if found := r.scim("GET", "/Users?filter=userName+eq+%22"+name+"%22", nil, 200); !strings.Contains(string(found.Body), "changed") {
		r.failed.Add(1)
		r.Errorf("the user %s lacks a change: %s", name, found.Body)
	}
	group := r.scim("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"of `+name+`","members":[{"value":"`+id+`"}]}`, 201).Text("id")
	if g := r.scim("GET", "/Groups/"+group, nil, 200); !strings.Contains(string(g.Body), id) {
		r.failed.Add(1)
		r.Errorf("the group of %s lacks its member: %s", name, g.Body)
	}
	r.written.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users = append(r.users, id)
}

// rotate gives the identity provider another token, which the one before overlaps.
func (r *rollout) rotate() {
	var tokens struct {
		Tokens []struct{ ID, State string }
	}
	r.api("GET", "/scim/tokens", nil, 200).Into(r.T, &tokens)
	live := 0
	for _, t := range tokens.Tokens {
		if t.State == "live" {
			live++
		}
	}
	if live > 1 { // the one before, which nobody uses any more
		for i := len(tokens.Tokens) - 1; i >= 0; i-- {
			if t := tokens.Tokens[i]; t.State == "live" {
				time.Sleep(100 * time.Millisecond) // requests that were sent with it
				r.api("DELETE", "/scim/tokens/"+t.ID, nil, 204)
				return
			}
		}
	}
	secret := r.api("POST", "/scim/tokens", `{"name":"rotated"}`, 201).Text("token")
	if secret == "" {
		return
	}
	r.issued.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.token = secret
}

// phase waits until the processes that there are have done some work, and has each of them read
// every user.
func (r *rollout) phase(what string) {
	r.Helper()
	from := r.written.Load()
	harness.Eventually(r.T, what+": 20 more users", func() bool { return r.written.Load() >= from+20 || r.failed.Load() > 20 })
	r.mu.Lock()
	users, scimds := append([]string{}, r.users...), append([]*member{}, r.scimds...)
	token := r.token
	r.mu.Unlock()
	for _, m := range scimds {
		c := harness.Client{Base: "http://" + m.Addr() + "/scim/v2", Credential: token, MediaType: harness.SCIM}
		for _, id := range users {
			if a := c.Try(r.T, "GET", "/Users/"+id, nil); a.Status != http.StatusOK && a.Status != http.StatusUnauthorized {
				r.failed.Add(1)
				r.Errorf("%s: %s cannot read the user %s: %d %s", what, m.release, id, a.Status, a.Body)
			}
		}
	}
	intact := r.api("GET", "/scim/audit/verify", nil, 200)
	if intact.Object()["intact"] != true {
		r.Errorf("%s: the audit: %s", what, intact.Body)
	}
	r.Logf("%s: %d users", what, len(users))
}
