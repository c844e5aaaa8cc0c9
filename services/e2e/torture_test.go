package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local/devstack"
)

var (
	tortureRounds = flag.Int("rounds", 2, "rounds of TestTorture")
	tortureKills  = flag.Int("kills", 2, "how often TestTorture kills a scimd before its rounds")
	tortureSeed   = flag.Uint64("seed", 0, "what TestTorture draws from; 0: another one each time")
)

// TestTorture runs the production wiring with two scimds under load. First it kills them, one after
// the other, while a reader follows the events with a cursor. Then in each round it kills, stops,
// cuts or fails over one or two of its parts or, in make torture, has the clock of one process jump
// by half a minute. Once they are back, everything that was acknowledged has to be so: users
// created, renamed, deactivated and deleted, members added and removed, tokens revoked. What was
// not acknowledged is as if it had been done or as if it had not. No valid token is ever answered
// with 401 or 403, another organisation is what it was, the audit is intact, and no change stays
// half done. The events have no hole, none is told twice, those of a resource are in the order of
// its versions, and who reads them from the beginning finds the same. -kills, -rounds and -seed
// choose how long and what.
func TestTorture(t *testing.T) {
	t.Parallel() // on services of its own
	seed := *tortureSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d -kills %d -rounds %d", seed, *tortureKills, *tortureRounds)
	n := newNemesis(t, rand.New(rand.NewPCG(seed, 0)))
	c := n.cluster
	token := c.enable().Token
	quiet := c.stack.Organisation(t, harness.Unique("quiet"), "email")
	quietly := func() string {
		return string(c.at(0, quiet).Want(t, http.StatusOK, "GET", "/Users?sortBy=userName", nil).Body)
	}
	for i := range 5 {
		c.at(0, quiet).Want(t, http.StatusCreated, "POST", "/Users", map[string]any{"schemas": []string{userSchema}, "userName": fmt.Sprintf("quiet%d@example.com", i)})
	}
	before := quietly()
	people := make([]*person, 6)
	for i := range people {
		people[i] = &person{cluster: c, token: token, name: fmt.Sprintf("person%d", i), random: rand.New(rand.NewPCG(seed, uint64(i)+1))}
	}
	var revoked []issued
	events := follow(c.api(), c.org)
	n.killUnderLoad(*tortureKills, token, people, events)
	for round := range *tortureRounds {
		stop := make(chan struct{})
		var working sync.WaitGroup
		for _, p := range people {
			working.Go(func() { p.work(stop) })
		}
		victim := c.issue()
		told := n.strike()
		working.Go(func() {
			for c.api().Try(t, "DELETE", c.org+"/scim/tokens/"+victim.ID, nil).Status != http.StatusNoContent {
				time.Sleep(100 * time.Millisecond) // as an administrator who reads 503; until the test's own time is up
			}
		})
		told += n.heal()
		time.Sleep(time.Second) // of work on what is back
		close(stop)
		working.Wait()
		revoked = append(revoked, victim)
		n.settle(token)
		acknowledged := 0
		for _, p := range people {
			p.verify(t)
			acknowledged += int(p.acknowledged.Load())
		}
		c.told(people)
		events.read(t)
		for _, r := range revoked {
			c.refused(r)
		}
		n.nothingUnfinished()
		if after := quietly(); after != before {
			t.Errorf("the quiet organisation was\n%s\nand is\n%s", before, after)
		}
		var audit struct {
			Intact bool `json:"intact"`
		}
		if c.try("GET", c.org+"/scim/audit/verify", "", http.StatusOK).Into(t, &audit); !audit.Intact {
			t.Error("the audit is not intact")
		}
		t.Logf("round %d:%s; %d changes are acknowledged so far", round+1, told, acknowledged)
		if t.Failed() {
			t.Fatalf("go on with -seed %d", seed)
		}
	}
	events.whole(t) // what a cut left is told by the next that catches up, in half a minute
	events.same(t)
}

