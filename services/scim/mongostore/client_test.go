package mongostore

import (
	"errors"
	"net"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/scim/directory"
)

// connected returns a store at the address, whatever is there.
func connected(t *testing.T, address string) *Store {
	t.Helper()
	client, err := mongodb.Connect("mongodb://"+address+"/?directConnection=true", 1, nil, telemetry.Off())
	assert.NilError(t, err)
	t.Cleanup(func() {
		if err := client.Disconnect(t.Context()); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Error(err)
		}
	})
	return New(client.Database("scim"))
}

func TestAServerThatHangsIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections and says nothing
	assert.NilError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := connected(t, listener.Addr().String())
	start := time.Now()
	_, err = s.User(t.Context(), "org", "7")
	redistest.Bound(t, "a server that says nothing is given up", time.Since(start), 2500*time.Millisecond)
	if !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, directory.ErrUnavailable)
	}
}
