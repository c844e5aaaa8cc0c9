package storecheck

import (
	"context"

	"github.com/devrev/scim/services/token/issuer"
)

// batch is how many organisations are looked up at once.
const batch = 100

// Tokens is what is asked of the token store; *redisstore.Store fits.
type Tokens interface {
	Tags(ctx context.Context, ids []string) (map[string]string, error)
	Known(ctx context.Context, limit int) ([]string, error)
}

// Together returns what finds out whether the two stores are of one environment where a marker is
// missing: they share an organisation with its tag, which is drawn at random and so known to
// nobody else; or there is nothing in the token store that could be another environment's.
func Together(organisations issuer.Store, tokens Tokens) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		known, err := tokens.Known(ctx, 1)
		if err != nil || len(known) == 0 {
			return err == nil, err
		}
		tags := make(map[string]string, batch)
		for o, err := range organisations.Organisations(ctx, "") {
			if err != nil {
				return false, err
			}
			tags[o.ID] = o.Tag
			if len(tags) == batch {
				if shared, err := share(ctx, tokens, tags); shared || err != nil {
					return shared, err
				}
				clear(tags)
			}
		}
		return share(ctx, tokens, tags)
	}
}

func share(ctx context.Context, tokens Tokens, tags map[string]string) (bool, error) {
	ids := make([]string, 0, len(tags))
	for id := range tags {
		ids = append(ids, id)
	}
	known, err := tokens.Tags(ctx, ids)
	for id, tag := range known {
		if tags[id] == tag {
			return true, err
		}
	}
	return false, err
}
