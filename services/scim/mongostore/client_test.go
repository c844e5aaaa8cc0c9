package mongostore

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// connected returns a store at the address, whatever is there.
func connected(t *testing.T, address string) *Store {
	t.Helper()
	client, err := Connect("mongodb://"+address+"/?directConnection=true", nil)
	if err != nil {
		t.Fatal(err)
	}
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
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := connected(t, listener.Addr().String())
	start := time.Now()
	_, err = s.User(t.Context(), "org", "7")
	if took := time.Since(start); !errors.Is(err, directory.ErrUnavailable) || took > 2500*time.Millisecond {
		t.Errorf("got %v after %s, want %v within 2.5 s", err, took, directory.ErrUnavailable)
	}
}

func TestAnUnusableConnectionStringIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "http://db.example.com", "mongodb://user:pa:ss@word@db.example.com", "mongodb://user:S3CRET@db.example.com/?w=nobody&timeoutMS=x"} {
		_, err := Connect(uri, nil)
		if err == nil || strings.Contains(err.Error(), "S3CRET") || strings.Contains(err.Error(), "ss@word") {
			t.Errorf("%s: got %v", uri, err)
		}
	}
}
