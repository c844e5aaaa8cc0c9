// Package certstest makes certificates for tests.
package certstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// Authority issues certificates for a test.
type Authority struct {
	Path string // of its own certificate

	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	folder      string
}

// New returns an authority of that name.
func New(tb testing.TB, name string) *Authority {
	tb.Helper()
	a := &Authority{folder: tb.TempDir(), key: newKey(tb)}
	a.certificate = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, a.key.Public(), a.key)
	assert.NilError(tb, err)
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		tb.Fatal(err)
	}
	a.Path = filepath.Join(a.folder, "ca.pem")
	write(tb, a.Path, "CERTIFICATE", der)
	return a
}

// Issue writes a certificate for localhost and 127.0.0.1, by that name, and its key. Without
// usages it is for servers and clients.
func (a *Authority) Issue(tb testing.TB, name string, usages ...x509.ExtKeyUsage) (cert, key string) {
	tb.Helper()
	if len(usages) == 0 {
		usages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	assert.NilError(tb, err)
	private := newKey(tb)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, ExtKeyUsage: usages,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, a.certificate, private.Public(), a.key)
	assert.NilError(tb, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	assert.NilError(tb, err)
	cert, key = filepath.Join(a.folder, name+".pem"), filepath.Join(a.folder, name+".key")
	write(tb, cert, "CERTIFICATE", der)
	write(tb, key, "PRIVATE KEY", secret)
	return cert, key
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(tb, err)
	return key
}

func write(tb testing.TB, path, kind string, der []byte) {
	tb.Helper()
	assert.NilError(tb, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}
