package service

import (
	"time"

	"github.com/devrev/scim/services/internal/web"
)

// ending is what a program needs once its requests have ended: it writes what is counted, closes
// the operations listener and the stores, which take a second each at most, and sends telemetry,
// which takes four.
const ending = 10 * time.Second

// Grace returns how long a program may take from SIGTERM to its end where DRAIN_DELAY is
// drainDelay. Whatever starts it must not kill it earlier.
func Grace(drainDelay time.Duration) time.Duration { return drainDelay + web.DrainTimeout + ending }
