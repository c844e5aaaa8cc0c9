// Package terms is what the token service and the SCIM service agree on. Neither imports the other:
// tokend writes, scimd reads, and what one must write so that the other can read it is here and
// nowhere else.
//
//	organisation.go  the terms on which an organisation's requests are served, and their encoding next to its tokens in Redis
//	guard.go         what a mass change is in an organisation
//	collection.go    what each of the two reads of the other's documents in MongoDB
//	client.go        which identity provider a request comes from
//	path.go          which service answers which path
package terms
