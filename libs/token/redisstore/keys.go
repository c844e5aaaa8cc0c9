package redisstore

import "time"

// usageTTL is how long the last use of a token is known after the organisation's last use of any.
const usageTTL = 400 * 24 * time.Hour

// keys names the keys of the organisation with this tag.
type keys struct{ prefix string }

func keysOf(tag string) keys { return keys{prefix: "scim:{" + tag + "}:"} }

func (k keys) record(id string) string { return k.prefix + "t:" + id }
func (k keys) organisation() string    { return k.prefix + "o" }
func (k keys) ids() string             { return k.prefix + "ids" }
func (k keys) usage() string           { return k.prefix + "u" }
func (k keys) request(r string) string { return k.prefix + "i:" + r }
func (k keys) rate() string            { return k.prefix + "rl" }

// tagKey names the key that leads from an organisation's id to its tag. It is in a slot of its own.
func tagKey(org string) string { return "scim:org:" + org }

// The rules of the two Redis users (ACL SETUSER), the least that each of them can do its work with.
const (
	// IssuerACL is for the service that issues and revokes: every method of Store and of Announcing.
	IssuerACL = "~scim:* +@all -@dangerous +info"

	// VerifierACL is for a service that only verifies: Lookup, Organisation, Touch, Allow and Feed. It can read records, copies and the feed
	// and change none of them; it writes last uses and request rates. It runs the scripts that the server knows, which are the
	// issuer's (see Beat) and can do no more than these rules, and brings none of its own.
	VerifierACL = "%R~scim:*:t:* %R~scim:*:o %R~scim:org:* %R~" + feedKey + " %RW~scim:*:u %RW~scim:*:rl " +
		"-@all +ping +multi +exec +hgetall +xread +zadd +pexpire +evalsha +time +get +set"
)
