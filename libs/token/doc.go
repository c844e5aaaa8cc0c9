// Package token defines the bearer tokens (RFC 6750) of SCIM clients: their format, the records
// that are stored of them, and their verification.
//
// A token is 77 characters, all of which a double click selects:
//
//	dvscim_ Tg5kP0aZ 0J8sQ2mXc4Vb _ <secret, 43> <checksum, 6>
//	        tag      id
//
// Everything after the prefix except the underscore is base62. The words used throughout:
//
//   - The tag identifies an organisation: 8 random characters, drawn once by [NewTag] and the same
//     in all its tokens. It is not the organisation's id and reveals nothing about it; it locates
//     the organisation's keys, so that a token alone is enough to find its record. Both the tag and
//     the id are safe to show and to log.
//   - The id names one token: 12 random characters. It replaces the token wherever the token itself
//     must not appear: in lists, in logs, and in its revocation.
//   - The secret is 43 random characters, 256 bits. It is not stored. A [Token] shows it only by
//     Reveal.
//   - The checksum lets a mistyped or made-up token be refused without reading a store.
//   - A kid names the pepper, a key outside the store, under which a record's MAC was made
//     ([Keyring]). Read access to the store reveals no token, and write access cannot create one.
//   - A generation is a number of the organisation that only increases. A token carries the one it
//     was issued in; raising the organisation's generation ends all earlier tokens at once, also
//     those that a restored backup brings back.
//   - The organisation copy ([Organisation]) is what each request needs of the organisation, stored
//     with its tokens so that one round trip reads both. The original is the issuer's.
//
// [Store] is the contract of a store of records and copies, redisstore its implementation on Redis
// (its documentation has the table of keys), tokentest the proof that a store keeps the contract.
// [Verifier] turns an Authorization header into a [Principal] or a [Refusal].
//
// A service under load adds the following, each of which works without the others: a [Cache] keeps
// accepted tokens for seconds and learns from a [Feed] which to remove; before it a [Guard] stops
// clients that guess, and after it a [ratelimit.Limiter] those that send too much; a [Fence]
// refuses tokens that a store that lost data would accept; [UsageRecorder] records which tokens are
// in use, by which clients and with what success ([Usage]).
package token
