package orgstore

import (
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// Names of fields that queries and indexes use; the same as in the tags below.
const (
	fieldID      = "_id"
	fieldVersion = "version"
	fieldTag     = "tag"
	fieldOrg     = "org"
	fieldAt      = "at"
	fieldAction  = "action"
	fieldResult  = "result"
)

type organisationDocument struct {
	ID             string    `bson:"_id"`
	Version        int64     `bson:"version"`
	Tag            string    `bson:"tag"`
	SSO            bool      `bson:"sso"`
	Connection     string    `bson:"connection,omitempty"`
	UserNameFormat string    `bson:"userNameFormat"`
	PerSecond      int       `bson:"perSecond,omitempty"`
	Burst          int       `bson:"burst,omitempty"`
	Strict         bool      `bson:"strict,omitempty"`
	HideValues     bool      `bson:"hideValues,omitempty"`
	Schemas        string    `bson:"schemas,omitempty"`
	Enabled        bool      `bson:"enabled"`
	Generation     int64     `bson:"generation"`
	Created        time.Time `bson:"created"`
	Modified       time.Time `bson:"modified"`
}

func documentOf(o issuer.Organisation) organisationDocument {
	return organisationDocument{
		ID: o.ID, Version: o.Version, Tag: o.Tag,
		SSO: o.Terms.SSO, Connection: o.Terms.Connection, UserNameFormat: string(o.Terms.UserNameFormat),
		PerSecond: o.Terms.Rate.PerSecond, Burst: o.Terms.Rate.Burst,
		Strict: o.Settings.Strict, HideValues: o.Settings.HideValues, Schemas: string(o.Settings.Schemas),
		Enabled: o.Enabled, Generation: o.Generation, Created: o.Created, Modified: o.Modified,
	}
}

func (d organisationDocument) organisation() issuer.Organisation {
	return issuer.Organisation{
		ID: d.ID, Version: d.Version, Tag: d.Tag,
		Terms: issuer.Terms{
			SSO: d.SSO, Connection: d.Connection, UserNameFormat: issuer.UserNameFormat(d.UserNameFormat),
			Rate: token.Rate{PerSecond: d.PerSecond, Burst: d.Burst},
		},
		Settings: issuer.Settings{Strict: d.Strict, HideValues: d.HideValues, Schemas: issuer.Schemas(d.Schemas)},
		Enabled:  d.Enabled, Generation: d.Generation, Created: d.Created.UTC(), Modified: d.Modified.UTC(),
	}
}

type entryDocument struct {
	ID      string    `bson:"_id"` // UUIDv7 as text, which sorts by time
	At      time.Time `bson:"at"`
	Org     string    `bson:"org"`
	Action  string    `bson:"action"`
	TokenID string    `bson:"tokenId,omitempty"`
	OtherID string    `bson:"otherId,omitempty"`
	Source  string    `bson:"source,omitempty"`
	Result  string    `bson:"result"`
	Actor   string    `bson:"actor"`
	Address string    `bson:"address,omitempty"`
	TraceID string    `bson:"traceId,omitempty"`
}

func documentOfEntry(e issuer.Entry) entryDocument {
	return entryDocument{
		ID: e.ID, At: e.At, Org: e.Org, Action: string(e.Action), TokenID: e.TokenID, OtherID: e.OtherID,
		Source: e.Source, Result: string(e.Result),
		Actor: e.Caller.Subject, Address: e.Caller.Address, TraceID: e.Caller.TraceID,
	}
}

func (d entryDocument) entry() issuer.Entry {
	return issuer.Entry{
		ID: d.ID, At: d.At.UTC(), Org: d.Org, Action: issuer.Action(d.Action), TokenID: d.TokenID, OtherID: d.OtherID,
		Source: d.Source, Result: issuer.Result(d.Result),
		Caller: issuer.Caller{Subject: d.Actor, Address: d.Address, TraceID: d.TraceID},
	}
}
