package mongodb

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// NeedsLookup reports whether the hosts of a connection string are DNS records, without which there
// is no client. Those of mongodb:// are looked up by the client itself, as often as it needs them.
func NeedsLookup(uri string) bool { return strings.HasPrefix(uri, schemeOfLookup) }

// Lookup looks up the hosts of a mongodb+srv://, as Connect does, which cannot be told to give up.
// The error names what was looked up and nothing else of uri. Other connection strings need no
// lookup.
func Lookup(ctx context.Context, uri string) error {
	if !NeedsLookup(uri) {
		return nil
	}
	parsed, err := connstring.Parse(scheme + strings.TrimPrefix(uri, schemeOfLookup))
	if err != nil || len(parsed.Hosts) != 1 {
		return CheckURI(uri)
	}
	_, _, err = net.DefaultResolver.LookupSRV(ctx, cmp.Or(parsed.SRVServiceName, "mongodb"), "tcp", parsed.Hosts[0])
	if err != nil {
		return notLookedUp(err)
	}
	return nil
}

func notLookedUp(err error) error {
	return fmt.Errorf("the hosts of its mongodb+srv:// cannot be looked up: %w", err)
}
