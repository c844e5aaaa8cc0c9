package issuer

import (
	"crypto/sha256"
	"encoding/hex"
)

// requestName returns what is stored of an Idempotency-Key: enough to recognise it, and nothing of
// what a client may have put into it.
func requestName(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}
