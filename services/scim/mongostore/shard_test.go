package mongostore

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"
)

// shardKeys are the fields by which docs/mongodb.md shards a collection. objection has every
// command of the tests of this package keep to them.
var shardKeys = map[string][]string{
	usersName:       {"org"},
	groupsName:      {"org"},
	membershipsName: {"org", "group"},
	activityName:    {"org", "_id"},
	movedName:       {"org"},
	recordsName:     {"org"},
	eventsName:      {"org"},
	undosName:       {"org"},
	undoItemsName:   {"org"},
	waitingName:     {"org", "group"},
	heldName:        {"org"},
}

// unsharded are the collections that docs/mongodb.md leaves on the database's primary shard.
var unsharded = []string{coercionsName, holdsName}

// unroutable says why a sharded cluster would refuse an update, which may be one of several of a
// command, or send it to every shard; "" if it would not. Its filter begins with the tenant; see
// selection.
func unroutable(collection string, update bson.Raw) string {
	key, filter := shardKeys[collection], update.Lookup("q").Document()
	names := func(field string) bool {
		value, err := filter.LookupErr(field)
		_, isDocument := value.DocumentOK() // of operators
		return err == nil && !isDocument
	}
	upsert, _ := update.Lookup("upsert").BooleanOK()
	many, _ := update.Lookup("multi").BooleanOK()
	whole := !slices.ContainsFunc(key, func(field string) bool { return !names(field) })
	switch {
	case upsert && !whole:
		return "an upsert that does not name the shard key"
	case !many && !whole && !names("_id"):
		return "a change of one document that names neither the shard key nor its _id"
	}
	change, replaces := update.Lookup("u").DocumentOK()
	if !replaces { // a pipeline
		return ""
	}
	if first, err := change.IndexErr(0); err != nil || !strings.HasPrefix(first.Key(), "$") {
		if org, ok := change.Lookup("org").StringValueOK(); !ok || org != filter.Lookup("org").StringValue() {
			return "a replacement in another tenant"
		}
		return ""
	}
	operators, _ := change.Elements()
	for _, operator := range operators {
		fields, _ := operator.Value().Document().Elements()
		for _, f := range fields {
			if operator.Key() != "$setOnInsert" && slices.Contains(key, f.Key()) {
				return "a change of the shard key"
			}
		}
	}
	return ""
}

func TestUnroutableChangesAreFound(t *testing.T) {
	t.Parallel()
	of := bson.D{is("org", "a"), is("_id", "a/g/u")}
	set := bson.D{is("$set", bson.D{is("in", true)})}
	for _, tt := range []struct {
		rule       string
		collection string
		update     bson.D
		refused    bool
	}{
		{"one document by its _id", membershipsName, bson.D{is("q", of), is("u", set)}, false},
		{"one document by the shard key", membershipsName, bson.D{is("q", bson.D{is("org", "a"), is("group", "g")}), is("u", set)}, false},
		{"one document by neither", membershipsName, bson.D{is("q", bson.D{is("org", "a"), is("user", "u")}), is("u", set)}, true},
		{"many documents of the tenant", membershipsName, bson.D{is("q", bson.D{is("org", "a"), is("user", "u")}), is("u", set), is("multi", true)}, false},
		{"an upsert without the shard key", membershipsName, bson.D{is("q", of), is("u", set), is("upsert", true)}, true},
		{"an upsert with it", usersName, bson.D{is("q", of), is("u", set), is("upsert", true)}, false},
		{"an upsert with an operator in its place", usersName, bson.D{is("q", bson.D{oneOf("org", []string{"a"})}), is("u", set), is("upsert", true)}, true},
		{"a change of the shard key", membershipsName, bson.D{is("q", of), is("u", bson.D{is("$set", bson.D{is("group", "h")})})}, true},
		{"a replacement", usersName, bson.D{is("q", of), is("u", of)}, false},
		{"a replacement in another tenant", usersName, bson.D{is("q", of), is("u", bson.D{is("_id", "a/g/u"), is("org", "b")})}, true},
	} {
		raw, err := bson.Marshal(tt.update)
		assert.NilError(t, err)
		if got := unroutable(tt.collection, raw); (got != "") != tt.refused {
			t.Errorf("%s: got %q", tt.rule, got)
		}
	}
}

// TestShardKeysFitTheIndexes: a unique index has to begin with the shard key, since each shard
// keeps to it alone, and a collection with documents is sharded by a key that an index begins with.
func TestShardKeysFitTheIndexes(t *testing.T) {
	t.Parallel()
	for collection, key := range shardKeys {
		supported := false
		for _, ix := range indexes() {
			if ix.collection != collection {
				continue
			}
			begins := len(ix.fields) >= len(key) && slices.Equal(ix.fields[:len(key)], key)
			supported = supported || begins && !ix.sparse
			if ix.unique != "" && !begins {
				t.Errorf("%s: the unique index %s begins with %q, and not with the shard key %q", collection, ix.name, ix.fields, key)
			}
		}
		if !supported {
			t.Errorf("%s: no index begins with the shard key %q", collection, key)
		}
	}
}

// TestTheDocumentedShardKeysAreThese: docs/mongodb.md has a line for each collection, with its key,
// or says that it is not sharded.
func TestTheDocumentedShardKeysAreThese(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/mongodb.md")
	assert.NilError(t, err)
	documented := map[string][]string{}
	for _, line := range regexp.MustCompile(`sh\.shardCollection\("devrev_scim\.(\w+)", \{(.*)\}\)`).FindAllStringSubmatch(string(text), -1) {
		for field := range strings.SplitSeq(line[2], ", ") {
			name, order, _ := strings.Cut(field, ": ")
			if order != "1" {
				t.Errorf("%s: the field %s", line[0], field)
			}
			documented[line[1]] = append(documented[line[1]], name)
		}
	}
	for collection, key := range shardKeys {
		if !slices.Equal(documented[collection], key) {
			t.Errorf("%s is documented as sharded by %q, want %q", collection, documented[collection], key)
		}
	}
	for _, collection := range append([]string{"audit", "organisations"}, unsharded...) {
		if !strings.Contains(string(text), "| `"+collection+"` |") || documented[collection] != nil {
			t.Errorf("it is not documented why %s is not sharded", collection)
		}
	}
	if len(documented) != len(shardKeys) {
		t.Errorf("%d collections are documented as sharded, want %d", len(documented), len(shardKeys))
	}
}
