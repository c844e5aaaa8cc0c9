package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// TestNoSecretIsKept plays the whole life of tokens on the production wiring, guesses, mistypes and
// failures included, and looks then for every part of every secret in everything that was stored,
// logged, measured or answered since.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	first := c.enable()
	secrets := []string{first.Token}
	push := func(token string) { c.push(0, token); c.push(1, token) }
	push(first.Token)
	harness.Eventually(t, "the use of the first token is known", func() bool {
		return strings.Contains(string(c.try("GET", c.org+"/scim/tokens", "", 200).Body), "lastUsedAt")
	})
	var rotated, second issued
	c.try("POST", c.org+"/scim/tokens/rotate", `{"current":"`+first.ID+`","name":"rotated"}`, 201).Into(t, &rotated)
	push(rotated.Token)
	c.try("POST", c.org+"/scim/tokens/"+first.ID+"/end", "", 200)
	push(first.Token) // a dead one
	c.try("POST", c.org+"/scim/tokens/"+first.ID+"/restore", "", 200)
	c.try("DELETE", c.org+"/scim/tokens/"+rotated.ID, "", 204)
	second = c.issue()
	secrets = append(secrets, rotated.Token, second.Token)
	for _, token := range secrets {
		push(token)
		push(token[:len(token)-1] + "x")                                                      // mistyped
		c.at(0, "").Try(t, "GET", "/Users?token="+token, nil)                                 // where it does not belong
		c.at(0, second.Token).Try(t, "GET", "/Users/"+token, nil)                             // nor here
		c.at(0, second.Token).Try(t, "GET", "/"+token, nil)                                   // nor here
		c.api().Try(t, "DELETE", c.org+"/scim/tokens/"+token, nil)                            // the token for its id
		c.api().Try(t, "POST", c.org+"/scim/tokens/rotate", `{"current":"`+token+`"}`)        // again
		harness.Client{Base: c.ready.APIBaseURL, Credential: token}.Try(t, "GET", c.org, nil) // at the other API
		c.at(0, second.Token).Try(t, "POST", "/Users", "{"+token)                             // in a body that is not JSON
		c.api().Try(t, "POST", c.org, token, "Authorization", "Bearer x")                     // again
		c.at(0, token).Try(t, "TRACE", "/Users", nil)                                         // with a method that is not supported
		c.at(0, token).Try(t, "GET", "/Users?filter="+token+"+eq+1", nil)                     // in a filter
	}
	var answers string
	for _, path := range []string{"/scim/tokens", "", "/activity"} {
		answers += string(c.try("GET", c.org+path, "", 200).Body)
	}
	c.follows(t)
	c.used(second)

	kept := map[string]string{
		"Redis": redisDump(t, c.primary.Addr()), "the replica": redisDump(t, c.replica.Addr()), "MongoDB": mongoDump(t, c.stack.Database()),
		"the answers": answers, "the log": c.stack.Log.Text(t), "tokend's metrics": harness.Metrics(t, c.stack.Tokend), "scimd's metrics": harness.Metrics(t, c.stack.Scimd),
		"the data folder": fileDump(t, c.data),
	}
	size := 0
	for where, text := range kept {
		size += len(text)
		if len(text) == 0 {
			t.Errorf("nothing was found in %s: it was not looked at", where)
		}
		for i, token := range secrets {
			secret := token[strings.LastIndex(token, "_")+1:]
			for at := range len(secret) - 12 {
				if strings.Contains(text, secret[at:at+12]) {
					t.Errorf("%s has a part of secret %d", where, i)
					break
				}
			}
		}
	}
	t.Logf("looked for parts of %d secrets in %d bytes", len(secrets), size)
}

// redisDump returns every key with all that it holds.
func redisDump(t *testing.T, addr string) string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = client.Close() }()
	var all strings.Builder
	for keys := client.Scan(t.Context(), 0, "*", 1000).Iterator(); keys.Next(t.Context()); {
		key := keys.Val()
		fmt.Fprintln(&all, key,
			client.Get(t.Context(), key).Val(), client.HGetAll(t.Context(), key).Val(),
			client.ZRangeWithScores(t.Context(), key, 0, -1).Val(), client.XRange(t.Context(), key, "-", "+").Val())
	}
	return all.String()
}

// mongoDump returns every document of the database.
func mongoDump(t *testing.T, database string) string {
	t.Helper()
	db := harness.MongoDB(t, mongotest.URI(t), database)
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	assert.NilError(t, err)
	var all strings.Builder
	for _, name := range names {
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
		assert.NilError(t, err)
		for cursor.Next(t.Context()) {
			fmt.Fprintln(&all, name, cursor.Current.String())
		}
	}
	return all.String()
}

// fileDump returns what is in the files of the folder.
func fileDump(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	assert.NilError(t, err)
	return all.String()
}
