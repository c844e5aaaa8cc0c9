package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// credentialFlags are what people would call a flag for the credential.
var credentialFlags = []string{
	"access-token", "api-key", "api-token", "auth", "authorization", "bearer", "credential", "jwt", "password", "platform-credential", "secret", "token",
}

// credentials are texts that can be nothing else: an organisation's API token, and a signed JWT.
var credentials = regexp.MustCompile(`dvscim_[0-9A-Za-z]{20}_|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}`)

// refuseCredentials returns an error if a credential is among the arguments, or a flag that
// would hold one. It quotes none.
func refuseCredentials(args []string) error {
	for _, arg := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && slices.Contains(credentialFlags, strings.ToLower(name)) {
			return endWith(misused, "there is no flag --%s: set %s, or %s to the path of a file, because others can read a command line (ps) "+
				"and the shell keeps it in its history", strings.ToLower(name), tokenVariable, tokenFileVariable)
		}
		const shortest = 16 // what is shorter is no credential, and stands in other words
		own := os.Getenv(tokenVariable)
		if credentials.MatchString(arg) || len(own) >= shortest && strings.Contains(arg, own) {
			return endWith(misused, "a credential is among the arguments, where others can read it (ps) and the shell keeps it in its history: "+
				"take it as known to them. Tokens are named by their ids, which `scimctl list` shows; your own credential is read from %s or %s",
				tokenVariable, tokenFileVariable)
		}
	}
	return nil
}

// unquoted takes arguments out of what the parser says about them: a long one may be a credential
// of a kind that is not known here.
func unquoted(said string, args []string) string {
	const short = 24
	for _, arg := range args {
		for part := range strings.SplitSeq(arg, "=") {
			if len(part) > short {
				said = strings.ReplaceAll(said, part, "...")
			}
		}
	}
	return said
}
