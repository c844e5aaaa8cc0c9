// Package leak handles the reports of GitHub's secret scanning: that a token of ours was found in a
// public place. It fetches the keys that reports are signed with, checks signatures and decodes
// reports. The issuer acts on them.
//
// The protocol is GitHub's "secret scanning partner program",
// https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program/secret-scanning-partner-program.
//
//	keys.go       GitHub's public keys, fetched
//	report.go     the body of a report, and its matches
//	signature.go  whether a report is GitHub's
//	source.go     where a token was found, in words for people
package leak
