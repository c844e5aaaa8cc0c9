package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

func TestSpansTellWhatWasDoneButNotWithWhat(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	tel, spans := telemetrytest.Start(t, io.Discard)
	users := mongotest.Database(t, options.Client().SetMonitor(newMonitor(tel))).Collection("users")
	ctx, parent := tel.Tracer().Start(t.Context(), "request")
	user := bson.D{{Key: "_id", Value: secret}}
	if _, err := users.InsertOne(ctx, user); err != nil {
		t.Fatal(err)
	}
	if _, err := users.InsertOne(ctx, user); !mongo.IsDuplicateKeyError(err) {
		t.Fatal(err)
	}
	assert.NilError(t, users.FindOne(ctx, user).Err())

	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
		if span.Parent().SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("%s is no child of the request", span.Name())
		}
		if span.Status().Code != codes.Unset {
			t.Errorf("%s has the status %v", span.Name(), span.Status())
		}
		attributes := attributesOf(span)
		if attributes["server.address"] == "" {
			t.Errorf("%s has no server.address", span.Name())
		}
		delete(attributes, "server.address")
		delete(attributes, "server.port") // a socket in the file system has none
		operation, collection, _ := strings.Cut(span.Name(), " ")
		want := map[string]string{
			"db.system.name": "mongodb", "db.operation.name": operation, "db.collection.name": collection, "db.namespace": users.Database().Name(),
		}
		if diff := cmp.Diff(want, attributes); diff != "" {
			t.Errorf("%s: -want +got:\n%s", span.Name(), diff)
		}
	}
	if diff := cmp.Diff([]string{"insert users", "insert users", "find users"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if all := fmt.Sprintf("%+v", tracetest.SpanStubsFromReadOnlySpans(spans.Ended())); strings.Contains(all, secret) {
		t.Error("a span tells a value")
	}
	page := telemetrytest.Scrape(t, tel)
	if !strings.Contains(page, `db_client_operation_duration_seconds_count{db_operation_name="insert",db_system_name="mongodb"} 2`) || strings.Contains(page, secret) || strings.Contains(page, "error_type") {
		t.Errorf("the metrics are:\n%s", page)
	}
}

// role is a server's refusal because of what it is in its replica set.
type role struct{ error }

func (role) NotPrimary() bool        { return true }
func (role) NodeIsRecovering() bool  { return false }
func (role) NamespaceNotFound() bool { return false }

func TestErrorsOfCommandsAreClassed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rule  string
		err   error
		class string
	}{
		{"the caller left", fmt.Errorf("write: %w", context.Canceled), "canceled"},
		{"the caller's time is up", context.DeadlineExceeded, "timeout"},
		{"the server's time is up", mongo.CommandError{Code: 50, Name: "MaxTimeMSExpired", Message: "s3cret"}, "timeout"},
		{"the connection broke", mongo.CommandError{Labels: []string{"NetworkError"}, Message: "s3cret"}, "network"},
		{"the server is no primary", role{errors.New("s3cret")}, "not_primary"},
		{"the server refuses", mongo.CommandError{Code: 2, Name: "BadValue", Message: "s3cret"}, "server"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			tel, spans := telemetrytest.Start(t, io.Discard)
			m := newMonitor(tel)
			command, err := bson.Marshal(bson.D{{Key: "getMore", Value: int64(7)}, {Key: "collection", Value: "users"}})
			assert.NilError(t, err)
			m.Started(t.Context(), &event.CommandStartedEvent{
				Command: command, CommandName: "getMore", DatabaseName: "scim", RequestID: 1, ConnectionID: "db.example.com:27018[-4]",
			})
			m.Failed(t.Context(), &event.CommandFailedEvent{Failure: row.err, CommandFinishedEvent: event.CommandFinishedEvent{
				CommandName: "getMore", DatabaseName: "scim", RequestID: 1, ConnectionID: "db.example.com:27018[-4]",
			}})
			span := spans.Ended()[0]
			want := map[string]string{
				"db.system.name": "mongodb", "db.operation.name": "getMore", "db.collection.name": "users", "db.namespace": "scim",
				"server.address": "db.example.com", "server.port": "27018", "error.type": row.class,
			}
			if diff := cmp.Diff(want, attributesOf(span)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if span.Name() != "getMore users" || span.Status().Code != codes.Error || span.Status().Description != "" {
				t.Errorf("the span %s has the status %+v", span.Name(), span.Status())
			}
			if page := telemetrytest.Scrape(t, tel); !strings.Contains(page, `error_type="`+row.class+`"`) {
				t.Errorf("the metrics are:\n%s", page)
			}
		})
	}
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]string {
	attributes := make(map[string]string)
	for _, a := range span.Attributes() {
		attributes[string(a.Key)] = a.Value.String()
	}
	return attributes
}
