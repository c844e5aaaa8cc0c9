package e2e

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// crashPoints is how often tokend is killed, each time at another message to its stores.
const crashPoints = 20

// TestKillLeavesNoActWithoutItsRecord has an administrator do everything that can be done to tokens, and kills tokend on the way: at twenty
// messages to its stores, half of which arrive and half do not. Then whatever is there, or was answered, must be in the audit, the audit
// must be whole, and tell of no more than was asked for.
func TestKillLeavesNoActWithoutItsRecord(t *testing.T) {
	d := newTokend(t)
	d.start(t)
	d.tap.arm(0, false, nil)
	whole := d.live(t)
	messages := d.tap.messages()
	if len(whole.answered) != len(whole.acts()) || messages < crashPoints {
		t.Fatalf("%d of %d acts were answered, with %d messages", len(whole.answered), len(whole.acts()), messages)
	}
	d.check(t, whole)
	records, within := 0, 0
	for point := 1; point <= crashPoints; point++ {
		at, arrives := messages*point/(crashPoints+1), point%2 == 0
		d.tap.arm(at, arrives, func() { _ = d.cmd.Process.Kill() })
		l := d.live(t)
		_ = d.cmd.Process.Kill() // if there were fewer messages this time
		_ = d.cmd.Wait()         // "signal: killed"
		d.tap.arm(0, false, nil)
		if l.asked != "" {
			within++
		}
		d.start(t)
		records += d.check(t, l)
		t.Logf("killed at message %d of %d (it arrived: %v), after %d acts of %d", at, messages, arrives, len(l.answered), len(l.acts()))
	}
	if within < crashPoints*3/4 {
		t.Errorf("only %d of %d kills came within an act", within, crashPoints)
	}
	t.Logf("%d records at %d points", records, crashPoints)
}

// tokendProcess is a tokend in a process of its own, behind a tap.
type tokendProcess struct {
	tap       *tap
	env       []string
	api, ops  string
	cmd       *exec.Cmd
	log       *os.File
	tokens    *redisstore.Store // past the tap
	platform  string
	strangers string // Authorization of an administrator of another organisation
}

func newTokend(t *testing.T) *tokendProcess {
	t.Helper()
	d := &tokendProcess{tap: &tap{}, platform: strings.Repeat("platform", 4), log: openLog(t)}
	redisURL := redistest.URL(t)
	options, err := redisstore.Options(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	d.tokens = redisstore.New(client)
	redisURL, mongoURI := d.tap.through(t, redisURL), d.tap.through(t, mongotest.URI(t))
	people, err := local.NewIssuer()
	if err != nil {
		t.Fatal(err)
	}
	keys := httptest.NewServer(people)
	t.Cleanup(keys.Close)
	stranger, err := people.AdminToken("another")
	if err != nil {
		t.Fatal(err)
	}
	d.strangers = "Bearer " + stranger
	for _, addr := range []*string{&d.api, &d.ops} {
		if *addr, err = devstack.FreeAddr(); err != nil {
			t.Fatal(err)
		}
	}
	d.env = append(os.Environ(),
		"DRAIN_DELAY=0s", "SCIM_BASE_URL=http://scim.example.com/scim/v2", "REDIS_URL="+redisURL, "MONGODB_URI="+mongoURI,
		fmt.Sprintf("MONGODB_DATABASE=e2e_%d", time.Now().UnixNano()), "TOKEN_PEPPERS=k1:"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, token.MinPepper)),
		"OIDC_ISSUER="+local.IssuerName, "OIDC_AUDIENCE="+local.Audience, "OIDC_JWKS_URL="+keys.URL,
		"PLATFORM_CREDENTIAL="+d.platform, "TOKEND_REDIS_REPLICAS=0", "TOKEND_ADDR="+d.api, "TOKEND_OPS_ADDR="+d.ops,
	)
	t.Cleanup(func() {
		if d.cmd != nil {
			_ = d.cmd.Process.Kill()
			_ = d.cmd.Wait()
		}
	})
	return d
}

// start starts tokend and waits until it is ready.
func (d *tokendProcess) start(t *testing.T) {
	t.Helper()
	d.cmd = exec.Command(program(t, "tokend"))
	d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = d.env, d.log, d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, status, err := d.call("", "GET", "http://"+d.ops+"/readyz", ""); err == nil && status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("tokend is not ready\n%s", logged(t, d.log))
		}
	}
}

func (d *tokendProcess) call(authorization, method, url, body string) (answer []byte, status int, err error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	answer, err = io.ReadAll(resp.Body)
	return answer, resp.StatusCode, errors.Join(err, resp.Body.Close())
}
