package tokenserver_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/tokenserver"
)

// heartbeat is a token store that can become another one, or be away.
type heartbeat struct {
	beats         atomic.Int32
	replicationID atomic.Pointer[string]
}

func (p *heartbeat) become(name string) { p.replicationID.Store(&name) }

func (p *heartbeat) Beat(context.Context) error { p.beats.Add(1); return nil }

func (p *heartbeat) ReplicationID(context.Context) (string, error) {
	if name := *p.replicationID.Load(); name != "" {
		return name, nil
	}
	return "", errors.New("it is away")
}

func TestHeartbeat(t *testing.T) {
	keyring := newKeyring(t)
	admins := platformAlone(t)
	file := open(t)
	synctest.Test(t, func(t *testing.T) {
		tel, _ := telemetrytest.Start(t, t.Output())
		counted, p := &counting{Store: file.Organisations()}, &heartbeat{}
		p.become("first")
		server, err := tokenserver.New(baseURL, tokenserver.Deps{
			Tokens: file.Tokens(), Organisations: counted, Keyring: keyring, Access: admins, Telemetry: tel, Heartbeat: p,
		})
		assert.NilError(t, err)
		run(t, server)
		for _, tt := range []struct {
			rule       string
			becomes    string
			reconciled int32
		}{
			{"it reconciles at the start", "first", 1},
			{"the same store is not a reason to", "first", 1},
			{"another one is", "second", 2},
			{"nor is one that is away", "", 2},
			{"nor is that it comes back as it was", "second", 2},
			{"but that it comes back as another one", "third", 3},
		} {
			p.become(tt.becomes)
			time.Sleep(time.Second)
			synctest.Wait()
			if got := counted.revocations.Load(); got != tt.reconciled {
				t.Errorf("%s: reconciled %d times, want %d", tt.rule, got, tt.reconciled)
			}
		}
		if beats := p.beats.Load(); beats < 6 || beats > 8 {
			t.Errorf("%d heartbeats in 6 s, want one a second", beats)
		}
		if page := telemetrytest.Scrape(t, tel); !strings.Contains(page, `scim_token_events_total{kind="replid_changed"} 2`) {
			t.Error("the two failovers are not counted")
		}
	})
}

// TestARevocationThatNoReplicaHasIsNotAcknowledged: it is 503 with Retry-After, again and again,
// until a replica has it; and counted.
func TestARevocationThatNoReplicaHasIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	link := redistest.NewLink(t, primary.Addr())
	host, port, _ := net.SplitHostPort(link.Addr())
	redistest.Start(t, "--replicaof", host+" "+port)
	client := harness.Redis(t, primary.URL())
	organisations := orgstore.New(mongotest.Database(t))
	assert.NilError(t, organisations.Prepare(t.Context()))
	tel, _ := telemetrytest.Start(t, t.Output())
	server, err := tokenserver.New(baseURL, tokenserver.Deps{
		Tokens: redisstore.NewAnnouncing(client, 1), Organisations: organisations, Keyring: newKeyring(t), Access: accesstest.New(t).Verifier(t), Telemetry: tel,
	})
	assert.NilError(t, err)
	h := server.Handler()
	for deadline := time.Now().Add(2 * time.Minute); client.Do(t.Context(), "WAIT", 1, 100).Val() != int64(1); {
		if client.Set(t.Context(), "in sync", "yes", 0); time.Now().After(deadline) {
			t.Fatal("the replica does not follow")
		}
	}
	platform(t, h, "PUT", "", `{"sso":{"enabled":true}}`, 201, nil)
	var enabled struct{ Token issued }
	platform(t, h, "POST", "/scim/enable", "", 201, &enabled)

	link.Cut()
	for range 3 {
		platform(t, h, "DELETE", "/scim/tokens/"+enabled.Token.ID, "", http.StatusServiceUnavailable, nil)
	}
	if page := telemetrytest.Scrape(t, tel); !strings.Contains(page, `scim_token_events_total{kind="revocation_not_durable"}`) {
		t.Error("that no replica has the revocation is not counted")
	}
	link.Heal()
	for deadline := time.Now().Add(2 * time.Minute); client.Do(t.Context(), "WAIT", 1, 100).Val() != int64(1); {
		if time.Now().After(deadline) {
			t.Fatal("the replica does not come back")
		}
	}
	platform(t, h, "DELETE", "/scim/tokens/"+enabled.Token.ID, "", http.StatusNoContent, nil)
}
