package audit

import "time"

// Line is an Entry in JSON, as organisations read and export it. It has all that Hash is made of.
type Line struct {
	ID           string    `json:"id"`
	Seq          int64     `json:"seq,omitempty"` // absent from entries from before the chain, as are Prev, PrevAt and Hash
	At           time.Time `json:"at"`
	Organisation string    `json:"organisation"`
	Action       Action    `json:"action"`
	Result       Result    `json:"result"`
	TokenID      string    `json:"tokenId,omitempty"`
	OtherID      string    `json:"otherId,omitempty"`
	UserID       string    `json:"userId,omitempty"`
	Source       string    `json:"source,omitempty"` // see Entry
	Actor        string    `json:"actor"`
	Address      string    `json:"address,omitempty"`
	TraceID      string    `json:"traceId,omitempty"`
	Once         string    `json:"once,omitempty"`
	Changes      []Change  `json:"changes,omitempty"`
	Erased       int64     `json:"erased,omitempty"` // see Entry
	Prev         string    `json:"prev,omitempty"`   // absent from the first entry, as is PrevAt
	PrevAt       time.Time `json:"prevAt,omitzero"`
	Hash         string    `json:"hash,omitempty"`
}

// Line returns e as organisations read it.
func (e Entry) Line() Line {
	return Line{
		ID: e.ID, Seq: e.Seq, At: e.At, Organisation: e.Org, Action: e.Action, Result: e.Result, TokenID: e.TokenID, OtherID: e.OtherID, UserID: e.UserID, Source: e.Source,
		Actor: e.Caller.Subject, Address: e.Caller.Address, TraceID: e.Caller.TraceID, Once: e.Once, Changes: e.Changes, Erased: e.Erased, Prev: e.Prev, PrevAt: e.PrevAt, Hash: e.Hash,
	}
}

// Entry returns what l was made of, to be verified.
func (l Line) Entry() Entry {
	return Entry{
		ID: l.ID, Seq: l.Seq, At: l.At, Org: l.Organisation, Action: l.Action, Result: l.Result, TokenID: l.TokenID, OtherID: l.OtherID, UserID: l.UserID, Source: l.Source,
		Caller: Caller{Subject: l.Actor, Address: l.Address, TraceID: l.TraceID}, Once: l.Once, Changes: l.Changes, Erased: l.Erased, Prev: l.Prev, PrevAt: l.PrevAt, Hash: l.Hash,
	}
}
