package issuer

import (
	"crypto/sha256"
	"encoding/hex"
)

// requestName is what is kept of an Idempotency-Key: enough to know it again, and nothing of what a client may have put into it.
func requestName(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}
