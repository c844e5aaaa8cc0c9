package auditstore

import (
	"time"

	"github.com/devrev/scim/services/internal/audit"
)

// entryDocument is an entry of the audit. Those from before there were chains lack Once and what
// follows.
type entryDocument struct {
	ID      string           `bson:"_id"` // UUIDv7 as text, which sorts by time
	At      time.Time        `bson:"at"`
	Org     string           `bson:"org"`
	Action  string           `bson:"action"`
	TokenID string           `bson:"tokenId,omitempty"`
	OtherID string           `bson:"otherId,omitempty"`
	UserID  string           `bson:"userId,omitempty"`
	Source  string           `bson:"source,omitempty"`
	Result  string           `bson:"result"`
	Actor   string           `bson:"actor"`
	Address string           `bson:"address,omitempty"`
	TraceID string           `bson:"traceId,omitempty"`
	Once    string           `bson:"once,omitempty"`
	Changes []changeDocument `bson:"changes,omitempty"`
	Erased  int64            `bson:"erased,omitempty"`
	Seq     int64            `bson:"seq,omitempty"`
	Prev    string           `bson:"prev,omitempty"`
	PrevAt  time.Time        `bson:"prevAt,omitempty"`
	Hash    string           `bson:"hash,omitempty"`
}

// changeDocument is one thing that an act changes.
type changeDocument struct {
	Member string `bson:"member"`
	Before string `bson:"before,omitempty"`
	After  string `bson:"after,omitempty"`
}

func documentOfEntry(e audit.Entry) entryDocument {
	var changes []changeDocument
	for _, c := range e.Changes {
		changes = append(changes, changeDocument(c))
	}
	return entryDocument{
		ID: e.ID, At: e.At, Org: e.Org, Action: string(e.Action), TokenID: e.TokenID, OtherID: e.OtherID, UserID: e.UserID,
		Source: e.Source, Result: string(e.Result),
		Actor: e.Caller.Subject, Address: e.Caller.Address, TraceID: e.Caller.TraceID, Once: e.Once, Changes: changes, Erased: e.Erased,
		Seq: e.Seq, Prev: e.Prev, PrevAt: e.PrevAt, Hash: e.Hash,
	}
}

func (d entryDocument) entry() audit.Entry {
	var changes []audit.Change
	for _, c := range d.Changes {
		changes = append(changes, audit.Change(c))
	}
	return audit.Entry{
		ID: d.ID, At: d.At.UTC(), Org: d.Org, Action: audit.Action(d.Action), TokenID: d.TokenID, OtherID: d.OtherID, UserID: d.UserID,
		Source: d.Source, Result: audit.Result(d.Result),
		Caller: audit.Caller{Subject: d.Actor, Address: d.Address, TraceID: d.TraceID}, Once: d.Once, Changes: changes, Erased: d.Erased,
		Seq: d.Seq, Prev: d.Prev, PrevAt: d.PrevAt.UTC(), Hash: d.Hash,
	}
}
