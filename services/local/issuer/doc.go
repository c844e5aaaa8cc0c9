// Package issuer is the identity provider of the people who use a run on one machine: what DevRev's
// own is in production. It signs the tokens of administrators, and lets a browser sign in by OpenID
// Connect with the authorization code and PKCE, on a page where one picks a person. Anyone who
// reaches that page can sign in as anyone, so it answers this machine alone.
package issuer
