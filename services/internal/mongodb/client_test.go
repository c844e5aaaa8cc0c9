package mongodb

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

func TestAnUnusableConnectionStringIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "http://db.example.com", "mongodb://user:pa:ss@word@db.example.com", "mongodb://user:S3CRET@db.example.com/?w=nobody&timeoutMS=x"} {
		_, err := Connect(uri, 1, nil, telemetry.Off())
		if err == nil || strings.Contains(err.Error(), "S3CRET") || strings.Contains(err.Error(), "ss@word") {
			t.Errorf("%s: got %v", uri, err)
		}
	}
}

// connect returns a client of the tests' server with a pool of its own.
func connect(t *testing.T, uri string, tel *telemetry.Telemetry) *mongo.Client {
	t.Helper()
	client, err := Connect(uri, 7, nil, tel)
	assert.NilError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := client.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	})
	return client
}

func TestThePoolIsOnTheMetricsPage(t *testing.T) {
	t.Parallel()
	tel, _ := telemetrytest.Start(t, io.Discard)
	client := connect(t, mongotest.URI(t), tel)
	assert.NilError(t, client.Ping(t.Context(), nil))
	wants := []string{
		`db_client_connection_count{db_system_name="mongodb",state="idle"} 1`,
		`db_client_connection_count{db_system_name="mongodb",state="used"} 0`,
		`db_client_connection_max{db_system_name="mongodb"} 7`,
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) { // a connection goes back after its answer was read
		page := telemetrytest.Scrape(t, tel)
		missing := ""
		for _, want := range wants {
			if !strings.Contains(page, want) {
				missing = want
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the page lacks %s:\n%s", missing, page)
		}
	}
}

func TestTheConnectionStringHasTheLastWord(t *testing.T) {
	t.Parallel()
	tel, _ := telemetrytest.Start(t, io.Discard)
	uri := mongotest.URI(t)
	separator := "/?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	assert.NilError(t, connect(t, uri+separator+"maxPoolSize=3", tel).Ping(t.Context(), nil))
	if page, want := telemetrytest.Scrape(t, tel), `db_client_connection_max{db_system_name="mongodb"} 3`; !strings.Contains(page, want) {
		t.Errorf("the page lacks %s", want)
	}
}
