package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/overlay"
)

// newDoctor returns a Doctor that may read nothing, after change has changed what it is made of.
func newDoctor(t *testing.T, change func(*doctor.Deps)) *doctor.Doctor {
	t.Helper()
	deps := doctor.Deps{
		Tokens: struct{ doctor.Tokens }{}, Users: &directory.Users{}, Groups: &directory.Groups{}, Activity: &activity.Log{}, Directory: struct{ overlay.Below }{},
		BaseURL: "http://nowhere.invalid/scim/v2", Now: time.Now,
		Protocol: func(directory.Organisation, directory.Store, activity.Store, doctor.Guard) (http.Handler, error) {
			return nil, errors.ErrUnsupported
		},
		Guard: func(directory.Store) (doctor.Guard, error) { return nil, nil },
	}
	change(&deps)
	d, err := doctor.New(deps)
	assert.NilError(t, err)
	return d
}

// staged returns a Doctor whose protocol is h.
func staged(t *testing.T, h http.HandlerFunc) *doctor.Doctor {
	t.Helper()
	return newDoctor(t, func(d *doctor.Deps) {
		d.Protocol = func(directory.Organisation, directory.Store, activity.Store, doctor.Guard) (http.Handler, error) {
			return h, nil
		}
	})
}

var acme = directory.Organisation{Tenant: "acme"}

// TestDryRunsHaveARate: 25 at once and then 5 a second pass, of each organisation.
func TestDryRunsHaveARate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := staged(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		ask := func(org directory.Organisation) error {
			_, err := d.DryRun(t.Context(), org, doctor.Request{Method: "DELETE", Path: "/Users/1"})
			return err
		}
		for i := range 25 {
			if err := ask(acme); err != nil {
				t.Fatalf("dry run %d: %v", i+1, err)
			}
		}
		early, ok := errors.AsType[*doctor.Early](ask(acme))
		if !ok || early.Wait != 200*time.Millisecond || !strings.Contains(early.Detail, "rate of dry runs") {
			t.Errorf("one more: %+v", early)
		}
		if err := ask(directory.Organisation{Tenant: "other"}); err != nil {
			t.Errorf("another organisation: %v", err)
		}
		time.Sleep(200 * time.Millisecond)
		if err := ask(acme); err != nil {
			t.Errorf("after a fifth of a second: %v", err)
		}
	})
}

// admitting is a guard that decides about wishes.
type admitting func(guard.Wish) error

func (a admitting) Admit(_ context.Context, _ directory.Organisation, _ activity.Request, wish guard.Wish) error {
	return a(wish)
}

func (admitting) Note(context.Context, directory.Organisation, activity.Request, *directory.Change) error {
	return nil
}

// TestADryRunAsksTheGuard: over what the request finds, and says whom it holds.
func TestADryRunAsksTheGuard(t *testing.T) {
	t.Parallel()
	var above directory.Store
	members := []directory.UserID{"y", "x"}
	d := newDoctor(t, func(d *doctor.Deps) {
		d.Guard = func(over directory.Store) (doctor.Guard, error) {
			above = over
			return admitting(func(w guard.Wish) error {
				if w.User == "a" {
					return nil
				}
				return scim.Errorf(http.StatusTooManyRequests, "", "held: %s%s", w.User, w.Group)
			}), nil
		}
		d.Protocol = func(org directory.Organisation, over directory.Store, _ activity.Store, guarded doctor.Guard) (http.Handler, error) {
			assert.Equal(t, over, above)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				leaving := func(context.Context) (directory.Leaving, error) { return directory.Leaving{Leave: members}, nil }
				for _, wish := range []guard.Wish{{User: "a", Wanted: directory.EffectDeleted}, {User: "b", Wanted: directory.EffectDeleted}, {Group: "g", Wanted: guard.Removed, Leaving: leaving}} {
					if err := guarded.Admit(r.Context(), org, activity.Request{}, wish); err != nil {
						w.WriteHeader(http.StatusTooManyRequests)
					}
				}
			}), nil
		}
	})
	o, err := d.DryRun(t.Context(), acme, doctor.Request{Method: "POST", Path: "/Bulk"})
	assert.NilError(t, err)
	assert.Equal(t, o.Status, http.StatusTooManyRequests)
	assert.DeepEqual(t, o.WouldHold, []doctor.WouldHold{
		{User: "b", Wanted: directory.EffectDeleted, Sentence: "held: b"},
		{Group: "g", Wanted: guard.Removed, Members: []directory.UserID{"x", "y"}, Count: 2, Sentence: "held: g"},
	})
}

