package e2e

import (
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// wiring is a running product, one way or the other.
type wiring struct {
	ready local.Ready
	stack harness.Stack
}

// rate is that of organisations without one of their own. Only a test of rates reaches it.
const rate = 1000

// TestBothWirings runs what is the same however the product runs, on one running product of each
// wiring. Each test has organisations of its own.
func TestBothWirings(t *testing.T) {
	t.Parallel() // on services of its own
	for name, start := range map[string]func(*testing.T) *wiring{"embedded": startAllInOne, "production": startStack} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			for _, test := range []struct {
				name string
				run  func(*testing.T, *wiring)
			}{
				{"Dialogues", holdDialogues},
				{"ASuccessHasDoneWhatItAsked", aSuccessHasDoneWhatItAsked},
				{"AdminsJourney", adminsJourney},
				{"AdministratorsChangesAreInTheAudit", administratorsChangesAreInTheAudit},
				{"OrganisationsOwnSchemas", organisationsOwnSchemas},
				{"StrictOrganisation", strictOrganisation},
				{"ALeaverComesBackByExternalID", aLeaverComesBackByExternalID},
				{"ALeaverComesBackByUserName", aLeaverComesBackByUserName},
				{"AMassChangeIsTold", aMassChangeIsTold},
				{"ActivityTellsWhatHappened", activityTellsWhatHappened},
				{"TheDoctorNamesTheCause", theDoctorNamesTheCause},
				{"NothingOfARehearsalRemains", nothingOfARehearsalRemains},
				{"ReachLooksFromOutside", reachLooksFromOutside},
			} {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					test.run(t, w)
				})
			}
		})
	}
}

// client returns a connection to an organisation of its own, with SCIM enabled a moment ago.
func (w *wiring) client(tb testing.TB) client {
	tb.Helper()
	platform := local.Platform{BaseURL: w.ready.APIBaseURL, Credential: w.ready.PlatformCredential}
	token, err := platform.Prepare(tb.Context(), harness.Unique("org"), "email", true)
	assert.NilError(tb, err)
	return newClient(w.ready.SCIMBaseURL, token)
}

// scimd returns the address of the SCIM service itself.
func (w *wiring) scimd() string {
	if w.stack.Stack != nil {
		return w.stack.Scimd.Addr()
	}
	return strings.TrimSuffix(strings.TrimPrefix(w.ready.SCIMBaseURL, "http://"), terms.SCIMPath)
}

func startAllInOne(t *testing.T) *wiring {
	t.Helper()
	return &wiring{ready: harness.RunAllInOne(t, "-rate", strconv.Itoa(rate)).Ready}
}

func startStack(t *testing.T) *wiring {
	t.Helper()
	stack := harness.StartStack(t, devstack.Config{Options: local.Options{Rate: rate}})
	return &wiring{ready: stack.Ready, stack: stack}
}

// startThree starts three scimds, of which each request gets to the next one.
func startThree(t *testing.T) *wiring {
	t.Helper()
	stack := harness.StartStack(t, devstack.Config{Scimds: 3})
	return &wiring{ready: stack.Ready, stack: stack}
}
