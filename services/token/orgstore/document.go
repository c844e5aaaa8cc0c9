package orgstore

import (
	"time"

	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// Names of fields that queries and indexes use; the same as in the tags below.
const (
	fieldID      = "_id"
	fieldVersion = "version"
	fieldTag     = "tag"
)

type organisationDocument struct {
	terms.Fence    `bson:",inline"`
	Version        int64     `bson:"version"`
	Tag            string    `bson:"tag"`
	SSO            bool      `bson:"sso"`
	Connection     string    `bson:"connection,omitempty"`
	UserNameFormat string    `bson:"userNameFormat"`
	PerSecond      int       `bson:"perSecond,omitempty"`
	Burst          int       `bson:"burst,omitempty"`
	Strict         bool      `bson:"strict,omitempty"`
	HideValues     bool      `bson:"hideValues,omitempty"`
	Restore        bool      `bson:"restoreByExternalId,omitempty"`
	RestoreByName  bool      `bson:"restoreByUserName,omitempty"`
	ForgetGroups   bool      `bson:"forgetGroups,omitempty"`
	Match          bool      `bson:"matchByExternalId,omitempty"`
	MatchByName    bool      `bson:"matchByUserName,omitempty"`
	Schemas        string    `bson:"schemas,omitempty"`
	Guard          string    `bson:"guard,omitempty"` // as terms.Guard's String
	Enabled        bool      `bson:"enabled"`
	Created        time.Time `bson:"created"`
	Modified       time.Time `bson:"modified"`
	LeavesAt       time.Time `bson:"leavesAt,omitempty"`
	LeftAt         time.Time `bson:"leftAt,omitempty"`   // terms.FieldLeftAt
	ErasedAt       time.Time `bson:"erasedAt,omitempty"` // terms.FieldErasedAt
}

func documentOf(o issuer.Organisation) organisationDocument {
	return organisationDocument{
		Fence: terms.Fence{ID: o.ID, Generation: o.Generation}, Version: o.Version, Tag: o.Tag,
		SSO: o.Terms.SSO, Connection: o.Terms.Connection, UserNameFormat: string(o.Terms.UserNameFormat),
		PerSecond: o.Terms.Rate.PerSecond, Burst: o.Terms.Rate.Burst,
		Strict: o.Settings.Strict, HideValues: o.Settings.HideValues, Restore: o.Settings.RestoreByExternalID, RestoreByName: o.Settings.RestoreByUserName,
		ForgetGroups: o.Settings.ForgetGroups, Match: o.Settings.MatchByExternalID, MatchByName: o.Settings.MatchByUserName,
		Schemas: string(o.Settings.Schemas), Guard: o.Settings.Guard.String(),
		Enabled: o.Enabled, Created: o.Created, Modified: o.Modified, LeavesAt: o.LeavesAt, LeftAt: o.LeftAt, ErasedAt: o.ErasedAt,
	}
}

func (d organisationDocument) organisation() issuer.Organisation {
	return issuer.Organisation{
		ID: d.ID, Version: d.Version, Tag: d.Tag,
		Terms: issuer.Terms{
			SSO: d.SSO, Connection: d.Connection, UserNameFormat: terms.UserNameFormat(d.UserNameFormat),
			Rate: ratelimit.Rate{PerSecond: d.PerSecond, Burst: d.Burst},
		},
		Settings: issuer.Settings{
			Strict: d.Strict, HideValues: d.HideValues, RestoreByExternalID: d.Restore, RestoreByUserName: d.RestoreByName,
			ForgetGroups: d.ForgetGroups, MatchByExternalID: d.Match, MatchByUserName: d.MatchByName,
			Schemas: terms.Schemas(d.Schemas), Guard: terms.ParseGuard(d.Guard),
		},
		Enabled: d.Enabled, Generation: d.Generation, Created: d.Created.UTC(), Modified: d.Modified.UTC(),
		LeavesAt: d.LeavesAt.UTC(), LeftAt: d.LeftAt.UTC(), ErasedAt: d.ErasedAt.UTC(),
	}
}
