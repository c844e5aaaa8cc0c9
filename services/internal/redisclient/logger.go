package redisclient

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// complaintEvery is how often a complaint is logged: a Redis that is away has one for each
// connection that cannot be made.
const complaintEvery = 10 * time.Second

// LogTo sends what go-redis has to say, which it otherwise writes to stderr in a form of its own,
// to log: one line in 10 s at most. It counts for the whole process: the library has one logger.
func LogTo(log *slog.Logger) { redis.SetLogger(&complaints{log: log}) }

type complaints struct {
	log  *slog.Logger
	next atomic.Int64 // when the next one is logged, in ns since 1970
}

// Printf logs one complaint: of dialling and of the pool, never of a command's content.
func (c *complaints) Printf(ctx context.Context, format string, v ...any) {
	now, next := time.Now(), c.next.Load()
	if now.UnixNano() >= next && c.next.CompareAndSwap(next, now.Add(complaintEvery).UnixNano()) {
		c.log.WarnContext(ctx, "redis client", "complaint", fmt.Sprintf(format, v...))
	}
}
