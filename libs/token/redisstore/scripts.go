package redisstore

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// Each change of more than one fact is a script. Any of them may run twice, since a client repeats
// a call whose answer is lost. Code that several of them share is in files of its own, which are
// put in front.
var (
	//go:embed record.lua
	recordLua string
	//go:embed new.lua
	newLua string
	//go:embed alter.lua
	alterLua string

	//go:embed put_organisation.lua
	putOrganisationLua string
	//go:embed insert.lua
	insertLua string
	//go:embed rotate.lua
	rotateLua string
	//go:embed revoke.lua
	revokeLua string
	//go:embed revoke_leaked.lua
	revokeLeakedLua string
	//go:embed rename.lua
	renameLua string
	//go:embed end_early.lua
	endEarlyLua string
	//go:embed cancel.lua
	cancelLua string
	//go:embed restore.lua
	restoreLua string
	//go:embed rate.lua
	rateLua string
	//go:embed raise_format.lua
	raiseFormatLua string

	putOrganisationScript = redis.NewScript(putOrganisationLua)
	insertScript          = redis.NewScript(recordLua + newLua + insertLua)
	rotateScript          = redis.NewScript(recordLua + newLua + rotateLua)
	revokeScript          = redis.NewScript(recordLua + alterLua + revokeLua)
	revokeLeakedScript    = redis.NewScript(recordLua + alterLua + revokeLeakedLua)
	renameScript          = redis.NewScript(recordLua + alterLua + renameLua)
	endEarlyScript        = redis.NewScript(recordLua + alterLua + endEarlyLua)
	cancelScript          = redis.NewScript(recordLua + alterLua + cancelLua)
	restoreScript         = redis.NewScript(recordLua + alterLua + restoreLua)
	rateScript            = redis.NewScript(rateLua)
	raiseFormatScript     = redis.NewScript(raiseFormatLua)
)

// outcome maps the word that a script returns to its error. The fields and values of
// a hash may follow the word.
func outcome(cmd *redis.Cmd) (map[string]string, error) {
	answer, err := cmd.StringSlice()
	if err != nil {
		return nil, err
	}
	if len(answer) == 0 {
		return nil, errors.New("empty answer of a script")
	}
	switch word, values := answer[0], answer[1:]; word {
	case "ok":
		return hashOf(values), nil
	case "not found":
		return nil, token.ErrNotFound
	case "too many live":
		return nil, token.ErrTooManyLive
	case "taken":
		return nil, token.ErrTaken
	case "conflict":
		return nil, token.ErrConflict
	case "too late":
		return nil, token.ErrTooLate
	case "leaked":
		return nil, token.ErrLeaked
	case "repeated":
		return nil, token.Repeated{ID: strings.Join(values, "")}
	default:
		return nil, fmt.Errorf("unknown answer %q of a script", word)
	}
}

func hashOf(values []string) map[string]string {
	hash := make(map[string]string, len(values)/2)
	for i := 0; i+1 < len(values); i += 2 {
		hash[values[i]] = values[i+1]
	}
	return hash
}