// TestADryRunSendsWhatIsAsked: the method, path, headers and body as they are given, and the client
// by its name.
func TestADryRunSendsWhatIsAsked(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct{ asked, method, uri, header, value, body string }{
		"the query stays as it is":           {`{"method":"GET","path":"/Users?filter=a%20eq%20%22b+c%22"}`, "GET", "/scim/v2/Users?filter=a%20eq%20%22b+c%22", "Content-Type", "", ""},
		"a body is SCIM":                     {`{"method":"POST","path":"/Users","body":{"n": 1.50}}`, "POST", "/scim/v2/Users", "Content-Type", scim.MediaType, `{"n": 1.50}`},
		"a string is a body of that text":    {`{"method":"POST","path":"/Users","body":"a=b"}`, "POST", "/scim/v2/Users", "Content-Type", scim.MediaType, "a=b"},
		"null is no body":                    {`{"method":"POST","path":"/Users","body":null}`, "POST", "/scim/v2/Users", "Content-Type", "", ""},
		"a header stands in the request":     {`{"method":"PUT","path":"/Users/1","headers":{"if-match":"W/\"1\""}}`, "PUT", "/scim/v2/Users/1", "If-Match", `W/"1"`, ""},
		"a Content-Type is what it is asked": {`{"method":"PUT","path":"/Users/1","body":{},"headers":{"Content-Type":"text/plain"}}`, "PUT", "/scim/v2/Users/1", "Content-Type", "text/plain", "{}"},
		"Okta names itself":                  {`{"method":"HEAD","path":"/Users/1","as":{"client":"okta"}}`, "HEAD", "/scim/v2/Users/1", "User-Agent", "Okta SCIM Client 1.0.0", ""},
		"without a client there is no name":  {`{"method":"HEAD","path":"/Users/1","as":{}}`, "HEAD", "/scim/v2/Users/1", "User-Agent", "", ""},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			var got string
			var header http.Header
			d := staged(t, func(w http.ResponseWriter, r *http.Request) {
				body := make([]byte, r.ContentLength)
				_, _ = r.Body.Read(body)
				got, header = r.Method+" "+r.RequestURI+" "+string(body), r.Header
				w.Header().Set("X-Request-Id", "ours")
				w.Header().Set("ETag", `W/"2"`)
				_, _ = w.Write([]byte(`{"detail":"<&>"}`))
			})
			var asked doctor.Request
			assert.NilError(t, json.Unmarshal([]byte(c.asked), &asked))
			o, err := d.DryRun(t.Context(), acme, asked)
			assert.NilError(t, err)
			if want := c.method + " " + c.uri + " " + c.body; got != want || header.Get(c.header) != c.value {
				t.Errorf("sent was %q with %v, want %q with %s %q", got, header, want, c.header, c.value)
			}
			if o.Status != 200 || string(o.Body) != `{"detail":"<&>"}` || len(o.Headers) != 1 || o.Headers["ETag"] != `W/"2"` {
				t.Errorf("the outcome is %+v", o)
			}
		})
	}
}

// TestADryRunThatCannotBeAskedIsRefused: with a sentence, before anything is played.
func TestADryRunThatCannotBeAskedIsRefused(t *testing.T) {
	t.Parallel()
	d := staged(t, func(http.ResponseWriter, *http.Request) { t.Error("it is played") })
	for rule, c := range map[string]struct {
		asked doctor.Request
		says  string
	}{
		"a method that the protocol does not have": {doctor.Request{Method: "OPTIONS", Path: "/Users"}, "method must be one of GET"},
		"a method in lower case":                   {doctor.Request{Method: "get", Path: "/Users"}, "method must be one of GET"},
		"no path":                                  {doctor.Request{Method: "GET"}, "path must be what follows"},
		"a path without a slash":                   {doctor.Request{Method: "GET", Path: "Users"}, "path must be what follows"},
		"a path with the base":                     {doctor.Request{Method: "GET", Path: "/scim/v2/Users"}, "path must be what follows"},
		"a path that is not one":                   {doctor.Request{Method: "GET", Path: "/Users/%zz"}, "path must be what follows"},
		"a path with a control character":          {doctor.Request{Method: "GET", Path: "/Users\n"}, "path must be what follows"},
		"a token":                                  {doctor.Request{Method: "GET", Path: "/", Headers: map[string]string{"Authorization": "Bearer x"}}, "headers may have If-Match"},
		"a header twice":                           {doctor.Request{Method: "GET", Path: "/", Headers: map[string]string{"If-Match": "*", "if-match": "*"}}, "each once"},
		"a client that is not known":               {doctor.Request{Method: "GET", Path: "/", As: doctor.As{Client: "google"}}, "as.client must be okta or entra"},
	} {
		_, err := d.DryRun(t.Context(), acme, c.asked)
		if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Status != 400 || !strings.Contains(refusal.Detail, c.says) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// TestADryRunWithoutAStoreIsNoAnswer: a fault of ours is not what the request would do.
func TestADryRunWithoutAStoreIsNoAnswer(t *testing.T) {
	t.Parallel()
	w := embeddedtest.NewWorld(t)
	d := staged(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	_, err := d.DryRun(t.Context(), w.Org, doctor.Request{Method: "GET", Path: "/Users"})
	if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Status != 503 {
		t.Errorf("it is %v", err)
	}
}

// TestADryRunOfWhatIsNotImplementedSaysSo: /Me is answered with 501 always.
func TestADryRunOfWhatIsNotImplementedSaysSo(t *testing.T) {
	t.Parallel()
	w := embeddedtest.NewWorld(t)
	d := staged(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) })
	o, err := d.DryRun(t.Context(), w.Org, doctor.Request{Method: "GET", Path: "/Me"})
	if err != nil || o.Status != 501 {
		t.Errorf("it is %+v, %v", o, err)
	}
}
