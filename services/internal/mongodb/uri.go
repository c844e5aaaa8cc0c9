package mongodb

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

const (
	scheme         = "mongodb://"
	schemeOfLookup = "mongodb+srv://" // the hosts are a DNS record
)

// Hosts returns the hosts of a connection string, with commas between them and nothing else of it;
// of one with mongodb+srv:// the name that they are looked up by. It is "" where CheckURI has
// something to say.
func Hosts(uri string) string {
	parsed, err := connstring.Parse(scheme + strings.TrimPrefix(strings.TrimPrefix(uri, schemeOfLookup), scheme))
	if err != nil {
		return ""
	}
	return strings.Join(parsed.Hosts, ",")
}

// PlainHosts returns the hosts of a connection string without TLS; none of one with TLS.
func PlainHosts(uri string) []string {
	rest, lookup := strings.CutPrefix(uri, schemeOfLookup)
	parsed, err := connstring.Parse(scheme + strings.TrimPrefix(rest, scheme))
	if err != nil || parsed.SSL || lookup && !parsed.SSLSet { // a lookup means TLS, unless it is off
		return nil
	}
	return parsed.Hosts
}

// CheckURI returns what is wrong with a connection string, in one sentence for the operator who
// sets the program, or nil. It names the option and quotes nothing else of uri, which holds a
// password. It looks no name up, so that a program can start while DNS is away.
func CheckURI(uri string) error {
	rest, lookup := strings.CutPrefix(uri, schemeOfLookup)
	if !lookup {
		plain := false
		if rest, plain = strings.CutPrefix(uri, scheme); !plain {
			return fmt.Errorf("must begin with %s or %s", scheme, schemeOfLookup)
		}
	}
	parsed, err := connstring.Parse(scheme + rest)
	if err != nil {
		return explain(rest)
	}
	if !lookup {
		err = parsed.Validate()
	}
	switch {
	case err != nil:
		return errors.New("has options that do not go together")
	case lookup && (len(parsed.Hosts) != 1 || strings.Contains(parsed.Hosts[0], ":")):
		return errors.New("mongodb+srv:// must have one host, without a port: its DNS records name the hosts")
	case len(parsed.UnknownOptions) > 0:
		names := make([]string, 0, len(parsed.UnknownOptions))
		for name := range parsed.UnknownOptions {
			names = append(names, named(name))
		}
		slices.Sort(names)
		return fmt.Errorf("%s is not an option of MongoDB's driver for Go", strings.Join(names, ", "))
	case parsed.ReadPreference != "" && !strings.EqualFold(parsed.ReadPreference, "primary"):
		return errors.New("readPreference must be primary, or not set: identity providers read straight after a write")
	case parsed.SSLInsecure:
		return errors.New("tlsInsecure must not be set, since any server could then read the data: name the certificate authority with tlsCAFile")
	}
	return errors.Join(readable("tlsCAFile", parsed.SSLCaFile), readable("tlsCertificateKeyFile", parsed.SSLClientCertificateKeyFile))
}

// explain finds the option for which the driver does not take the connection string.
func explain(rest string) error {
	authority, options, _ := strings.Cut(rest, "?")
	for option := range strings.SplitSeq(options, "&") {
		name, _, _ := strings.Cut(option, "=")
		if _, err := connstring.Parse(scheme + "localhost/?" + option); err != nil && option != "" {
			return fmt.Errorf("%s has a value that MongoDB's driver does not take", named(name))
		}
	}
	if !strings.Contains(authority, "@") {
		return errors.New("must have the form mongodb://[user:password@]host[:port][,...]/[?option=value&...]")
	}
	return errors.New("must have the form mongodb://[user:password@]host[:port][,...]/[?option=value&...], with : / ? # [ ] @ % of the password as %3A and so on")
}

var optionName = regexp.MustCompile(`^[A-Za-z]{1,40}$`)

// named returns the name of an option. A password that is not escaped could be taken for one.
func named(option string) string {
	if optionName.MatchString(option) {
		return option
	}
	return "an option"
}

func readable(option, path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.ReadFile(path); err != nil { //nolint:gosec // the operator names the file
		return fmt.Errorf("%s: %w", option, err)
	}
	return nil
}