// killUnderLoad kills one of the scimds, so often, while people work and events are followed, and
// starts it again. Then everything that was acknowledged has to be so.
func (n *nemesis) killUnderLoad(times int, token string, people []*person, events *follower) {
	n.Helper()
	stop := make(chan struct{})
	var working sync.WaitGroup
	for _, p := range people {
		working.Go(func() { p.work(stop) })
	}
	addresses := make([]string, len(n.scimds))
	for i, scimd := range n.scimds {
		addresses[i] = strings.TrimSuffix(scimd, terms.SCIMPath) + terms.APIPath
	}
	working.Go(func() { events.keepOn(n.T, stop, addresses) })
	for range times {
		scimd := []*devstack.Process{n.stack.Scimd, n.second}[n.random.IntN(2)]
		time.Sleep(time.Duration(n.random.IntN(500)) * time.Millisecond) // of work, in the middle of which it dies
		scimd.Kill()
		n.launch(scimd)
	}
	close(stop)
	working.Wait()
	n.settle(token)
	acknowledged := 0
	for _, p := range people {
		p.verify(n.T)
		acknowledged += int(p.acknowledged.Load())
	}
	n.told(people)
	events.read(n.T)
	n.Logf("%d kills under load: %d changes are acknowledged, %d events are told", times, acknowledged, len(events.seen))
	if n.Failed() {
		n.FailNow()
	}
}

const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
	patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// person is a user and a group of one writer, which makes one change after the other, and asks
// again where it was not acknowledged, as identity providers do.
type person struct {
	*cluster
	token, name  string
	random       *rand.Rand
	served       bool         // every request has to be answered: no scimd is struck
	acknowledged atomic.Int64 // changes
	unavailable  atomic.Int64 // requests that were answered with 503

	user, group string       // ids; "": none
	lines       map[told]int // of the activity, for what was acknowledged when it was asked for first
	made        int          // users so far
	now, next   facts        // what was acknowledged, and what was asked for last
	gone        []string
}

// told is what a line of the activity tells of a change.
type told struct{ id, effect string }

// tells notes that a change has to have its line, if it was acknowledged at the first time: what a
// process did that was then killed is acknowledged later, as no change.
func (p *person) tells(first bool, id, effect string) {
	if p.lines == nil {
		p.lines = map[told]int{}
	}
	if first {
		p.lines[told{id, effect}]++
	}
}

// facts are what a change is about.
type facts struct {
	userName string // "": there is no user
	active   bool
	member   bool
}

// work makes changes until stop, and ends with one that is acknowledged.
func (p *person) work(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		p.next = p.now
		switch draw := p.random.IntN(10); {
		case p.user == "":
			p.made++
			p.next = facts{fmt.Sprintf("%s-%d@example.com", p.name, p.made), true, false}
			first := p.until(p.create)
			p.tells(first, p.user, "created")
		case p.group == "":
			first := p.until(p.createGroup)
			p.tells(first, p.group, "created")
		case draw < 3:
			p.next.active = !p.now.active
			first := p.patch("/Users/"+p.user, map[string]any{"op": "replace", "path": "active", "value": p.next.active})
			p.tells(first, p.user, map[bool]string{true: "reactivated", false: "deactivated"}[p.next.active])
		case draw < 5:
			p.made++
			p.next.userName = fmt.Sprintf("%s-%d@example.com", p.name, p.made)
			first := p.patch("/Users/"+p.user, map[string]any{"op": "replace", "path": "userName", "value": p.next.userName})
			p.tells(first, p.user, "updated")
		case draw < 9 && p.now.member:
			p.next.member = false
			first := p.patch("/Groups/"+p.group, map[string]any{"op": "remove", "path": `members[value eq "` + p.user + `"]`})
			p.tells(first, p.group, "updated")
		case draw < 9:
			p.next.member = true
			first := p.patch("/Groups/"+p.group, map[string]any{"op": "add", "path": "members", "value": []any{map[string]any{"value": p.user}}})
			p.tells(first, p.group, "updated")
		default:
			p.next = facts{}
			first := p.until(func() bool {
				status := p.send("DELETE", "/Users/"+p.user, nil).Status
				return status == http.StatusNoContent || status == http.StatusNotFound
			})
			p.tells(first, p.user, "deleted")
			p.gone, p.user = append(p.gone, p.user), ""
		}
		p.now = p.next
	}
}

// until asks until it is acknowledged, and reports whether it was at the first time.
func (p *person) until(ask func() bool) (first bool) {
	for first = true; !ask() && p.Context().Err() == nil; first = false {
		time.Sleep(50 * time.Millisecond) // until the test's own time is up
	}
	p.acknowledged.Add(1)
	return first
}

func (p *person) patch(path string, operation map[string]any) (first bool) {
	body := map[string]any{"schemas": []string{patchSchema}, "Operations": []any{operation}}
	return p.until(func() bool {
		status := p.send("PATCH", path, body).Status
		return status == http.StatusOK || status == http.StatusNoContent
	})
}

