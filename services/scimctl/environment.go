package main

import (
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/version"
)

// The environment that holds the credential. There is no flag for it: what is on a command line
// can be read by others.
const (
	tokenVariable     = "SCIMCTL_TOKEN"      //nolint:gosec // where it is, not what it is
	tokenFileVariable = "SCIMCTL_TOKEN_FILE" //nolint:gosec // also
)

// connect returns the organisation that the flags and the environment name. Its answers are heard
// by out.
func (f flags) connect(out *console) (*apiclient.Organisation, error) {
	switch {
	case f.URL == "":
		return nil, endWith(misused, "set SCIMCTL_URL, or --url, to the API's URL, such as https://scim.example.com/api/v1")
	case f.Org == "":
		return nil, endWith(misused, "set SCIMCTL_ORG, or --org, to the organisation's id")
	}
	if _, err := credential(); err != nil {
		return nil, err
	}
	api, err := apiclient.New(apiclient.Config{
		BaseURL: f.URL, DirectoryURL: f.DirectoryURL, InsecureHTTP: f.InsecureHTTP, Timeout: f.Timeout, UserAgent: "scimctl/" + version.Get().Version,
	})
	if err != nil {
		return nil, endWith(misused, "%w", err)
	}
	org, err := api.As(credential).Organisation(f.Org)
	if err != nil {
		return nil, endWith(misused, "%w", err)
	}
	return org.Verbatim(&out.heard), nil
}

// credential reads the credential. A file is read each time, so that another program can renew it
// during a long wait.
func credential() (string, error) {
	value, path := os.Getenv(tokenVariable), os.Getenv(tokenFileVariable)
	switch {
	case value != "" && path != "":
		return "", endWith(misused, "%s and %s are both set: set one of them", tokenVariable, tokenFileVariable)
	case value == "" && path == "":
		return "", endWith(misused, "set %s to an administrator's access token or a platform credential, or %s to the path of a file that holds it",
			tokenVariable, tokenFileVariable)
	}
	source := tokenVariable
	if path != "" {
		source = "the file that " + tokenFileVariable + " names"
		read, err := readSmall(path)
		if err != nil {
			return "", endWith(unwritten, "%s cannot be read: %w", source, err)
		}
		value = read
	}
	value = strings.TrimSpace(value)
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return "", endWith(misused, "%s does not hold a credential, which is one word of visible ASCII characters", source)
	}
	return value, nil
}

// readSmall reads a file of which more than a credential's length would be a mistake.
func readSmall(path string) (string, error) {
	const most = 64 << 10
	file, err := os.Open(path) //nolint:gosec // the path is the user's own
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, most))
	return string(data), err
}
