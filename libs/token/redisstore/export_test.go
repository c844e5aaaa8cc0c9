package redisstore

import (
	"time"

	"github.com/redis/go-redis/v9"
)

// Budget is the longest that a call of a Store on client takes.
func Budget(client redis.UniversalClient) time.Duration { return budget(client) }

// PatientAnnouncing returns a store whose replicas have the time that a busy machine needs.
func PatientAnnouncing(a *Announcing) *Announcing {
	a.waits = 20 * time.Second
	return a
}
