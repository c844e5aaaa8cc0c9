package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

func TestVerifierACL(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	issuer := redisstore.New(dialAs(t, server, "tokend", redisstore.IssuerACL))
	i := issue(t, issuer)
	client := dialAs(t, server, "scimd", redisstore.VerifierACL)
	s := redisstore.New(client)

	v := token.NewVerifier(s, i.keyring, nil)
	if _, err := v.Verify(t.Context(), "Bearer "+i.token.Reveal()); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if err := s.RecordUsage(t.Context(), i.organisation.Tag, map[string]token.Usage{i.record.ID: tokentest.Used(time.Now())}); err != nil {
		t.Errorf("RecordUsage: %v", err)
	}
	if o, err := s.Organisation(t.Context(), i.organisation.ID); err != nil || o.Tag != i.organisation.Tag {
		t.Errorf("Organisation: %+v, %v", o, err)
	}
	if list, err := s.List(t.Context(), i.organisation.ID); err != nil || len(list) != 1 || list[0].LastUsedAt.IsZero() {
		t.Errorf("List: %+v, %v", list, err)
	}
	if _, ok, err := s.Allow(t.Context(), i.organisation.Tag, ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); ok || !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("Allow brings its script: %t, %v", ok, err)
	}
	assert.NilError(t, issuer.Beat(t.Context()))
	if _, ok, err := s.Allow(t.Context(), i.organisation.Tag, ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); !ok || err != nil {
		t.Errorf("Allow: %t, %v", ok, err)
	}
	if n, err := s.CountLeft(t.Context(), i.organisation.Tag, "people", 3, time.Hour, time.Now()); n != 3 || err != nil {
		t.Errorf("CountLeft: %d, %v", n, err)
	}
	beat(t, server)
	ctx, cancel := context.WithCancel(t.Context())
	if err := redisstore.NewFeed(client).Follow(ctx, func(token.Event) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v", err)
	}

	prefix := "scim:{" + i.organisation.Tag + "}:"
	record, organisation, usage := prefix+"t:"+i.record.ID, prefix+"o", prefix+"u"
	for _, command := range [][]any{
		{"HSET", record, "rev", "0"},
		{"HSET", prefix + "t:anotherToken", "org", i.organisation.ID},
		{"HDEL", record, "rev"},
		{"DEL", record},
		{"PEXPIRE", record, "1"},
		{"RENAME", usage, record},
		{"HINCRBY", record, "gen", "1"},
		{"HINCRBY", organisation, "gen", "1"},
		{"DEL", usage},
		{"DEL", prefix + "n:" + i.record.ID + ":20261128"},
		{"COPY", usage, record},
		{"HSET", organisation, "on", "1"},
		{"DEL", organisation},
		{"ZADD", record, "1", "x"},
		{"ZADD", organisation, "1", "x"},
		{"PEXPIRE", organisation, "1"},
		{"HSET", prefix + "ids", "other", "1"},
		{"DEL", prefix + "ids"},
		{"GET", prefix + "i:request"},
		{"SET", "scim:org:" + i.organisation.ID, "another"},
		{"EVAL", "return redis.call('HSET', KEYS[1], 'rev', '0')", "1", usage},
		{"SCRIPT", "LOAD", "return 1"},
		{"SET", record, "x"},
		{"XADD", "scim:rev", "*", "tag", "", "tid", ""},
		{"XTRIM", "scim:rev", "MAXLEN", "0"},
		{"DEL", "scim:rev"},
		{"KEYS", "*"},
		{"SCAN", "0"},
		{"MONITOR"},
		{"CONFIG", "GET", "*"},
		{"ACL", "LIST"},
		{"FLUSHALL"},
	} {
		wantNoPermission(t, client, command...)
	}

	// A script may do only what its caller may do.
	for command, script := range map[string]string{"HSET": "return redis.call('HSET', ARGV[1], 'rev', '0')", "SET": "return redis.call('SET', ARGV[1], '')"} {
		known, err := dial(t, server.URL()).ScriptLoad(t.Context(), script).Result()
		assert.NilError(t, err)
		if err := client.EvalSha(t.Context(), known, nil, record).Err(); err == nil || !strings.Contains(err.Error(), "can't") {
			t.Errorf("a script that does %s: error %v", command, err)
		}
	}
}

func TestIssuerACL(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := dialAs(t, server, "tokend", redisstore.IssuerACL)
	tokentest.RunStore(t, func(*testing.T) token.Store { return announcing(client, 0) })
	if err := redisstore.New(client).Beat(t.Context()); err != nil {
		t.Errorf("Beat: %v", err)
	}
	if _, err := redisstore.New(client).ReplicationID(t.Context()); err != nil {
		t.Errorf("ReplicationID: %v", err)
	}
	for _, command := range [][]any{{"SET", "another:service", "x"}, {"FLUSHALL"}, {"KEYS", "*"}, {"CONFIG", "GET", "*"}, {"ACL", "LIST"}} {
		wantNoPermission(t, client, command...)
	}
}

// The settings in the operators' documentation are those that were tested.
func TestOperationsTellTheRules(t *testing.T) {
	t.Parallel()
	for page, form := range map[string]string{"operations": "ACL SETUSER %s on >PASSWORD %s", "by-hand": "user %s on >$(cat redis-password) %s"} {
		text, err := os.ReadFile("../../../docs/" + page + ".md")
		assert.NilError(t, err)
		told := strings.Join(strings.Fields(string(text)), " ")
		for user, rules := range map[string]string{"tokend": redisstore.IssuerACL, "scimd": redisstore.VerifierACL} {
			if want := fmt.Sprintf(form, user, rules); !strings.Contains(told, want) {
				t.Errorf("docs/%s.md has no %s", page, want)
			}
		}
	}
}

// dialAs makes a user of these rules and returns a client of its.
func dialAs(t *testing.T, server *redistest.Server, user, rules string) *redis.Client {
	t.Helper()
	const password = "not-a-secret"
	admin := dial(t, server.URL())
	assert.NilError(t, admin.ACLSetUser(t.Context(), user, append([]string{"reset", "on", ">" + password}, strings.Fields(rules)...)...).Err())
	return dial(t, "redis://"+user+":"+password+"@"+server.Addr())
}

func wantNoPermission(t *testing.T, client *redis.Client, command ...any) {
	t.Helper()
	if err := client.Do(t.Context(), command...).Err(); !redis.HasErrorPrefix(err, "NOPERM") {
		t.Errorf("%v: error %v, want NOPERM", command, err)
	}
}
