package mongostore

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// watched returns options by which every command of a client is examined: the test fails for one
// that touches documents without naming the tenant first and an index, that has an operator which
// this package does not know, or that a sharded cluster would not take.
func watched(tb testing.TB) *options.ClientOptions {
	tb.Helper()
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if wrong := objection(e.CommandName, e.Command); wrong != "" {
			tb.Errorf("%s: %s", wrong, e.Command)
		}
	}})
}

// objection says what is wrong with a command, "" if nothing is.
func objection(name string, command bson.Raw) string {
	switch name {
	case "createIndexes", "listIndexes", "dropDatabase", "getMore", "killCursors":
		return ""
	case "insert":
		return firstObjection(parts(command, "documents"), func(document bson.Raw) string {
			if tenant, ok := document.Lookup("org").StringValueOK(); !ok || tenant == "" {
				return "a document without a tenant"
			}
			return ""
		})
	case "find":
		return selection(command, "filter")
	case "update":
		collection := command.Lookup("update").StringValue()
		return firstObjection(parts(command, "updates"), func(part bson.Raw) string {
			return cmp.Or(selection(part, "q"), unroutable(collection, part))
		})
	case "delete":
		return firstObjection(parts(command, "deletes"), func(part bson.Raw) string { return selection(part, "q") })
	case "aggregate":
		match := bson.Raw(command.Lookup("pipeline").Array()).Index(0).Value().Document()
		raw, _ := bson.Marshal(bson.D{is("hint", command.Lookup("hint")), is("filter", match.Lookup("$match"))})
		if wrong := selection(raw, "filter"); wrong != "" {
			return wrong
		}
		return operators(bson.Raw(command.Lookup("pipeline").Array()))
	default:
		return "an unknown command"
	}
}

// selection examines the filter of a command and its hint.
func selection(command bson.Raw, filter string) string {
	f := command.Lookup(filter).Document()
	elements, err := f.Elements()
	if err != nil || len(elements) == 0 {
		return "no filter"
	}
	repair := f.String() == `{"unfinished": {"$exists": true}}` || f.String() == `{"untold": {"$exists": true}}` || f.String() == `{"open": {"$exists": true}}` ||
		f.String() == `{"awaited": {"$exists": true}}` // asks for all tenants
	if tenant, ok := elements[0].Value().StringValueOK(); !repair && (!ok || elements[0].Key() != "org" || tenant == "") {
		return "the filter does not begin with the tenant"
	}
	seen := make(map[string]bool)
	for _, e := range elements {
		if seen[e.Key()] {
			return "two conditions on " + e.Key()
		}
		seen[e.Key()] = true
	}
	if index, ok := command.Lookup("hint").StringValueOK(); !ok || index == "" {
		return "no index"
	}
	return operators(f)
}

// known are the operators that may be sent, wherever they stand.
var known = strings.Fields("$and $or $nor $eq $ne $gt $gte $lt $lte $in $exists $regex $elemMatch " + // filters
	"$match $set $project $sort $skip $limit $group $sum " + // stages
	"$let $cond $filter $first $ifNull $isArray $last $size $concat $concatArrays $lookup $map $project $push $slice") // expressions

func operators(document bson.Raw) string {
	elements, _ := document.Elements()
	return firstObjection(elements, func(e bson.RawElement) string {
		if strings.HasPrefix(e.Key(), "$") && !strings.Contains(" "+strings.Join(known, " ")+" ", " "+e.Key()+" ") {
			return fmt.Sprintf("the operator %s", e.Key())
		}
		if e.Key() == "$literal" {
			return ""
		}
		if sub, ok := e.Value().DocumentOK(); ok {
			return operators(sub)
		}
		if list, ok := e.Value().ArrayOK(); ok {
			return operators(bson.Raw(list))
		}
		return ""
	})
}

func parts(command bson.Raw, name string) []bson.Raw {
	values, _ := command.Lookup(name).Array().Values()
	documents := make([]bson.Raw, len(values))
	for i, v := range values {
		documents[i] = v.Document()
	}
	return documents
}

func firstObjection[T any](list []T, objection func(T) string) string {
	for _, v := range list {
		if wrong := objection(v); wrong != "" {
			return wrong
		}
	}
	return ""
}

// Whatever its users are like, a page is read at once: with the number before it, and without what
// each of them would need.
func TestAPageIsReadAtOnce(t *testing.T) {
	t.Parallel()
	var commands recorder
	s := newStore(t, commands.option())
	for i := range 40 {
		assert.NilError(t, s.CreateUser(t.Context(), "one", directorytest.NewUser(fmt.Sprintf("user%02d@example.com", i))))
	}
	users := directory.NewUsers(s, time.Now)
	for _, rule := range []string{"the first list counts", "a page of 40 is one command, beside that of the number"} {
		commands.take()
		page, err := users.List(t.Context(), directory.Organisation{Tenant: "one"}, directory.Query{Limit: 101})
		if err != nil || len(page.Items) != 40 || page.Total != 40 || page.Cut {
			t.Fatalf("%s: %d of %d users, cut %t (%v)", rule, len(page.Items), page.Total, page.Cut, err)
		}
	}
	if sent := commands.take(); len(sent) != 2 {
		t.Errorf("a page took %d commands, want 2: %v", len(sent), sent)
	}
}
