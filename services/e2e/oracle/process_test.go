package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
)

// oracle is a Node process that asks the two packages. It answers one question after the other.
type oracle struct {
	in    *json.Encoder
	out   *json.Decoder
	heard map[string]answer // explaining a difference asks the same again and again
}

// question is a line to the process: a filter or an operation, and the resource that it is about.
type question struct {
	Resource  map[string]any `json:"resource"`
	Filter    string         `json:"filter,omitempty"`
	Operation *operation     `json:"operation,omitempty"`
}

// operation is one of a PATCH request. With remove, a null Value is none.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value"`
}

// is reports whether op is add, remove or replace, in any case.
func (op operation) is(kind string) bool { return strings.EqualFold(op.Op, kind) }

// answer is what a filter or an operation comes to: Matches for a filter, Resource for an
// operation, or Refused. An answer is not changed, since questions share it.
type answer struct {
	Matches  bool           `json:"matches,omitempty"`
	Resource map[string]any `json:"resource,omitempty"`
	Refused  scim.ErrorType `json:"refused,omitempty"`
}

func start(t *testing.T) *oracle {
	t.Helper()
	folder, err := exec.Command("./setup", "--folder").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 3 {
		given := os.Getenv("TEST_REDIS_URL") != "" && os.Getenv("TEST_MONGODB_URI") != "" // then nothing is to be installed
		if os.Getenv("REQUIRE_BACKENDS") == "1" && !given {
			t.Fatal("the oracles are not set up: run `make setup`")
		}
		t.Skip("the oracles are not set up: run `make setup`")
	}
	if err != nil {
		t.Fatalf("look for the oracles: %v", err)
	}

	var complaints bytes.Buffer
	cmd := exec.Command("node", "node/oracle.js")
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(strings.TrimSpace(string(folder)), "node_modules"))
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	assert.NilError(t, err)
	stdout, err := cmd.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close() // which ends it
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, &complaints)
		}
	})
	return &oracle{json.NewEncoder(stdin), json.NewDecoder(stdout), map[string]answer{}}
}

func (o *oracle) ask(q question) answer {
	key := asJSON(q)
	if heard, ok := o.heard[key]; ok {
		return heard
	}
	var a answer
	if err := errors.Join(o.in.Encode(q), o.out.Decode(&a)); err != nil {
		panic(fmt.Sprintf("ask %s: %v", key, err)) // no test can go on; what the process wrote comes with its end
	}
	o.heard[key] = a
	return a
}

func (o *oracle) filter(resource map[string]any, filter string) answer {
	return o.ask(question{Resource: resource, Filter: filter})
}

func (o *oracle) patch(resource map[string]any, op operation) answer {
	return o.ask(question{Resource: resource, Operation: &op})
}
