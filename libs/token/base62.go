package token

import (
	"crypto/rand"
	"hash/crc32"
)

// alphabet has one alphanumeric character per base62 digit, in ASCII order. 62^43 > 2^256 and 62^6
// > 2^32.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// random draws n characters, each of the 62 equally likely: six bits at a time, the values 62 and
// 63 thrown away.
func random(n int) string {
	out := make([]byte, 0, n)
	var buf [64]byte
	for {
		_, _ = rand.Read(buf[:]) // never fails (since Go 1.24 it ends the program instead)
		for _, b := range buf {
			if len(out) == n {
				return string(out)
			}
			if digit := int(b >> 2); digit < len(alphabet) {
				out = append(out, alphabet[digit])
			}
		}
	}
}

// checksum is CRC-32 (IEEE) in six base62 digits, most significant first. CRC-32 sees every change
// of up to 32 bits in a row, so that a single wrong character never passes.
func checksum(body string) [checksumLen]byte {
	var digits [checksumLen]byte
	sum := crc32.ChecksumIEEE([]byte(body))
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = alphabet[sum%uint32(len(alphabet))]
		sum /= uint32(len(alphabet))
	}
	return digits
}

func isBase62(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
