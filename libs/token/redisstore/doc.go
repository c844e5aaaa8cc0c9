// Package redisstore keeps token records in Redis 6.2 or later, alone or as a cluster; with key
// permissions as below, 7.0. It is the only owner of these keys. {tag} is the organisation's tag in
// braces: a hash tag, by which all keys of an organisation except scim:org:ORG are in one slot, so
// that a change of several is one script on one node.
//
//	key              type    holds                                             until
//	scim:{tag}:t:ID  hash    a token's record: org kid h scp name by req gen   its end + token.Tombstone;
//	                         iat exp rev (times in ms, 0: never); rep and      none if it never ends
//	                         term if it replaced another one; leak (time in
//	                         ms) if it has leaked
//	scim:{tag}:o     hash    the organisation's copy: org on gen, and set:NAME
//	                         for each setting
//	scim:{tag}:ids   hash    ID -> "gen exp rev until rep" of each record:     with the organisation
//	                         whether it is live, when it is removed and
//	                         which token it replaced
//	scim:{tag}:i:REQ string  the ID that the request of this name made         token.RequestMemory
//	scim:{tag}:u     zset    ID -> last use in ms; "ID first" -> first use;    400 days after the last
//	                         "ID client NAME", "ID address CLASS", "ID refused
//	                         REASON" -> when there was one for the last time
//	scim:{tag}:n:ID:YYYYMMDD
//	                 hash    of a day in UTC "HOUR r" -> requests, "HOUR f" -> token.UsageMemory and a day
//	                         failures among them, "HOUR x" -> requests when    after the last
//	                         the token was dead
//	scim:{tag}:rl    string  the time in µs until which its rate is used up    that time
//	scim:{tag}:g:OF:HOUR
//	                 hash    of an hour, in hours since 1970: minute since    25 hours after the last
//	                         1970 -> how many left OF, people or a group
//	scim:{tag}:c     string  nothing; on a cluster it is written with each     a minute
//	                         change, for WAIT to wait for
//	scim:org:ORG     string  the organisation's tag                            with the organisation
//	scim:environment string  the marker of the environment                     for ever
//	scim:format      hash    written, readers: the format of the data          for ever
//	scim:rev         stream  tag, tid: whose tokens changed (token.Event); it  100,000 events later
//	                         is of all organisations, and in another slot
//
// A record's facts are in its hash and, as far as other tokens depend on them, in ids too, because
// a script may use only the keys that it was given. Both change in one script. Scripts count in
// floating point: generations end at 2^53.
//
// What the server must be set to:
//   - maxmemory-policy noeviction: a record that was evicted is a 401 to its owner.
//   - appendonly yes, and a replica with min-replicas-to-write 1: Redis acknowledges before it
//     replicates, so that a failover can undo the last changes, a revocation among them. Announcing
//     waits for replicas, and the issuer keeps its own journal.
//   - reads go to the primary only.
package redisstore
