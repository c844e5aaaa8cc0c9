package e2e

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/issuer"
)

// crashPoints is how often tokend is killed, each time at another message to its stores.
const crashPoints = 20

// TestKillLeavesNoActWithoutItsRecord has an administrator do everything that can be done to
// tokens, and kills tokend on the way: at twenty messages to its stores, half of which arrive and
// half do not. Then whatever is there, or was answered, must be in the audit, the audit must be
// whole, and tell of no more than was asked for.
func TestKillLeavesNoActWithoutItsRecord(t *testing.T) {
	t.Parallel() // on services of its own
	d := newTokend(t)
	d.Restart(t)
	d.tap.arm(0, dropped, nil)
	whole := d.live(t)
	messages := d.tap.messages()
	if len(whole.answered) != len(whole.acts()) || messages < crashPoints {
		t.Fatalf("%d of %d acts were answered, with %d messages", len(whole.answered), len(whole.acts()), messages)
	}
	d.check(t, whole)
	records, within := 0, 0
	for point := 1; point <= crashPoints; point++ {
		at, f := messages*point/(crashPoints+1), []fate{delivered, dropped}[point%2]
		d.tap.arm(at, f, d.Kill)
		l := d.live(t)
		d.Kill() // if there were fewer messages this time
		d.tap.arm(0, dropped, nil)
		if l.asked != "" {
			within++
		}
		d.Restart(t)
		records += d.check(t, l)
		t.Logf("killed at message %d of %d (%s), after %d acts of %d", at, messages, f, len(l.answered), len(l.acts()))
	}
	if within < crashPoints*3/4 {
		t.Errorf("only %d of %d kills came within an act", within, crashPoints)
	}
	t.Logf("%d records at %d points", records, crashPoints)
}

// tokendProcess is a tokend in a process of its own, behind a tap.
type tokendProcess struct {
	*harness.Program
	tap       *tap
	tokens    *redisstore.Store // past the tap
	platform  string
	strangers string // credential of an administrator of another organisation
}

func newTokend(t *testing.T) *tokendProcess {
	t.Helper()
	d := &tokendProcess{tap: &tap{}, platform: strings.Repeat("platform", 4)}
	redisURL := redistest.URL(t)
	d.tokens = redisstore.New(harness.Redis(t, redisURL))
	people, err := issuer.New(issuer.Config{Address: "http://issuer.localhost"})
	assert.NilError(t, err)
	keys := httptest.NewServer(people)
	t.Cleanup(keys.Close)
	if d.strangers, err = people.AdminToken("another"); err != nil {
		t.Fatal(err)
	}
	database := fmt.Sprintf("e2e_%d", time.Now().UnixNano())
	harness.OneEnvironment(t, redisURL, mongotest.URI(t), database)
	d.Program = harness.NewProgram(t, "tokend", map[string]string{
		"REDIS_URL": d.tap.through(t, redisURL), "TOKEND_REDIS_REPLICAS": "0",
		"MONGODB_URI": d.tap.through(t, mongotest.URI(t)), "MONGODB_DATABASE": database,
		"OIDC_ISSUER": people.Name(), "OIDC_AUDIENCE": issuer.Audience, "OIDC_JWKS_URL": keys.URL + issuer.Path + "/jwks",
		"PLATFORM_CREDENTIAL": d.platform,
	})
	return d
}

// as returns a client of the API.
func (d *tokendProcess) as(credential string) harness.Client {
	return harness.Client{Base: "http://" + d.Addr(), Credential: credential, MediaType: harness.JSON}
}
