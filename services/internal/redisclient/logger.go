package redisclient

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// LogTo sends what go-redis has to say, which it otherwise writes to stderr in a form of its own, to log. It counts for the whole process:
// the library has one logger.
func LogTo(log *slog.Logger) { redis.SetLogger(complaints{log}) }

type complaints struct{ log *slog.Logger }

// Printf logs one complaint: of dialling and of the pool, never of a command's content.
func (c complaints) Printf(ctx context.Context, format string, v ...any) {
	c.log.WarnContext(ctx, "redis client", "complaint", fmt.Sprintf(format, v...))
}