// create creates the user. 409 means that it was created when it was asked for before.
func (p *person) create() bool {
	a := p.send("POST", "/Users", map[string]any{"schemas": []string{userSchema}, "userName": p.next.userName})
	p.user = a.Text("id")
	if a.Status == http.StatusConflict {
		p.user = p.find("/Users", `userName eq "`+p.next.userName+`"`)
	}
	return p.user != ""
}

func (p *person) createGroup() bool {
	a := p.send("POST", "/Groups", map[string]any{"schemas": []string{groupSchema}, "displayName": p.name})
	p.group = a.Text("id")
	if a.Status == http.StatusConflict {
		p.group = p.find("/Groups", `displayName eq "`+p.name+`"`)
	}
	return p.group != ""
}

func (p *person) find(path, filter string) string {
	var list struct{ Resources []struct{ ID string } }
	a := p.send("GET", path+"?filter="+url.QueryEscape(filter), nil)
	if a.Status == http.StatusOK {
		a.Into(p.T, &list)
	}
	if len(list.Resources) == 0 {
		return ""
	}
	return list.Resources[0].ID
}

// send asks one of the scimds. A token that is valid must never be refused, and what is refused for
// the moment has to say when to come again.
func (p *person) send(method, path string, body any) harness.Answer {
	a := p.at(p.random.IntN(len(p.scimds)), p.token).Try(p.T, method, path, body)
	if a.Status == http.StatusServiceUnavailable {
		p.unavailable.Add(1)
	}
	switch {
	case a.Status == 0 && p.served:
		p.Errorf("%s %s is not answered", method, path)
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden || a.Status == http.StatusBadRequest || a.Status == http.StatusInternalServerError:
		p.Errorf("%s %s is answered with %d: %s", method, path, a.Status, a.Body)
	case a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "":
		p.Errorf("%s %s: 503 without Retry-After: %s", method, path, a.Body)
	}
	return a
}

// verify compares both scimds with what was acknowledged.
func (p *person) verify(t *testing.T) {
	t.Helper()
	for scimd := range p.scimds {
		c := p.at(scimd, p.token)
		for _, id := range p.gone {
			if a := c.Served(t, "GET", "/Users/"+id, nil); a.Status != http.StatusNotFound {
				t.Errorf("user %s was deleted and is answered with %d: %s", id, a.Status, a.Body)
			}
		}
		var group struct{ Members []struct{ Value string } }
		if p.group != "" {
			c.Want(t, http.StatusOK, "GET", "/Groups/"+p.group, nil).Into(t, &group)
		}
		member := false
		for _, m := range group.Members {
			member = member || m.Value == p.user
			if m.Value != p.user {
				t.Errorf("group %s has member %s, who is deleted", p.group, m.Value)
			}
		}
		if p.user == "" {
			continue
		}
		var user struct {
			UserName string
			Active   bool
			Groups   []struct{ Value string }
		}
		c.Want(t, http.StatusOK, "GET", "/Users/"+p.user, nil).Into(t, &user)
		if got := (facts{user.UserName, user.Active, member}); got != p.now {
			t.Errorf("user %s: %+v was acknowledged, and scimd %d has %+v", p.user, p.now, scimd, got)
		}
		if in := len(user.Groups) == 1; in != member {
			t.Errorf("user %s: the group has the member %v, the user has the group %v", p.user, member, in)
		}
	}
}

// told compares the activity with what has to have a line.
func (c *cluster) told(people []*person) {
	c.Helper()
	lines := map[told]int{}
	activity := c.api().Want(c.T, http.StatusOK, "GET", c.org+"/activity", nil, "Accept", "application/x-ndjson")
	for text := range strings.Lines(string(activity.Body)) {
		var line struct {
			Effect   string
			Resource struct{ ID string }
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			c.Fatalf("export the activity: %v", err)
		}
		lines[told{line.Resource.ID, line.Effect}]++
	}
	for _, p := range people {
		for what, n := range p.lines {
			if lines[what] < n {
				c.Errorf("of %s %d times %s is acknowledged, and %d lines of activity tell of it", what.id, n, what.effect, lines[what])
			}
		}
	}
}

// nemesis strikes the parts of a cluster.
type nemesis struct {
	*cluster
	random *rand.Rand
	engine *engine // nil: MongoDB is another's
	mongo  *redistest.Link
	db     *mongo.Database
	undo   []func()

	steppable bool // the clocks of the processes can be stepped
}

