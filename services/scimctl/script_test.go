package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/apiclient"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"scimctl": main}) }

// TestScripts runs the program as a shell does, against the all-in-one. Each script has an
// organisation of its own, $SCIMCTL_ORG, with SCIM on and one token, $FIRST_TOKEN.
func TestScripts(t *testing.T) {
	w := world{harness.RunAllInOne(t)}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               w.setUp,
		Condition: func(name string) (bool, error) {
			if name != "required" { // what make setup installs
				return false, fmt.Errorf("there is no condition %s", name)
			}
			return os.Getenv("REQUIRE_BACKENDS") == "1", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    endsWith,
			"keep":     keep,
			"appears":  appears,
			"use":      w.use,
			"scim":     w.scim,
			"document": document,
		},
	})
}

type world struct{ *harness.AllInOne }

func (w world) setUp(env *testscript.Env) error {
	org := "org-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	first, err := w.Organisation(context.Background(), org, "email")
	if err != nil {
		return err
	}
	id, err := idOf(first)
	for name, value := range map[string]string{
		"SCIMCTL_URL": w.Ready.APIBaseURL, "SCIMCTL_ORG": org, "SCIMCTL_TOKEN": w.Ready.PlatformCredential,
		"FIRST_TOKEN": first, "FIRST": id,
		"ADMINS_ORG": w.Ready.Orgs[0].Org, "ADMIN": w.Ready.Orgs[0].AdminToken,
		"GORACE": os.Getenv("GORACE"),
	} {
		env.Setenv(name, value)
	}
	return err
}

func idOf(secret string) (string, error) {
	t, err := token.Parse(strings.TrimSpace(secret))
	if err != nil {
		return "", fmt.Errorf("%d characters are not a token: %w", len(secret), err)
	}
	return t.ID(), nil
}

// exits CODE PROGRAM ARGS... runs a program that has to end with this code.
func endsWith(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Check(err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// keep NAME FILE reads a token from a file, such as stdout, and sets $NAME_TOKEN to it and $NAME to
// its id.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	secret := ts.ReadFile(args[1])
	id, err := idOf(secret)
	ts.Check(err)
	ts.Setenv(args[0], id)
	ts.Setenv(args[0]+"_TOKEN", strings.TrimSpace(secret))
}

// appears FILE waits until there is something in the file.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if data, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && len(data) > 0 {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("nothing appears in %s", args[0])
		}
	}
}

// use TOKEN makes a SCIM request with it and waits until the service knows of it, which takes a
// second.
func (w world) use(ts *testscript.TestScript, _ bool, args []string) {
	scim := harness.Client{Base: w.Ready.SCIMBaseURL, Credential: args[0]}
	answer, err := scim.Send(context.Background(), http.MethodGet, "/Users", nil)
	ts.Check(err)
	if answer.Status != http.StatusOK {
		ts.Fatalf("the token is answered with %d", answer.Status)
	}
	id, err := idOf(args[0])
	ts.Check(err)
	api, err := apiclient.New(apiclient.Config{BaseURL: w.Ready.APIBaseURL, Timeout: time.Minute})
	ts.Check(err)
	org, err := api.As(func() (string, error) { return w.Ready.PlatformCredential, nil }).Organisation(ts.Getenv("SCIMCTL_ORG"))
	ts.Check(err)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		t, err := org.Token(context.Background(), id)
		ts.Check(err)
		if !t.LastUsedAt.IsZero() {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the use of %s does not get known", id)
		}
	}
}

// scim METHOD PATH STATUS [FILE [NAME]] makes a SCIM request, as Okta, with the content of the file
// in which variables are replaced. It has to be answered with this status. NAME is set to the id in
// the answer.
func (w world) scim(ts *testscript.TestScript, _ bool, args []string) {
	var body any
	if len(args) > 3 {
		body = os.Expand(ts.ReadFile(args[3]), ts.Getenv)
	}
	idp := harness.Client{Base: w.Ready.SCIMBaseURL, Credential: ts.Getenv("FIRST_TOKEN"), MediaType: harness.SCIM}
	answer, err := idp.Send(context.Background(), args[0], args[1], body, "User-Agent", "Okta SCIM Client 1.0.0")
	ts.Check(err)
	if want := args[2]; strconv.Itoa(answer.Status) != want {
		ts.Fatalf("%s %s is answered with %d, want %s: %s", args[0], args[1], answer.Status, want, answer.Body)
	}
	if len(args) > 4 {
		var made struct{ ID string }
		ts.Check(json.Unmarshal(answer.Body, &made))
		ts.Setenv(args[4], made.ID)
	}
}
