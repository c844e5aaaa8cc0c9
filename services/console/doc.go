// Package console is the organisation's side of SCIM for people: pages on which an administrator
// connects the identity provider, an auditor looks, and DevRev's staff on call finds out what is
// wrong.
//
// It is a client of the two services. It holds the person's own access token, sealed in a cookie,
// and calls them with it, so it can do nothing that the API would not let that person do; it knows
// no store and no rule of the domain. The pages are made here, work without scripts, and ask
// no other origin for anything.
package console