// engine is a MongoDB of the test's own. It is ended in order: killed, it may lose what it has
// acknowledged.
type engine struct {
	folder string
	stop   func() error
}

// start starts it with the data that it had, and returns its connection string.
func (e *engine) start(t *testing.T) (uri string) {
	t.Helper()
	uri, stop, err := mongoengine.Start(context.WithoutCancel(t.Context()), e.folder)
	assert.NilError(t, err)
	e.stop = stop
	return uri
}

func newNemesis(t *testing.T, random *rand.Rand) *nemesis {
	t.Helper()
	n := &nemesis{random: random}
	server := mongotest.URI(t) // or that says why there is none
	if os.Getenv("TEST_MONGODB_URI") == "" {
		n.engine = &engine{folder: t.TempDir()}
		server = n.engine.start(t)
		t.Cleanup(func() { _ = n.engine.stop() })
	}
	link, uri := linkToMongoDB(t, server)
	n.mongo = link
	config := devstack.Config{MongoURI: uri, Database: fmt.Sprintf("torture_%d", time.Now().UnixNano())}
	if n.steppable = os.Getenv("TORTURE") == "1"; n.steppable {
		config.Bin = harness.SteppablePrograms(t, "tokend", "scimd")
	}
	n.cluster = startClusterOn(t, config)
	n.db = harness.MongoDB(t, uri, n.stack.Database())
	t.Cleanup(func() { _ = n.db.Drop(context.WithoutCancel(t.Context())) })
	if n.steppable {
		for _, p := range n.processes() {
			n.clockSteps(p)
		}
	}
	return n
}

// processes returns those whose clock may be stepped.
func (n *nemesis) processes() []*devstack.Process {
	return []*devstack.Process{n.stack.Scimd, n.second, n.stack.Tokend}
}

// clockStep is by how much a clock jumps: further than any process waits for another one.
const clockStep = 30 * time.Second

// clockSteps fails the test unless the clock of a process jumps when it is to.
func (n *nemesis) clockSteps(p *devstack.Process) {
	n.Helper()
	ahead := func() time.Duration {
		date, err := http.ParseTime(harness.Client{Base: "http://" + p.Operations()}.Want(n.T, http.StatusOK, "GET", "/livez", nil).Header.Get("Date"))
		assert.NilError(n, err)
		return time.Until(date)
	}
	back := harness.StepClock(n.T, p.PID(), -clockStep)
	harness.Eventually(n.T, "the clock jumps", func() bool { return ahead() < -clockStep/2 })
	back()
	harness.Eventually(n.T, "the clock jumps back", func() bool { return ahead() > -clockStep/2 })
}

// linkToMongoDB returns a way to the server of uri that can be cut, and the connection string that
// leads over it.
func linkToMongoDB(t *testing.T, uri string) (*redistest.Link, string) {
	t.Helper()
	link := redistest.NewLink(t, hostOf(t, uri))
	_, query, _ := strings.Cut(strings.TrimPrefix(uri, "mongodb://"), "/")
	return link, "mongodb://" + link.Addr() + "/" + query
}

// hostOf returns host:port, or the path of the socket, of the one server that uri names.
func hostOf(t *testing.T, uri string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(uri, "mongodb://")
	host, _, _ := strings.Cut(rest, "/")
	target, err := url.QueryUnescape(host)
	if !ok || err != nil || strings.Contains(host, ",") {
		t.Skipf("not one server: a link to it cannot be cut")
	}
	return target
}

