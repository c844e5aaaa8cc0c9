// Package mongodb makes the clients of MongoDB that the services have: with bounds on everything
// that a request could wait for, a span and a duration of each command, and their pool on the
// metrics page.
package mongodb

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/telemetry"
)

// What a client waits for, unless the connection string says otherwise. A request must have its
// answer, be it 503, within 2.5 s of a server that hangs; the driver's own defaults would let it
// wait for a server for 30 s, and for an answer for ever.
const (
	operationTimeout = 2 * time.Second // of one call, retries included; a context that ends earlier wins
	selectionTimeout = 2 * time.Second // until a primary is known
	connectTimeout   = time.Second
	maxConnecting    = 4 // connections being opened at a time; the driver's 2 is slow to fill a pool after a failover
	maxIdleTime      = 5 * time.Minute
)

// Connect returns a client of the servers that uri names ("mongodb://host/?options"), with at most
// size connections to each unless uri says otherwise. It contacts no one yet; the first call does.
// The error quotes nothing of uri, which holds a password. The caller ends the client with
// Disconnect.
//
// Writes are tried once more after a broken connection where the servers can tell a repeated one (a
// replica set; off by retryWrites=false). What a store demands of reads and writes, it demands
// itself.
func Connect(uri string, size uint64, tel *telemetry.Telemetry) (*mongo.Client, error) {
	defaults := options.Client().
		SetTimeout(operationTimeout).SetServerSelectionTimeout(selectionTimeout).SetConnectTimeout(connectTimeout).
		SetMaxPoolSize(size).SetMaxConnecting(maxConnecting).SetMaxConnIdleTime(maxIdleTime).
		SetMonitor(newMonitor(tel)).SetPoolMonitor(observePools(tel.Metrics()))
	client, err := mongo.Connect(defaults, options.Client().ApplyURI(uri))
	if err != nil {
		if lookup, ok := errors.AsType[*net.DNSError](err); ok {
			return nil, fmt.Errorf("the hosts of its mongodb+srv:// cannot be looked up: %w", lookup)
		}
		return nil, cmp.Or(CheckURI(uri), errors.New("must be a connection string that MongoDB's driver takes")) // the driver's own words quote it
	}
	return client, nil
}
