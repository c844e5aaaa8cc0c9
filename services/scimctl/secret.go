package main

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/devrev/scim/services/internal/apiclient"
)

// delivery is where a new token goes.
type delivery struct {
	SecretFile string `name:"secret-file" placeholder:"PATH" help:"Write the token to this new file, readable by its owner only, and not to stdout."`
}

// make has a token made and puts it where it belongs. A token is shown once, so there has to be a
// place for it before it is made.
func (d delivery) make(out *console, request func() (apiclient.Issued, error)) (apiclient.Issued, error) {
	if d.SecretFile == "" {
		issued, err := request()
		if err != nil {
			return issued, unknownFate(err)
		}
		return issued, undelivered(issued, out.relay([]string{string(issued.Secret)}))
	}
	file, err := openNew(d.SecretFile)
	if err != nil {
		return apiclient.Issued{}, err
	}
	issued, err := request()
	if err != nil {
		file.abandon()
		return issued, unknownFate(err)
	}
	err = file.fill(func(w io.Writer) error {
		_, err := io.WriteString(w, string(issued.Secret)+"\n")
		return err
	})
	if err == nil && out.json {
		err = out.amend(func(members map[string]json.RawMessage) error { delete(members, "token"); return nil })
		err = errors.Join(err, out.relay(nil))
	}
	return issued, undelivered(issued, err)
}

// undelivered is the error of a token that was made and did not arrive.
func undelivered(issued apiclient.Issued, err error) error {
	if err == nil {
		return nil
	}
	return endWith(unwritten, "the token %s was made, but cannot be written: %w. It is shown only once: rotate it; as it was never used, the new one replaces it",
		issued.ID, err)
}

// unknownFate adds what to do to the error of a request of which no one knows whether it made a
// token.
func unknownFate(err error) error {
	code := exitOf(err)
	if code != unavailable && code != interrupted {
		return err
	}
	return endWith(code, "%w. Whether a token was made is not known: look at `scimctl list`; a token that no one received should be rotated, which replaces it", err)
}
