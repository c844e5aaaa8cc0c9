package activity

import (
	"context"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// Source is the last source of an attribute's value. At and Entry are zero if no entry records it:
// it was said longer ago than entries are kept.
type Source struct {
	By    Voice     `json:"by"`
	At    time.Time `json:"at,omitzero"`
	Entry string    `json:"entry,omitempty"` // its id
}

// Sources says by whom each attribute was said last, as Difference names it.
type Sources map[string]Source

// sourcesFrom is how many entries of a user are looked at.
const sourcesFrom = 200

// Sources returns who said last what each attribute of u is. An attribute is absent if that is not
// known: it is one that people change in DevRev as well, and no entry tells of it.
func (l *Log) Sources(ctx context.Context, org directory.Organisation, u directory.User) (Sources, error) {
	latest, err := l.List(ctx, org, Query{
		Resource: Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}, Kinds: []Kind{KindChange, KindEdit}, Limit: sourcesFrom,
	})
	if err != nil {
		return nil, err
	}
	sources := Sources{}
	for path := range directory.Attributes(u.Document) {
		if said, ok := lastSaid(latest, path); ok {
			sources[path] = said
		} else if !saidByPeople[path] {
			sources[path] = Source{By: VoiceProvider}
		}
	}
	return sources, nil
}

// saidByPeople are the attributes that people change in DevRev as well.
var saidByPeople = map[string]bool{"userName": true, "emails": true, "displayName": true}

// lastSaid returns who changed the attribute at path in the first of the entries that did.
func lastSaid(latest []Entry, path string) (Source, bool) {
	for _, e := range latest {
		for _, d := range e.Attributes {
			if d.Attribute == path {
				by := e.By
				if by == "" {
					by = VoiceProvider
				}
				return Source{by, e.At, e.ID}, true
			}
		}
	}
	return Source{}, false
}
