package redisstore

import (
	_ "embed"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// Each change of more than one fact is a script. Any of them may run twice, for a client asks again when an answer is lost.
var (
	//go:embed put_organisation.lua
	putOrganisationLua string
	//go:embed insert.lua
	insertLua string
	//go:embed revoke.lua
	revokeLua string

	putOrganisationScript = redis.NewScript(putOrganisationLua)
	insertScript          = redis.NewScript(insertLua)
	revokeScript          = redis.NewScript(revokeLua)
)

// outcome turns the word that a script answers with into the error that it stands for.
func outcome(cmd *redis.Cmd) error {
	switch word, err := cmd.Text(); {
	case err != nil:
		return err
	case word == "ok":
		return nil
	case word == "not found":
		return token.ErrNotFound
	case word == "too many live":
		return token.ErrTooManyLive
	case word == "taken":
		return token.ErrTaken
	default:
		return fmt.Errorf("unknown answer %q of a script", word)
	}
}
