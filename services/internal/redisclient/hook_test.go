package redisclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/redisclient"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// refusal is an error as Redis sends one.
type refusal string

func (e refusal) Error() string { return string(e) }
func (refusal) RedisError()     {}

func TestCommandsAreNamedAndErrorsClassed(t *testing.T) {
	for _, row := range []struct {
		rule  string
		err   error
		class string
	}{
		{"success is no error", nil, ""},
		{"an absent key is no error", redis.Nil, ""},
		{"a script to be sent is no error", refusal("NOSCRIPT No matching script."), ""},
		{"a replica refuses writes", refusal("READONLY You can't write against a read only replica."), "readonly"},
		{"a primary without replicas refuses writes", refusal("NOREPLICAS Not enough good replicas"), "noreplicas"},
		{"an ACL refuses", refusal("NOPERM this user has no permissions"), "noperm"},
		{"words of a script are not classes", refusal("S3CRET something"), "server"},
		{"the caller left", fmt.Errorf("read: %w", context.Canceled), "canceled"},
		{"the caller's time is up", context.DeadlineExceeded, "timeout"},
		{"the socket's time is up", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "timeout"},
		{"no connection is free", redis.ErrPoolTimeout, "pool_timeout"},
		{"the client is closed", redis.ErrClosed, "closed"},
		{"the peer left", io.EOF, "connection"},
		{"an error of the wire", errors.New("S3CRET"), "connection"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			tel, spans := telemetrytest.Start(t, io.Discard)
			process := redisclient.New(tel, "redis.example.com:6380").ProcessHook(func(context.Context, redis.Cmder) error { return row.err })
			cmd := redis.NewCmd(t.Context(), "evalsha", "S3CRET-script", 1, "scim:{tag}:t:S3CRET", "S3CRET-hash")
			if err := process(t.Context(), cmd); !errors.Is(err, row.err) {
				t.Errorf("the hook turned %v into %v", row.err, err)
			}

			want := map[string]string{
				"db.system.name": "redis", "db.operation.name": "EVALSHA",
				"server.address": "redis.example.com", "server.port": "6380",
			}
			status, label := "Unset", ""
			if row.class != "" {
				want["error.type"], status, label = row.class, "Error", `,error_type="`+row.class+`"`
			}
			got := map[string]string{}
			span := spans.Ended()[0]
			for _, attr := range span.Attributes() {
				got[string(attr.Key)] = attr.Value.String()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if span.Name() != "EVALSHA" || span.Status().Code.String() != status || span.Status().Description != "" || len(span.Events()) > 0 {
				t.Errorf("span %q, status %+v, events %v", span.Name(), span.Status(), span.Events())
			}
			page := telemetrytest.Scrape(t, tel)
			if want := `db_client_operation_duration_seconds_count{db_operation_name="EVALSHA",db_system_name="redis"` + label + `} 1`; !strings.Contains(page, want) {
				t.Errorf("the metrics lack %s", want)
			}
		})
	}
}

func TestPipelineFailsWithAnyOfItsCommands(t *testing.T) {
	tel, spans := telemetrytest.Start(t, io.Discard)
	absent, refused := redis.NewCmd(t.Context(), "get", "a"), redis.NewCmd(t.Context(), "set", "b", "c")
	absent.SetErr(redis.Nil)
	refused.SetErr(refusal("OOM command not allowed"))
	pipeline := redisclient.New(tel, "").ProcessPipelineHook(func(context.Context, []redis.Cmder) error { return redis.Nil })
	if err := pipeline(t.Context(), []redis.Cmder{absent, refused}); !errors.Is(err, redis.Nil) {
		t.Errorf("the hook changed the error to %v", err)
	}
	got := map[string]string{"name": spans.Ended()[0].Name()}
	for _, attr := range spans.Ended()[0].Attributes() {
		got[string(attr.Key)] = attr.Value.String()
	}
	want := map[string]string{
		"name": "PIPELINE", "db.system.name": "redis", "db.operation.name": "PIPELINE", "db.operation.batch.size": "2", "error.type": "oom",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("span (-want +got):\n%s", diff)
	}
}

func TestHookServesARealClient(t *testing.T) {
	tel, spans := telemetrytest.Start(t, io.Discard)
	client := redis.NewClient(&redis.Options{
		Addr: "redis.example.com:6379", MaxRetries: -1, DialerRetries: 1,
		Dialer: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") },
	})
	defer func() { _ = client.Close() }()
	redisclient.Observe(client, tel)
	if err := client.HSet(t.Context(), "scim:{tag}:t:S3CRET", "h", "S3CRET").Err(); err == nil {
		t.Fatal("a client without a server succeeded")
	}
	if n := len(spans.Ended()); n != 1 || spans.Ended()[0].Name() != "HSET" {
		t.Errorf("%d spans, want one named HSET", n)
	}
}

func TestThePoolIsOnTheMetricsPage(t *testing.T) {
	tel, _ := telemetrytest.Start(t, io.Discard)
	options, err := redis.ParseURL(redistest.URL(t))
	assert.NilError(t, err)
	options.PoolSize = 7
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	redisclient.Observe(client, tel)
	assert.NilError(t, client.Ping(t.Context()).Err())
	page := telemetrytest.Scrape(t, tel)
	for _, want := range []string{
		`db_client_connection_count{db_system_name="redis",state="idle"} 1`,
		`db_client_connection_count{db_system_name="redis",state="used"} 0`,
		`db_client_connection_max{db_system_name="redis"} 7`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
}
