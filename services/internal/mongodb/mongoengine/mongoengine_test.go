package mongoengine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
)

func TestDataOutliveAnOrderlyStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "created", "when absent")
	uri, stop := start(t.Context(), t, dir)
	if _, err := documents(t, uri).InsertOne(t.Context(), bson.D{{Key: "_id", Value: "kept"}}); err != nil {
		t.Fatal(err)
	}
	assert.NilError(t, stop())

	uri, _ = start(t.Context(), t, dir)
	assert.NilError(t, documents(t, uri).FindOne(t.Context(), bson.D{{Key: "_id", Value: "kept"}}).Err())
}

func TestOneDirectoryHasOneEngine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t.Context(), t, dir)
	_, _, err := mongoengine.Start(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("second engine on one directory: got %v, want an error naming %s", err, dir)
	}
}

func TestEngineEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	uri, stop := start(ctx, t, "")
	cancel()
	waitUntilGone(t, uri)
	if err := stop(); err != nil {
		t.Errorf("stop after the end: %v", err)
	}
}

func TestEngineEndsWithAnOwnerThatIsKilled(t *testing.T) {
	t.Parallel()
	start(t.Context(), t, "") // skips where the owner would find nothing to start
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), asOwner+"=1")
	stdout, err := owner.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, owner.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	assert.NilError(t, err)
	uri := strings.TrimSpace(line)
	if !listens(t, uri) {
		t.Fatalf("nobody listens at %s", uri)
	}

	assert.NilError(t, owner.Process.Kill())
	waitUntilGone(t, uri)
	_ = owner.Wait() // killed, which is an error to Wait
}

func TestMongodOnPathIsPreferred(t *testing.T) {
	putMongodOnPath(t, `
while [[ $1 != --dbpath ]]; do shift; done
echo "$$ $*" >"$2/started"
echo '{"c":"NETWORK","msg":"Waiting for connections"}'
exec sleep 600`)
	dir := t.TempDir()
	uri, stop, err := mongoengine.Start(t.Context(), dir)
	assert.NilError(t, err)
	started, err := os.ReadFile(filepath.Join(dir, "started"))
	assert.NilError(t, err)
	var pid, port int
	if _, err := fmt.Sscanf(string(started), "%d --dbpath "+dir+" --bind_ip 127.0.0.1 --port %d", &pid, &port); err != nil {
		t.Fatalf("mongod was started with %q: %v", started, err)
	}
	if want := "mongodb://127.0.0.1:" + strconv.Itoa(port) + "/?directConnection=true"; uri != want {
		t.Errorf("uri is %s, want %s", uri, want)
	}

	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("mongod is still there after stop: %v", err)
	}
}

func TestMongodThatDoesNotStartSaysWhy(t *testing.T) {
	putMongodOnPath(t, `echo "no space left on the device"; exit 100`)
	_, _, err := mongoengine.Start(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "no space left on the device") {
		t.Errorf("got %v, want what mongod wrote last", err)
	}
}

func TestOutsideTheProjectThereIsNothingToStart(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, err := mongoengine.Start(t.Context(), ""); !errors.Is(err, mongoengine.ErrNotSetUp) {
		t.Errorf("got %v, want ErrNotSetUp", err)
	}
}

func TestStartFetchesNothing(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := exec.LookPath("mongod"); err == nil {
		t.Skip("a mongod is on PATH: nothing would have to be fetched")
	}
	if _, _, err := mongoengine.Start(t.Context(), ""); !errors.Is(err, mongoengine.ErrNotSetUp) {
		t.Errorf("with an empty cache: got %v, want ErrNotSetUp", err)
	}
}

// asOwner in the environment makes this test binary own an engine, for a test to kill.
const asOwner = "MONGOENGINE_TEST_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(asOwner) != "" {
		ownUntilKilled()
	}
	os.Exit(m.Run())
}

func ownUntilKilled() {
	uri, stop, err := mongoengine.Start(context.Background(), "")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(uri)
	time.Sleep(time.Minute)
	_ = stop()
	os.Exit(1)
}

// start is mongoengine.Start on a machine that is expected to have an engine.
func start(ctx context.Context, t *testing.T, dataDir string) (uri string, stop func() error) {
	t.Helper()
	if os.Getenv("TEST_MONGODB_URI") != "" {
		t.Skip("TEST_MONGODB_URI names the MongoDB of this run: no engine need be set up")
	}
	uri, stop, err := mongoengine.Start(ctx, dataDir)
	if errors.Is(err, mongoengine.ErrNotSetUp) && os.Getenv("REQUIRE_BACKENDS") != "1" {
		t.Skip(err)
	}
	assert.NilError(t, err)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return uri, stop
}

func documents(t *testing.T, uri string) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	assert.NilError(t, err)
	t.Cleanup(func() {
		if err := client.Disconnect(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return client.Database("engine").Collection("documents")
}

func listens(t *testing.T, uri string) bool {
	t.Helper()
	address, network := options.Client().ApplyURI(uri).Hosts[0], "tcp"
	if filepath.IsAbs(address) {
		network = "unix"
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), network, address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func waitUntilGone(t *testing.T, uri string) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for listens(t, uri) {
		if time.Now().After(deadline) {
			t.Fatalf("somebody still listens at %s", uri)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// putMongodOnPath makes a bash script the mongod of this test.
func putMongodOnPath(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(bin, "mongod"), []byte("#!/usr/bin/env bash\n"+script+"\n"), 0o755))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}
