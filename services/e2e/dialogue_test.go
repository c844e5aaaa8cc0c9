package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// holdDialogues holds every dialogue, in two organisations at once: the same names in both, and
// each step of the one followed by the same step of the other, so that anything they shared would
// show. Then neither may know the ids of the other.
func holdDialogues(t *testing.T, w *wiring) {
	for _, file := range dialogues(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			hold(t, w.client(t), w.client(t), file)
		})
	}
}

// particular are the dialogues of Okta and Entra ID about users and groups that show what is
// particular to a wiring.
var particular = []string{"/okta/lifecycle_patch.", "/okta/group_push_patch.", "/entra/users.", "/entra/group_members."}

// TestDialoguesOnOtherWirings: three scimds that share the requests of a dialogue, and one without
// tokend, on which provisioning goes on. make torture has all dialogues.
func TestDialoguesOnOtherWirings(t *testing.T) {
	t.Parallel() // on services of its own
	var files []string
	for _, file := range dialogues(t) {
		if os.Getenv("TORTURE") == "1" || slices.ContainsFunc(particular, func(name string) bool { return strings.Contains(file, name) }) {
			files = append(files, file)
		}
	}
	for name, start := range map[string]func(*testing.T) *wiring{"three scimds": startThree, "without tokend": startStack} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			clients := make([]client, 2*len(files))
			for i := range clients {
				clients[i] = w.client(t)
			}
			if name == "without tokend" {
				assert.NilError(t, w.stack.Tokend.Stop())
			}
			for i, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
					t.Parallel()
					hold(t, clients[2*i], clients[2*i+1], file)
				})
			}
		})
	}
}

func dialogues(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	return files
}

func hold(t *testing.T, here, there client, file string) {
	d := parseDialogue(t, file)
	for i, s := range d.steps {
		want := string(d.archive.Files[s.response].Data)
		got := here.exchange(t, s.request)
		if golden.FlagUpdate() {
			d.archive.Files[s.response].Data = []byte(got)
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("step %d: %s\n(-want +got)\n%s", i+1, firstLine(s.request), diff)
		}
		if diff := cmp.Diff(want, there.exchange(t, s.request)); diff != "" {
			t.Fatalf("step %d in another organisation differs: %s\n(-want +got)\n%s", i+1, firstLine(s.request), diff)
		}
	}
	if golden.FlagUpdate() {
		assert.NilError(t, os.WriteFile(file, txtar.Format(d.archive), 0o644))
	}
	for _, id := range there.names.ids {
		requireUnknown(t, here, id)
	}
}

// requireUnknown asserts that the client's organisation answers to a foreign id just as to one that
// no one has.
func requireUnknown(t *testing.T, c client, foreign string) {
	const nobody = "01900000-0000-7000-8000-000000000000"
	for _, request := range []string{
		"GET /Users/%s", "GET /Groups/%s", "DELETE /Users/%s", "DELETE /Groups/%s",
		"PATCH /Users/%s\nContent-Type: application/scim+json\n\n" + `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`,
	} {
		got := c.exchange(t, fmt.Sprintf(request, foreign))
		want := c.exchange(t, fmt.Sprintf(request, nobody))
		blank := strings.NewReplacer(c.names.replace(foreign), "<nobody>", c.names.replace(nobody), "<nobody>")
		if diff := cmp.Diff(blank.Replace(want), blank.Replace(got)); diff != "" {
			t.Errorf("%s of another organisation differs from one of nobody (-nobody +foreign)\n%s", firstLine(request), diff)
		}
		if !strings.HasPrefix(got, fmt.Sprint(http.StatusNotFound)) {
			t.Errorf("%s of another organisation: %s, want 404", firstLine(request), firstLine(got))
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
