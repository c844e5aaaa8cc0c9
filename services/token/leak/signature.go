package leak

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// The headers of a report.
const (
	KeyHeader       = "Github-Public-Key-Identifier"
	SignatureHeader = "Github-Public-Key-Signature"
)

// The errors of Signature and Verify. What they wrap holds nothing of the report.
var (
	// ErrSignature: the report is not GitHub's.
	ErrSignature = errors.New("not signed by GitHub")
	// ErrUnavailable: the keys could not be had, so nothing is known about the report.
	ErrUnavailable = errors.New("GitHub's keys unavailable")
)

// Bounds of the headers, in characters. A key id has 64, a signature under P-256 at most 96.
const (
	maxKeyID     = 128
	maxSignature = 128
)

// Signature is that of a report under one of GitHub's keys, whose body was not seen yet. It comes
// from Signature of Keys.
type Signature struct {
	key *ecdsa.PublicKey
	der []byte
}

// Signature reads the headers of a report, so that a request without one of GitHub's keys is
// refused before its body is read. The error wraps ErrSignature or ErrUnavailable.
func (k *Keys) Signature(ctx context.Context, keyID, signature string) (Signature, error) {
	if keyID == "" || len(keyID) > maxKeyID || len(signature) > maxSignature || strings.ContainsAny(signature, "\r\n") { // which base64 skips
		return Signature{}, fmt.Errorf("%w: no signature", ErrSignature)
	}
	der, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || len(der) == 0 {
		return Signature{}, fmt.Errorf("%w: no signature", ErrSignature)
	}
	key, err := k.key(ctx, keyID)
	return Signature{key, der}, err
}

// Verify returns nil if GitHub signed the body, byte for byte: ECDSA on P-256 over its SHA-256, in
// ASN.1, in base64 (RFC 4648 section 4). Else the error wraps ErrSignature. A replayed report is
// still GitHub's: it requests what was already done.
func (s Signature) Verify(body []byte) error {
	if sum := sha256.Sum256(body); !ecdsa.VerifyASN1(s.key, sum[:], s.der) {
		return fmt.Errorf("%w: wrong signature", ErrSignature)
	}
	return nil
}
