// Package doctor says what is wrong with an organisation's connection to its identity provider, and
// what to do about it. It stores nothing: it reads what the activity, the tokens and the settings
// hold already.
//
//	diagnose.go  what was seen: a verdict, the steps of a connection, its problems
//	cause.go     the cause of a refusal in one sentence, and the remedy
//	rehearse.go  an identity provider's dialogue that leaves nothing behind
//	script.go    what Okta and Entra ID send
//	dryrun.go    one request, and what it would do
//	stage.go     where both are played: the real protocol over a directory that forgets
//	reach.go     the public base URL, as it looks from here
package doctor