// strike does one or two things to the cluster and returns which.
func (n *nemesis) strike() (told string) {
	n.Helper()
	scimd := []*devstack.Process{n.stack.Scimd, n.second}[n.random.IntN(2)]
	type part struct {
		name  string
		begin func()
	}
	parts := []part{
		{"a scimd is killed", func() { n.restart(scimd) }},
		{"tokend is killed", func() { n.restart(n.stack.Tokend) }},
		{"a scimd is stopped", func() {
			_ = syscall.Kill(scimd.PID(), syscall.SIGSTOP)
			n.later(func() { _ = syscall.Kill(scimd.PID(), syscall.SIGCONT) })
		}},
		{"a scimd is restarted", func() {
			if err := scimd.Stop(); err != nil {
				n.Error(err)
			}
			n.later(func() { n.launch(scimd) })
		}},
		{"Redis hangs", func() { n.primary.Pause(); n.later(n.primary.Resume) }},
		{"the replica hangs", func() { n.replica.Pause(); n.later(n.replica.Resume) }},
		{"the way to Redis is cut", func() { n.front.Cut(); n.later(n.front.Heal) }},
		{"connections to Redis are reset", func() { n.front.Refuse(); n.later(n.front.Heal) }},
		{"the way to the replica is cut", func() { n.back.Cut(); n.later(n.back.Heal) }},
		{"the way to MongoDB is cut", func() { n.mongo.Cut(); n.later(n.mongo.Heal) }},
		{"connections to MongoDB are reset", func() { n.mongo.Refuse(); n.later(n.mongo.Heal) }},
		{"Redis fails over", n.replace},
		{"MongoDB is restarted", n.restartMongoDB},
	}
	clocks := len(parts) // and all behind it
	if n.steppable {
		for i, name := range []string{"a scimd", "the other scimd", "tokend"} {
			by, stays := []time.Duration{-clockStep, clockStep}[n.random.IntN(2)], n.random.IntN(2) == 0
			name = fmt.Sprintf("the clock of %s jumps by %v", name, by)
			if stays {
				name += " and stays so"
			}
			parts = append(parts, part{name, func() {
				back := harness.StepClock(n.T, n.processes()[i].PID(), by)
				if !stays {
					n.later(back)
				}
			}})
		}
	}
	first := n.random.IntN(len(parts))
	chosen := []int{first}
	if second := n.random.IntN(len(parts)); second/4 != first/4 { // two that are about the same part would undo each other
		chosen = append(chosen, second)
		if second >= clocks { // before its process is killed
			slices.Reverse(chosen)
		}
	}
	for _, b := range chosen {
		parts[b].begin()
		told += " " + parts[b].name + ","
		time.Sleep(time.Duration(n.random.IntN(500)) * time.Millisecond)
	}
	return told
}

func (n *nemesis) later(undo func()) { n.undo = append(n.undo, undo) }

func (n *nemesis) restart(p *devstack.Process) {
	p.Kill()
	n.later(func() { n.launch(p) })
}

func (n *nemesis) launch(p *devstack.Process) {
	n.Helper()
	assert.NilError(n, p.Launch(n.Context()))
}

// replace makes the replica the primary, and gives it a replica of its own. One that hangs, which
// may have been the strike before, goes on first: only a server that answers is promoted.
func (n *nemesis) replace() {
	n.Helper()
	n.replica.Resume()
	n.failOver()
	n.primary = n.replica
	n.back = redistest.NewLink(n.T, n.primary.Addr())
	host, port, _ := net.SplitHostPort(n.back.Addr())
	n.replica = redistest.Start(n.T, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
}

// restartMongoDB ends the engine, if it is the test's own, and starts it again.
func (n *nemesis) restartMongoDB() {
	n.Helper()
	if n.engine == nil {
		return
	}
	if err := n.engine.stop(); err != nil {
		n.Error(err)
	}
	n.mongo.Retarget(hostOf(n.T, n.engine.start(n.T)))
}

// heal undoes what was done after a while and returns after how long.
func (n *nemesis) heal() string {
	pause := time.Duration(500+n.random.IntN(3500)) * time.Millisecond
	time.Sleep(pause)
	for _, undo := range n.undo {
		undo()
	}
	n.undo = nil
	return fmt.Sprintf(" for %v", pause)
}

// settle returns once all parts do their work again.
func (n *nemesis) settle(token string) {
	n.Helper()
	n.follows(n.T)
	harness.Eventually(n.T, "both scimds and tokend answer", func() bool {
		return n.push(0, token).Status == http.StatusOK && n.push(1, token).Status == http.StatusOK &&
			n.api().Try(n.T, "GET", n.org+"/scim", nil).Status == http.StatusOK
	})
}

// nothingUnfinished waits until no change is half done: the next writer of a resource finishes it,
// or Repair, which comes every 30 s.
func (n *nemesis) nothingUnfinished() {
	n.Helper()
	for _, collection := range []string{"users", "groups"} {
		harness.Eventually(n.T, "no change of "+collection+" is half done", func() bool {
			left, err := n.db.Collection(collection).CountDocuments(n.Context(), bson.D{{Key: "unfinished", Value: bson.D{{Key: "$exists", Value: true}}}})
			return err == nil && left == 0
		})
	}
}
