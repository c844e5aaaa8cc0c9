package redisstore

import (
	"strconv"
	"time"

	"github.com/devrev/scim/libs/token"
)

const (
	day = 24 * time.Hour

	// usageTTL is how long the first and last uses of a token are known after the organisation's
	// last use of any.
	usageTTL = 400 * day
	// changeTTL is how long the mark of a change is kept, which is done with once WAIT has
	// answered.
	changeTTL = time.Minute
	// countsTTL is how long the hours of a day are known after the last count: its last hour for
	// token.UsageMemory.
	countsTTL = token.UsageMemory + day
)

// keys names the keys of the organisation with this tag.
type keys struct{ prefix string }

func keysOf(tag string) keys { return keys{prefix: "scim:{" + tag + "}:"} }

func (k keys) record(id string) string { return k.prefix + "t:" + id }
func (k keys) organisation() string    { return k.prefix + "o" }
func (k keys) ids() string             { return k.prefix + "ids" }
func (k keys) usage() string           { return k.prefix + "u" }
func (k keys) request(r string) string { return k.prefix + "i:" + r }
func (k keys) rate() string            { return k.prefix + "rl" }
func (k keys) places() string          { return k.prefix + "w" }
func (k keys) change() string          { return k.prefix + "c" }

// left returns the key of the counts of an hour, since 1970, of those who left something.
func (k keys) left(of string, hour int64) string {
	return k.prefix + "g:" + of + ":" + strconv.FormatInt(hour, 10)
}

// counts returns the key of a token's counts of the day of t, in UTC.
func (k keys) counts(id string, t time.Time) string {
	return k.prefix + "n:" + id + ":" + t.UTC().Format("20060102")
}

// countDays returns the start of each day whose counts List returns: those within token.UsageMemory
// before now, and one for clocks that are ahead.
func countDays(now time.Time) []time.Time {
	var days []time.Time
	for at := now.Add(-token.UsageMemory); !at.After(now.Add(day)); at = at.Add(day) {
		days = append(days, at.UTC().Truncate(day))
	}
	return days
}

// tagKey names the key that leads from an organisation's id to its tag. It is in a slot of its own.
func tagKey(org string) string { return "scim:org:" + org }

// The rules of the two Redis users (ACL SETUSER), the least that each of them can do its work with.
const (
	// IssuerACL is for the service that issues and revokes: every method of Store and of
	// Announcing.
	IssuerACL = "~scim:* +@all -@dangerous +info"

	// VerifierACL is for a service that only verifies: Lookup, Organisation, List, RecordUsage,
	// Allow, PutPlace, Place, CountLeft and Feed. It can read records, copies and the feed and
	// change none; it writes usage, request rates, the ends of pages of lists and counts of who
	// left. It runs the scripts that the issuer loaded into the server (see Beat), which can do no
	// more than these rules, and loads none of its own.
	VerifierACL = "%R~scim:*:t:* %R~scim:*:o %R~scim:*:ids %R~scim:org:* %R~" + environmentKey + " %R~" + formatKey + " %R~" + feedKey + " %RW~scim:*:u %RW~scim:*:n:* %RW~scim:*:rl %RW~scim:*:w %RW~scim:*:g:* " +
		"-@all +ping +info +multi +exec +hgetall +hget +hkeys +hset +xread +zadd +zrange +hincrby +pexpire +evalsha +time +get +set"

	// VerifierClusterACL is what VerifierACL needs besides on a cluster: to ask where a slot is.
	VerifierClusterACL = "+cluster|slots +cluster|info +command +asking"
)
