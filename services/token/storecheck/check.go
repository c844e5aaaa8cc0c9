package storecheck

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// Kind is what the stores disagree on.
type Kind string

// The kinds, in the order in which they are to be mended.
const (
	KindEnvironment Kind = "environment" // the stores do not have one marker
	KindUnlisted    Kind = "unlisted"    // tokens that no list shows, under a tag that is not the organisation's
	KindUnknown     Kind = "unknown"     // Redis has the organisation, MongoDB does not
	KindMissing     Kind = "missing"     // MongoDB has the organisation, Redis does not
	KindTag         Kind = "tag"         // another tag
	KindLater       Kind = "later"       // Redis has a later generation: SCIM was enabled or disabled since
	KindDiffering   Kind = "differing"   // Redis has an earlier generation or other settings
	KindGeneration  Kind = "generation"  // a live token of a later generation than the organisation's
)

// Difference is one thing that the stores disagree on.
type Difference struct {
	Kind         Kind   `json:"kind"`
	Organisation string `json:"organisation,omitempty"`
	Tag          string `json:"tag,omitempty"`
	Detail       string `json:"detail"` // a sentence, with what to do
	Mends        bool   `json:"mends"`  // Mend mends it
	Mended       bool   `json:"mended"`

	copied token.Organisation // of KindUnlisted
}

// Differences compares every organisation of the two stores, and changes nothing.
func (c *Checker) Differences(ctx context.Context) ([]Difference, error) {
	found, err := c.environment(ctx)
	if err != nil {
		return nil, err
	}
	copies, err := c.tokens.Copies(ctx)
	if err != nil {
		return nil, err
	}
	known, err := c.tokens.Known(ctx, 0)
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string, len(known))
	for ids := range slices.Chunk(known, batch) {
		some, err := c.tokens.Tags(ctx, ids)
		if err != nil {
			return nil, err
		}
		maps.Copy(tags, some)
	}
	announced := make(map[string]bool)
	for o, err := range c.organisations.Organisations(ctx, "") {
		if err != nil {
			return nil, err
		}
		announced[o.ID] = true
		if o.HasLeft() { // the token service erases what Redis may have of it
			continue
		}
		differences, err := c.compare(ctx, o, tags[o.ID], copies)
		if err != nil {
			return nil, err
		}
		found = append(found, differences...)
	}
	for _, org := range slices.Sorted(maps.Keys(tags)) {
		if !announced[org] {
			found = append(found, Difference{Kind: KindUnknown, Organisation: org, Tag: tags[org], Detail: "is in Redis and not in MongoDB: its tokens are answered with 503. " +
				"Announce it: PUT /api/v1/organisations/" + org})
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(copies)) {
		if o := copies[tag]; o.Enabled && tags[o.ID] != "" && tags[o.ID] != tag {
			found = append(found, Difference{Kind: KindUnlisted, Organisation: o.ID, Tag: tag, copied: o, Detail: fmt.Sprintf(
				"has tokens under the tag %s, which no list shows and no one can revoke, because its tag is %s. Issue new tokens, then end these: --end-unlisted", tag, tags[o.ID])})
		}
	}
	return found, nil
}

func (c *Checker) environment(ctx context.Context) ([]Difference, error) {
	m, err := c.pair.Markers(ctx)
	if err != nil || m.Redis == m.MongoDB && m.Redis != "" {
		return nil, err
	}
	d := Difference{Kind: KindEnvironment, Detail: fmt.Sprintf(
		"the marker of Redis is %.8q and that of MongoDB %.8q. If the two belong together, say so: --same-environment", m.Redis, m.MongoDB)}
	if m.Redis == "" && m.MongoDB == "" {
		d.Detail = "neither store has a marker of its environment: tokend writes it when it starts. If it does not, and the two belong together, say so: --same-environment"
	}
	return []Difference{d}, nil
}

// compare compares an organisation with what the token store has of it: its tag and the copies.
func (c *Checker) compare(ctx context.Context, o issuer.Organisation, tag string, copies map[string]token.Organisation) ([]Difference, error) {
	d := Difference{Organisation: o.ID, Tag: cmp.Or(tag, o.Tag), Mends: true}
	copied, there := copies[tag]
	want := o.ForVerification()
	switch {
	case tag == "" || !there:
		d.Kind, d.Detail = KindMissing, "is in MongoDB and not in Redis: nobody can use its tokens"
		return []Difference{d}, nil
	case tag != o.Tag:
		d.Kind, d.Detail = KindTag, fmt.Sprintf("has the tag %s in MongoDB and %s in Redis, where its tokens are", o.Tag, tag)
		return []Difference{d}, nil
	case copied.Generation > want.Generation:
		d.Kind, d.Detail = KindLater, fmt.Sprintf("was enabled or disabled since: generation %d in MongoDB, %d in Redis", want.Generation, copied.Generation)
		return []Difference{d}, nil
	case copied.Generation < want.Generation || copied.Enabled != want.Enabled || !maps.Equal(copied.Settings, want.Settings):
		d.Kind, d.Detail = KindDiffering, "has other settings in Redis than in MongoDB, or an earlier generation"
		return []Difference{d}, nil
	}
	return c.generations(ctx, o)
}

// generations finds the tokens that switching SCIM off once would not end.
func (c *Checker) generations(ctx context.Context, o issuer.Organisation) (found []Difference, err error) {
	list, err := c.tokens.List(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.Live(time.Now()) && r.Generation > o.Generation {
			found = append(found, Difference{Kind: KindGeneration, Organisation: o.ID, Tag: o.Tag, Detail: fmt.Sprintf(
				"has the token %s of generation %d, and is of generation %d: disabling SCIM would not end it. Revoke it", r.ID, r.Generation, o.Generation)})
		}
	}
	return found, nil
}
