// Package token knows the bearer tokens (RFC 6750) of SCIM clients: what they look like, what is kept of them, and whose one is.
//
// A token is 77 characters, of which a double click takes all:
//
//	dvscim_ Tg5kP0aZ 0J8sQ2mXc4Vb _ <secret, 43> <checksum, 6>
//	        tag      id
//
// Everything behind the prefix but the underscore is base62. The words used throughout:
//
//   - The tag is an organisation's: 8 random characters, drawn once by [NewTag] and the same in all its tokens. It is not the
//     organisation's id and tells nothing about it; it says where the organisation's keys are, so that a token alone finds
//     its record. Both the tag and the id are safe to show and to log.
//   - The id names one token: 12 random characters. It stands for the token wherever the token itself must not: in lists,
//     in logs, and when it is revoked.
//   - The secret is 43 random characters, 256 bits. Nobody keeps it. A [Token] shows it by Reveal only.
//   - The checksum lets a mistyped or made-up token be refused without asking any store.
//   - A kid names the pepper, a key outside the store, under which a record's MAC was made ([Keyring]). Who can read the store
//     learns no token from it, and who can write it can make none.
//   - A generation is a number of the organisation's that only rises. A token carries the one it was issued in; raising the
//     organisation's kills all tokens of before at once, also those that a restored backup brings back.
//   - The organisation copy ([Organisation]) is what each request needs to know of the organisation, kept beside its tokens so
//     that both come in one round trip. The original is the issuer's.
//
// [Store] is the contract of what keeps records and copies, redisstore its implementation on Redis (its documentation has the
// table of keys), tokentest the proof that a store keeps the contract. [Verifier] is the door: it turns an Authorization
// header into a [Principal] or a [Refusal].
//
// What stands around it in a service under load, each of use without the others: a [Cache] remembers for seconds whom it let in,
// and hears by a [Feed] whom to forget; before it a [Guard] stops those who guess, and behind it a [ratelimit.Limiter] those who
// ask too much; a [Fence] keeps out whom a store that fell back would let in; [Usage] writes down which tokens are in use, by
// whom and with what success ([Use]).
package token
