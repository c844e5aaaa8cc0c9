package mongostore

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/services/internal/chain"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/turns"
	"github.com/devrev/scim/services/scim/directory"
)

// The collections.
const (
	usersName       = "users"
	groupsName      = "groups"
	membershipsName = "memberships"
	activityName    = "activity"
	movedName       = "activityMoved"
	coercionsName   = "coercions"
	recordsName     = "history"
	eventsName      = "events"
	undosName       = "undos"
	undoItemsName   = "undoItems"
	waitingName     = "waiting"
	holdsName       = "holds"
	heldName        = "held"
)

// Store implements directory.Store, history.Store and guard.Store.
type Store struct {
	users, groups, memberships collection
	records, events            collection
	waiting                    collection
	holds, held                collection

	chains  *chain.Chains // of events
	news    chan changed  // what Relay is to tell of
	telling turns.Turns   // by organisation
	wait    time.Duration // for a turn of telling, at most
}

var _ directory.Store = (*Store)(nil)

// New returns the store in db. Prepare must have succeeded once before the store is used.
func New(db *mongo.Database) *Store {
	db = mongodb.Lasting(db)
	return &Store{
		users:       newCollection(db.Collection(usersName)),
		groups:      newCollection(db.Collection(groupsName)),
		memberships: newCollection(db.Collection(membershipsName)),
		records:     newCollection(db.Collection(recordsName)),
		events:      newCollection(db.Collection(eventsName)),
		waiting:     newCollection(db.Collection(waitingName)),
		holds:       newCollection(db.Collection(holdsName)),
		held:        newCollection(db.Collection(heldName)),
		chains:      chain.New(db.Collection(eventsName), chain.Config{Index: onSeq, Sharded: true}),
		news:        make(chan changed, mostWaiting),
		wait:        turnPatience,
	}
}
