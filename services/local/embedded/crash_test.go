package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// writerFile makes of the test binary a process that writes to the file of this name until it is
// killed.
const writerFile = "EMBEDDED_TEST_WRITER_FILE"

const writers = 8

func TestMain(m *testing.M) {
	if path := os.Getenv(writerFile); path != "" {
		fmt.Fprintln(os.Stderr, "writer ended:", write(context.Background(), path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// write has writers that each make user after user, move their group to the latest two of them, and
// delete the elder. A line on standard output acknowledges each step that the store acknowledged:
// "<step> <writer> <number>".
func write(ctx context.Context, path string) error {
	f, err := embedded.Open(path)
	if err != nil {
		return err
	}
	failures := make(chan error)
	for w := range writers {
		go func() { failures <- writeSteps(ctx, f.Directory(), w) }()
	}
	return <-failures
}

func writeSteps(ctx context.Context, d *embedded.Directory, w int) error {
	g := directorytest.NewGroup(groupName(w, -1))
	if err := d.CreateGroup(ctx, writerTenant(w), g); err != nil {
		return err
	}
	var elder directory.User
	for i := 0; ; i++ {
		u := directorytest.NewUser(userName(w, i))
		if err := d.CreateUser(ctx, writerTenant(w), u); err != nil {
			return err
		}
		fmt.Println("created", w, i)
		members := directory.MemberDelta{Reset: true, Add: []directory.UserID{u.ID}}
		if i > 0 {
			members.Add = append(members.Add, elder.ID)
		}
		stored, err := d.Group(ctx, writerTenant(w), g.ID, false)
		if err != nil {
			return err
		}
		stored.NameKey = groupName(w, i)
		stored.Document.Set("displayName", groupName(w, i))
		if _, _, err := d.UpdateGroup(ctx, writerTenant(w), stored, members); err != nil {
			return err
		}
		fmt.Println("updated", w, i)
		if i > 0 {
			if err := d.DeleteUser(ctx, writerTenant(w), elder); err != nil {
				return err
			}
			fmt.Println("deleted", w, i-1)
		}
		elder = u
	}
}

func writerTenant(w int) directory.Tenant { return directory.Tenant(fmt.Sprintf("org-%d", w)) }
func userName(w, i int) string            { return fmt.Sprintf("user%d.%d@example.com", w, i) }
func groupName(w, i int) string           { return fmt.Sprintf("group %d after %d", w, i) }

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	for round := range 6 {
		path := filepath.Join(t.TempDir(), "scim.db")
		acknowledged := killWriter(t, path, time.Duration(50+rand.IntN(250))*time.Millisecond)
		f, err := embedded.Open(path)
		assert.NilError(t, err)
		total := 0
		for w, last := range acknowledged {
			total += last["created"] + last["updated"] + last["deleted"]
			checkWriter(t, f.Directory(), w, last)
		}
		assert.NilError(t, f.Close())
		if t.Logf("round %d: %d acknowledged steps", round, total); total == 0 {
			t.Fatal("the writer was killed before it did anything")
		}
	}
}

// killWriter kills a writing process after a while, counted from its first step, and returns how
// many steps of each kind were acknowledged to each writer.
func killWriter(t *testing.T, path string, after time.Duration) [writers]map[string]int {
	t.Helper()
	var acknowledged [writers]map[string]int
	for w := range acknowledged {
		acknowledged[w] = map[string]int{}
	}
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), writerFile+"="+path)
	var complaints strings.Builder
	command.Stderr = &complaints
	output, err := command.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, command.Start())
	var kill sync.Once
	for lines := bufio.NewReader(output); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // line is not a whole acknowledgement
		}
		kill.Do(func() { time.AfterFunc(after, func() { _ = command.Process.Kill() }) })
		var step string
		var w, i int
		if _, err := fmt.Sscan(line, &step, &w, &i); err != nil {
			t.Fatalf("acknowledgement %q: %v", line, err)
		}
		acknowledged[w][step] = i + 1
	}
	if err := command.Wait(); err == nil || err.Error() != "signal: killed" || complaints.Len() > 0 {
		t.Fatalf("the writer ended with %v: %s", err, complaints.String())
	}
	return acknowledged
}

// checkWriter ends the test unless the tenant of writer w is as one of its steps left it, and not
// an earlier one than the last acknowledged.
func checkWriter(t *testing.T, d *embedded.Directory, w int, last map[string]int) {
	t.Helper()
	ctx, tenant := t.Context(), writerTenant(w)
	var users []directory.User
	for i := range last["created"] + 1 {
		u, err := d.UserByName(ctx, tenant, userName(w, i))
		if err != nil && i < last["created"] {
			t.Fatalf("writer %d: user %d of %d is lost: %v", w, i, last["created"], err)
		}
		if err == nil {
			users = append(users, u)
		}
	}
	for i, u := range users {
		if i < last["deleted"] && !u.Deleted {
			t.Errorf("writer %d: user %d of %d is not deleted", w, i, last["deleted"])
		}
	}

	page, err := d.ListGroups(ctx, tenant, directory.Query{Limit: 2, WithMembers: true})
	if err != nil || page.Total > 1 {
		t.Fatalf("writer %d has %d groups, error %v", w, page.Total, err)
	}
	if page.Total == 0 {
		if len(users) > 0 {
			t.Errorf("writer %d: the group is lost", w)
		}
		return
	}
	g, latest := page.Items[0], -1
	if _, err := fmt.Sscanf(g.DisplayName(), fmt.Sprintf("group %d after %%d", w), &latest); err != nil {
		t.Fatal(err)
	}
	if latest < last["updated"]-1 {
		t.Errorf("writer %d: the group is as after update %d of %d", w, latest, last["updated"]-1)
	}
	var want []directory.UserID
	for _, u := range users[max(0, latest-1):max(0, latest+1)] {
		if !u.Deleted {
			want = append(want, u.ID)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, g.Members); diff != "" {
		t.Errorf("writer %d: members after update %d (-want +got):\n%s", w, latest, diff)
	}
	for _, u := range users {
		groups, err := d.GroupsOf(ctx, tenant, []directory.UserID{u.ID})
		if is := slices.Contains(g.Members, u.ID); err != nil || is != (len(groups[u.ID]) == 1) {
			t.Errorf("writer %d: %s is a member: %t; has groups %v, error %v", w, u.NameKey, is, groups[u.ID], err)
		}
	}
}
