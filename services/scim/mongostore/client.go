package mongostore

import (
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// What a client waits for, unless the connection string says otherwise. A request must have its answer, be it 503, within 2.5 s of a
// server that hangs; the driver's own default would let it wait for 30.
const (
	operationTimeout = 2 * time.Second // of one call, retries included; a context that ends earlier wins
	selectionTimeout = 2 * time.Second // until a primary is known
	connectTimeout   = time.Second
	maxPoolSize      = 50
	maxConnecting    = 4 // connections being opened at a time; the driver's 2 is slow to fill a pool after a failover
	maxIdleTime      = 5 * time.Minute
)

// Connect returns a client of the servers that uri names ("mongodb://host/?options"). It contacts nobody yet; the first call does. monitor, if not
// nil, observes each command. The caller ends it with Disconnect.
//
// Writes are tried once more after a broken connection where the servers can tell a repeated one (a replica set; off by
// retryWrites=false). What Store demands of reads and writes, it demands itself.
func Connect(uri string, monitor *event.CommandMonitor) (*mongo.Client, error) {
	defaults := options.Client().
		SetTimeout(operationTimeout).SetServerSelectionTimeout(selectionTimeout).SetConnectTimeout(connectTimeout).
		SetMaxPoolSize(maxPoolSize).SetMaxConnecting(maxConnecting).SetMaxConnIdleTime(maxIdleTime).
		SetMonitor(monitor)
	client, err := mongo.Connect(defaults, options.Client().ApplyURI(uri))
	if err != nil {
		return nil, errors.New("MongoDB's driver does not take this connection string") // the driver's own words quote it
	}
	return client, nil
}
