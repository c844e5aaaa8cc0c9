package mongodb

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/telemetry"
)

// What a client waits for, unless the connection string says otherwise. A request must have its
// answer, even if it is 503, within 2.5 s of a server that hangs; the driver's own defaults would
// let it wait for a server for 30 s, and for an answer for ever.
const (
	operationTimeout = 2 * time.Second // of one call, retries included; a context that ends earlier wins
	selectionTimeout = 2 * time.Second // until a primary is known
	connectTimeout   = time.Second
	maxConnecting    = 4 // connections being opened at a time; the driver's 2 is slow to fill a pool after a failover
	maxIdleTime      = 5 * time.Minute
)

// Connect returns a client of the servers that uri names ("mongodb://host/?options"), with at most
// size connections to each unless uri says otherwise. It contacts no server yet; the first call
// does. Only the hosts of a mongodb+srv:// are looked up at once: see Lookup. The error quotes
// nothing of uri, which holds a password. The caller ends the client with Disconnect.
//
// Writes are tried once more after a broken connection where the servers can tell a repeated one (a
// replica set; off by retryWrites=false). What a store demands of reads and writes, it demands
// itself.
//
// With TLS, secured says which authorities are trusted unless uri does (tlsCAFile), and which
// certificate is shown to servers that ask for one unless uri does (tlsCertificateKeyFile). It may
// be nil.
func Connect(uri string, size uint64, secured *tls.Config, tel *telemetry.Telemetry) (*mongo.Client, error) {
	pools := newPools()
	defaults := options.Client().
		SetTimeout(operationTimeout).SetServerSelectionTimeout(selectionTimeout).SetConnectTimeout(connectTimeout).
		SetMaxPoolSize(size).SetMaxConnecting(maxConnecting).SetMaxConnIdleTime(maxIdleTime).
		SetMonitor(newMonitor(tel)).SetPoolMonitor(&event.PoolMonitor{Event: pools.note})
	client, err := mongo.Connect(defaults, secure(options.Client().ApplyURI(uri), secured))
	if err != nil {
		return nil, explainConnect(uri, err)
	}
	tel.Metrics().Connections(telemetry.MongoDB, pools.sum)
	return client, nil
}

// secure completes what the connection string says of TLS, if it says so.
func secure(given *options.ClientOptions, secured *tls.Config) *options.ClientOptions {
	of := given.TLSConfig
	if of == nil || secured == nil {
		return given
	}
	if of.RootCAs == nil {
		of.RootCAs = secured.RootCAs
	}
	if len(of.Certificates) == 0 {
		of.GetClientCertificate = secured.GetClientCertificate
	}
	return given
}

// explainConnect says what is wrong with uri without the driver's own words, which quote it.
func explainConnect(uri string, err error) error {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return notLookedUp(lookup)
	}
	if err := CheckURI(uri); err != nil {
		return err
	}
	if NeedsLookup(uri) {
		return errors.New("the DNS records of its mongodb+srv:// lead to no hosts that MongoDB's driver takes: " +
			"they must be in the same domain, and the TXT record may hold authSource, replicaSet and loadBalanced only")
	}
	return errors.New("must be a connection string that MongoDB's driver takes")
}
